import { basename } from "node:path";
import { CompileError, NativeError } from "../../errors.ts";
import { compileArguments, type CompileSettings } from "./arguments.ts";
import { parseDependencies } from "./dependencies.ts";
import { parseDiagnostics } from "./diagnostics.ts";
import type { Clang } from "./find-clang.ts";

/** One run of the compiler. */
export interface CompileRequest {
  readonly clang: Clang;
  readonly settings: CompileSettings;
  /** The C source, relative to `directory`. */
  readonly source: string;
  /** Where the compiler runs; what BTF says of paths is relative to it. */
  readonly directory: string;
  /** Ask the compiler for colours in `output`. */
  readonly color?: boolean | undefined;
  /** Ends the compiler; the promise is then rejected with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A compiled object and what the compiler had to say. */
export interface Compiled {
  /** The ELF object, with DWARF. */
  readonly object: Uint8Array;
  /** Warnings as the compiler printed them; "" if there were none. */
  readonly output: string;
  /** Every file that was read, as the compiler names it: the source, then headers. */
  readonly dependencies: readonly string[];
}

/** The command without what is written where: what decides over the result, and what people want to see. */
export function compileCommand({ clang, settings, source }: CompileRequest): string[] {
  return [...clang.command, ...compileArguments(settings), "-c", source];
}

/** Compiles a C source to a BPF object in memory. A refusal is a {@link CompileError} with its diagnostics. */
export async function compile(request: CompileRequest): Promise<Compiled> {
  // Both through the pipe: no folder for temporary files that could be full or be left behind.
  const { ended, refusal } = await runCompiler(request, ["-MD", "-MT", LIST, "-MF", "-", "-o", "-"]);
  if (refusal !== undefined) throw refusal;
  const { stdout, output } = ended;
  const at = stdout.lastIndexOf(`${LIST}:`);
  if (at < 0 || !stdout.includes("\x7fELF")) {
    const found = `${stdout.length} bytes that are none`;
    const detail = `expected an object from ${request.clang.command.join(" ")}, found ${found}`;
    throw new CompileError(detail, parseDiagnostics(output), output, { trail: [basename(request.source)] });
  }
  const isBehind = at > 0; // clang 14 to 21 write the list when the object is out.
  const object = isBehind ? stdout.subarray(0, at) : stdout.subarray(stdout.indexOf("\x7fELF"));
  const list = stdout.subarray(Math.max(at, 0), isBehind ? undefined : stdout.length - object.length);
  return { object, output, dependencies: parseDependencies(list.toString()) };
}

/** What the preprocessor made of a source. */
export interface Preprocessed {
  readonly text: string;
  /** Why it is not all of it: a header is missing, an `#error` was met. */
  readonly refusal: CompileError | undefined;
}

/** Runs the preprocessor with the command that compiles and `flags` behind it. */
export async function preprocess(
  request: CompileRequest,
  flags: readonly string[] = [],
): Promise<Preprocessed> {
  const { ended, refusal } = await runCompiler(request, [...flags, "-E"]);
  return { text: ended.stdout.toString(), refusal };
}

/** The name of the rule in the compiler's list of dependencies: where it begins, behind the object's bytes. */
const LIST = "tsbpf-dependencies";

async function runCompiler(
  request: CompileRequest,
  more: readonly string[],
): Promise<{ ended: Ended; refusal: CompileError | undefined }> {
  const [program = "", ...parameters] = compileCommand(request);
  const color = request.color === true ? "-fcolor-diagnostics" : "-fno-color-diagnostics";
  const ended = await run(program, [...parameters, color, ...more], request);
  request.signal?.throwIfAborted();
  return { ended, refusal: refusalOf(basename(request.source), ended) };
}

function refusalOf(source: string, { status, signal, output }: Ended): CompileError | undefined {
  if (status === 0) return undefined;
  const diagnostics = parseDiagnostics(output);
  const context = { trail: [source] };
  if (signal !== null) {
    const detail = `expected an object from clang, found that ${signal} had ended it`;
    const remedy = "memory may have run out: --jobs 1 runs one compiler at a time";
    return new CompileError(
      detail,
      diagnostics,
      output,
      signal === "SIGKILL" ? { ...context, remedy } : context,
    );
  }
  const first = diagnostics.find((diagnostic) => diagnostic.severity === "error");
  const place = first?.file === undefined ? "" : `${first.file}:${first.line}:${first.column}: `;
  const detail = first === undefined ? `clang ended with ${status}` : `${place}${first.message}`;
  const remedy = remedyFor(first?.message ?? "");
  return new CompileError(detail, diagnostics, output, { ...context, remedy });
}

/** Variables that name folders or files to a compiler, beside the command that is shown and remembered. */
const unwanted =
  /^(CPATH|C_INCLUDE_PATH|CCC_OVERRIDE_OPTIONS|DEPENDENCIES_OUTPUT|SUNPRO_DEPENDENCIES|CC_PRINT_.*)$/;

interface Ended {
  /** -1 where a signal ended it. */
  readonly status: number;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  /** What it said on stderr. */
  readonly output: string;
}

/** Runs a compiler and collects what it writes. */
async function run(program: string, parameters: readonly string[], request: CompileRequest): Promise<Ended> {
  const { spawn } = await import("node:child_process"); // not for builds in which nothing changed
  return await new Promise((resolve, reject) => {
    const child = spawn(program, parameters, {
      cwd: request.directory,
      stdio: ["ignore", "pipe", "pipe"],
      env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !unwanted.test(name))),
    });
    // It writes into our pipes only, so nothing is half done; a wrapper's children may hold them open.
    const stop = (): void => {
      child.kill("SIGKILL");
      child.stdout.destroy();
      child.stderr.destroy();
    };
    if (request.signal?.aborted === true) stop();
    request.signal?.addEventListener("abort", stop, { once: true });
    const written: Buffer[] = [];
    const said: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => void written.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => void said.push(chunk));
    child.once("error", (cause) => {
      const detail = `expected to run ${program}, found: ${cause.message}`;
      reject(new NativeError(detail, [program], ["check TSBPF_CLANG and PATH"], { cause }));
    });
    child.once("close", (code, signal) => {
      request.signal?.removeEventListener("abort", stop);
      const output = Buffer.concat(said).toString();
      resolve({ status: code ?? -1, signal, stdout: Buffer.concat(written), output });
    });
  });
}

function remedyFor(message: string): string | undefined {
  if (/'vmlinux\.h' file not found/.test(message))
    return "vmlinux.h is printed from the kernel's BTF: run on a kernel with /sys/kernel/btf/vmlinux or pass --btf FILE";
  if (/'(linux|asm|sys)\/.*' file not found/.test(message))
    return 'BPF programs include "vmlinux.h" instead of system headers; --include DIR adds a folder';
  if (/(user_pt_regs|user_regs_struct|pt_regs)'?/.test(message) && /incomplete|no member/.test(message))
    return "vmlinux.h is of another architecture than --target: pass --btf FILE with a BTF of such a kernel";
  return undefined;
}
