import { createHash } from "node:crypto";
import { statSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { argumentError, SyscallError, within } from "../errors.ts";
import { HeaderPrinter, type PrintedHeader } from "../format/btf/index.ts";
import type { CompileRequest } from "../toolchain/clang/index.ts";
import {
  planUnits,
  projectSettings,
  rememberedClang,
  withSettings,
  writeResult,
} from "../toolchain/project/index.ts";
import {
  fileTypes,
  kernelTypes,
  minimalHeader,
  moduleTypes,
  type FoundTypes,
} from "../toolchain/vmlinux/index.ts";
import type { Command, Input } from "./command.ts";
import { compilerOptions, projectOf } from "./compiler-options.ts";
import { Progress } from "./progress.ts";

/** `tsbpf vmlinux`: kernel types as C. */
export const vmlinuxCommand: Command = {
  name: "vmlinux",
  summary: "Prints vmlinux.h: the types of the kernel, of a module or of a file, as C.",
  usage: "[FILE | --module NAME | --minimal SOURCE.bpf.c…] [options]",
  completes: { files: [] },
  options: {
    output: {
      value: "FILE",
      short: "o",
      completes: { files: [] },
      help: "write the header to FILE instead of stdout",
    },
    module: { value: "NAME", short: "m", help: "the kernel's types and those of a loaded module" },
    base: {
      value: "FILE",
      completes: { files: [] },
      help: "the kernel's BTF that FILE, a module's, continues",
    },
    added: { help: "with --module or --base: only what the module adds; includes vmlinux.h" },
    minimal: { help: "only what the sources need, found by compiling them" },
    json: { help: "say on stdout what was printed, as JSON, in place of the header" },
    ...compilerOptions,
  },
  examples: [
    ["tsbpf vmlinux -o vmlinux.h", "the running kernel"],
    ["tsbpf vmlinux --module nf_tables --added", "what a module adds"],
    ["tsbpf vmlinux vmlinux-6.1 | less", "a file: raw BTF, or an ELF file with a .BTF section"],
    ["tsbpf vmlinux --base vmlinux-6.1 nf_tables.ko", "a module that is not loaded"],
    ["tsbpf vmlinux --minimal -o vmlinux.h trace.bpf.c", "a header to commit, of a few hundred lines"],
  ],
  async run(input) {
    const progress = new Progress();
    try {
      const found = typesOf(input, progress);
      const printed = await print(found, input, progress);
      progress.clear();
      await deliver(printed, found, input);
      return 0;
    } finally {
      progress.clear();
    }
  },
};

/** The types that the command line names; combinations that say two things are refused. */
function typesOf(input: Input, progress: Progress): FoundTypes {
  const module = input.text("module");
  const base = input.text("base");
  const btf = input.text("btf");
  const [file, ...more] = input.on("minimal")
    ? [btf]
    : [input.positionals[0] ?? btf, ...input.positionals.slice(1)];
  if (input.on("minimal") && input.positionals.length === 0)
    throw argumentError("--minimal: expected SOURCE.bpf.c, found no source");
  if (more.length > 0) throw argumentError(`expected one FILE, found ${more.length + 1}`, remedyFor(more));
  if (!input.on("minimal") && file !== undefined && /\.[ch]$/.test(file))
    throw argumentError(
      `expected a file with BTF, found the C source "${file}"`,
      `tsbpf vmlinux --minimal ${file}`,
    );
  if (module !== undefined && file !== undefined)
    throw argumentError("expected --module or FILE, found both", "a module's FILE goes with --base");
  if (base !== undefined && file === undefined)
    throw argumentError("--base: expected FILE beside it, found none");
  if (input.on("added") && module === undefined && base === undefined)
    throw argumentError("--added: expected --module NAME or --base FILE, found neither");
  if (input.on("added") && input.on("minimal"))
    throw argumentError("expected --added or --minimal, found both");
  progress.showNow(`reading ${file ?? module ?? "the kernel's types"}`);
  if (module !== undefined) return within("--module", () => moduleTypes(module));
  return file === undefined ? kernelTypes() : fileTypes(file, base);
}

function remedyFor(files: readonly string[]): string | undefined {
  return files.some((file) => file.endsWith(".c")) ? "--minimal takes sources" : undefined;
}

async function print(found: FoundTypes, input: Input, progress: Progress): Promise<PrintedHeader> {
  const { btf, source } = found;
  if (input.on("minimal")) {
    const requests: CompileRequest[] = [];
    for (const file of input.positionals) requests.push(await requestFor(file, input));
    return minimalHeader(btf, requests, progress.show);
  }
  progress.showNow(`printing ${btf.endId - 1} types`);
  return within(source, () => {
    const printer = new HeaderPrinter(btf);
    return input.on("added") ? printer.added(moduleName(source)) : printer.whole();
  });
}

/** `/sys/kernel/btf/nf_tables`, `net/netfilter/nf_tables.ko` → `nf_tables` */
function moduleName(source: string): string {
  return source.replace(/^.*\//, "").replace(/\..*$/, "");
}

/** How `tsbpf build` would compile the source on this machine. */
async function requestFor(file: string, input: Input): Promise<CompileRequest> {
  const project = withSettings(await projectOf(file, input), { target: process.arch });
  const [unit] = planUnits(project, [resolve(file)]);
  const [target] = project.targets;
  if (unit === undefined || target === undefined) throw argumentError(`expected a C source, found "${file}"`);
  return {
    clang: rememberedClang(project),
    settings: projectSettings(project, target),
    source: unit.source,
    directory: project.root,
  };
}

async function deliver(printed: PrintedHeader, found: FoundTypes, input: Input): Promise<void> {
  const output = input.text("output");
  if (output !== undefined) write(output, printed.bytes);
  if (input.on("json")) {
    const description = {
      source: found.source,
      sha256: sha256(found.btf.bytes),
      types: printed.types,
      functions: printed.functions,
      bytes: printed.bytes.length,
      output: output ?? null,
      headerSha256: sha256(printed.bytes),
    };
    process.stdout.write(`${JSON.stringify(description)}\n`);
  } else if (output === undefined) {
    await new Promise<void>((done) =>
      process.stdout.write(printed.bytes, () => {
        done();
      }),
    );
  }
}

/** A file is replaced as a whole; a device such as /dev/stdout must not be. */
function write(path: string, bytes: Uint8Array): void {
  const remedy = "--output FILE names another place";
  if (!isDevice(path)) {
    writeResult(path, bytes, remedy);
    return;
  }
  try {
    writeFileSync(path, bytes);
  } catch (cause) {
    const { errno = 0, code = "", syscall = "write" } = cause as NodeJS.ErrnoException; // what node:fs throws
    throw new SyscallError(syscall, Math.abs(errno), code, { trail: [path], remedy, cause });
  }
}

function isDevice(path: string): boolean {
  try {
    const stat = statSync(path);
    return !stat.isFile() && !stat.isDirectory();
  } catch {
    return false; // There is none; if more is wrong, writing will say so.
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
