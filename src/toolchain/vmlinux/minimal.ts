import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { argumentError, CompileError } from "../../errors.ts";
import { HeaderPrinter, type Btf, type PrintedHeader } from "../../format/btf/index.ts";
import { compile, headersFolder, preprocess, type Compiled, type CompileRequest } from "../clang/index.ts";
import { Declarations } from "./declarations.ts";
import { objectCode } from "./object-code.ts";
import { filesIn, quotedNames, sourceNames } from "./source-names.ts";

/** Two rounds of the compiler's complaints are usual; a source that needs more is found nowhere. */
const MOST_ROUNDS = 30;

/** So that the compiler names whatever is missing, all of it, and does not make do with an implicit declaration. */
const COMPLAIN: readonly string[] = [
  "-ferror-limit=0",
  "-Werror=implicit-function-declaration",
  "-Werror=implicit-int",
  "-Werror=visibility",
];

/**
 * A header with only the declarations that the sources need. Found by names in the preprocessed sources, then by what the
 * compiler misses: a struct that is only reached through pointers of others has no name in the source. Each source is
 * compiled with the whole header and with the result, and both objects are the same to a loader ({@link objectCode}).
 *
 * COMPILE: a source does not compile with the whole header. ARGUMENT: it includes no vmlinux.h.
 */
export async function minimalHeader(
  btf: Btf,
  requests: readonly CompileRequest[],
  progress: (text: string) => void = () => undefined,
): Promise<PrintedHeader> {
  const folder = mkdtempSync(join(tmpdir(), "tsbpf-"));
  try {
    return await new MinimalHeader(btf, folder, progress).make(requests);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

class MinimalHeader {
  private readonly printer: HeaderPrinter;
  private readonly declarations: Declarations;
  private readonly folder: string;
  private readonly progress: (text: string) => void;
  private readonly wanted = new Set<number>();
  private header: PrintedHeader;

  constructor(btf: Btf, folder: string, progress: (text: string) => void) {
    this.folder = folder;
    this.progress = progress;
    this.printer = new HeaderPrinter(btf);
    this.header = this.printer.whole();
    this.declarations = new Declarations(btf, this.printer);
  }

  async make(requests: readonly CompileRequest[]): Promise<PrintedHeader> {
    const whole = this.header;
    this.print();
    const preceded: CompileRequest[] = [];
    for (const request of requests) preceded.push(await this.mention(request));
    this.write(whole);
    const references: (readonly [request: CompileRequest, code: string])[] = [];
    for (const request of preceded) {
      this.progress(`${request.source}: compiling with all ${whole.types} types`);
      references.push([request, codeOf(request, await this.compile(request, []))]);
    }
    // What one source adds changes the header of all: until a pass over all adds nothing.
    for (let before = -1; before !== this.wanted.size;) {
      before = this.wanted.size;
      for (const [request, code] of references) await this.satisfy(request, code);
    }
    return this.header;
  }

  /**
   * Wants what the source mentions, and gives the request back; where the source finds another vmlinux.h, perhaps an
   * earlier result beside it, with that of this run in front: behind it the include guard makes the other one empty.
   */
  private async mention(request: CompileRequest): Promise<CompileRequest> {
    const { settings, source, directory } = request;
    let result = request;
    let text = await this.preprocess(request);
    const included = filesIn(text)
      .filter((file) => basename(file) === "vmlinux.h")
      .map((file) => resolve(directory, file));
    if (included.length === 0) {
      throw argumentError(
        `${source}: expected an #include "vmlinux.h", found none`,
        "--minimal is for sources that take the kernel's types from vmlinux.h",
      );
    }
    const ours = join(this.folder, "vmlinux.h");
    if (!included.includes(ours)) {
      result = { ...request, settings: { ...settings, cflags: [...settings.cflags, "-include", ours] } };
      text = await this.preprocess(result);
    }
    this.want(this.declarations.find(sourceNames(text, (file) => isBpfHeader(file, request))));
    return result;
  }

  /** Adds what the compiler misses until the source compiles to `expected`. */
  private async satisfy(request: CompileRequest, expected: string): Promise<void> {
    for (let round = 1; ; round++) {
      this.print();
      this.progress(`${request.source}: round ${round}, ${this.header.types} types`);
      const complaints = await this.complaints(request, expected);
      if (complaints === undefined) return;
      const missing = this.declarations.find(quotedNames(complaints));
      // Nothing that the compiler can name, or a difference that it does not see: then everything is needed.
      if (!this.want(missing) || round === MOST_ROUNDS) this.want(this.declarations.all());
    }
  }

  /** Messages about what is missing, none if the object differs; undefined: it is as expected. */
  private async complaints(request: CompileRequest, expected: string): Promise<string[] | undefined> {
    try {
      if (codeOf(request, await this.compile(request, COMPLAIN)) === expected) return undefined;
      if (this.wanted.size === this.declarations.all().size) {
        throw argumentError(
          `${request.source}: expected the same object twice, found two`,
          "does it use __TIME__?",
        );
      }
      return [];
    } catch (error) {
      if (!(error instanceof CompileError) || this.wanted.size === this.declarations.all().size) throw error;
      return error.diagnostics.map(({ message }) => message);
    }
  }

  /** Whether any of these is new. */
  private want(ids: Iterable<number>): boolean {
    const before = this.wanted.size;
    for (const id of ids) this.wanted.add(id);
    return this.wanted.size > before;
  }

  private print(): void {
    this.header = this.printer.only([...this.wanted].sort((left, right) => left - right));
    this.write(this.header);
  }

  private write({ bytes }: PrintedHeader): void {
    writeFileSync(join(this.folder, "vmlinux.h"), bytes);
  }

  private compile(request: CompileRequest, flags: readonly string[]): Promise<Compiled> {
    return compile(this.withHeader(request, flags));
  }

  private async preprocess(request: CompileRequest): Promise<string> {
    const { text, refusal } = await preprocess(this.withHeader(request, []));
    if (refusal !== undefined) throw refusal;
    return text;
  }

  private withHeader(request: CompileRequest, flags: readonly string[]): CompileRequest {
    const { settings } = request;
    const cflags = [...settings.cflags, ...flags];
    return { ...request, settings: { ...settings, vmlinux: this.folder, cflags } };
  }
}

function codeOf({ source }: CompileRequest, { object }: Compiled): string {
  return objectCode(object, source);
}

/** tsbpf's own headers and those that stand for them. */
function isBpfHeader(file: string, { settings, directory }: CompileRequest): boolean {
  const path = resolve(directory, file);
  return [headersFolder, settings.bpfHeaders].some(
    (folder) => folder !== undefined && path.startsWith(`${folder}/`),
  );
}
