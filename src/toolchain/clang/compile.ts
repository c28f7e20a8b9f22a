import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { CompileError, NativeError, SyscallError } from "../../errors.ts";
import { parseDiagnostics } from "./diagnostics.ts";
import { findClang, type Clang } from "./find-clang.ts";

/** How a source is compiled. */
export interface CompileOptions {
  /** Default: {@link findClang}. */
  readonly clang?: Clang;
  /** Folders searched before tsbpf's own headers; the folder of `vmlinux.h` belongs here. */
  readonly includes?: readonly string[];
  /** `NAME` or `NAME=VALUE` */
  readonly defines?: readonly string[];
  /** The architecture whose registers `bpf_tracing.h` reads, in Node's words; default: this machine's. */
  readonly architecture?: string;
  /** More arguments, last on the command line. */
  readonly flags?: readonly string[];
  /** Ask the compiler for colours in `output`. */
  readonly color?: boolean;
}

/** A compiled object and what the compiler had to say. */
export interface Compiled {
  /** The ELF object, with DWARF. */
  readonly object: Uint8Array;
  /** Warnings as the compiler printed them; "" if there were none. */
  readonly output: string;
  /** The command that was run. */
  readonly command: readonly string[];
}

/** Node's architecture names → the `__TARGET_ARCH_…` that bpf_tracing.h asks for. */
const targetArchitectures: Readonly<Record<string, string>> = {
  x64: "x86",
  ia32: "x86",
  arm64: "arm64",
  arm: "arm",
  s390x: "s390",
  ppc64: "powerpc",
  riscv64: "riscv",
  loong64: "loongarch",
  mips: "mips",
  mipsel: "mips",
};

/** Where tsbpf's own BPF headers are: `<bpf/bpf_helpers.h>` and the freestanding C headers. */
export const headersFolder: string = fileURLToPath(new URL("../../../include", import.meta.url));

/** The arguments that turn a C source into a BPF object, without the compiler's name. */
function compileArguments(source: string, output: string, options: CompileOptions = {}): string[] {
  const architecture = options.architecture ?? process.arch;
  const target = targetArchitectures[architecture] ?? architecture;
  return [
    "--target=bpf",
    "-O2",
    "-g",
    "-mcpu=v3",
    "-Wall",
    // vmlinux.h declares anonymous structs by their tag, a Microsoft extension that kernel types rely on.
    "-Wno-missing-declarations",
    `-D__TARGET_ARCH_${target}`,
    ...(options.defines ?? []).map((define) => `-D${define}`),
    // zig's clang has no resource directory and no BPF program wants the host's libc: our headers only.
    "-nostdinc",
    ...(options.includes ?? []).map((folder) => `-I${folder}`),
    `-I${headersFolder}`,
    "-isystem",
    join(headersFolder, "freestanding"),
    // Paths in BTF relative to here: the same source gives the same object wherever the checkout lies.
    "-fdebug-compilation-dir=.",
    options.color === true ? "-fcolor-diagnostics" : "-fno-color-diagnostics",
    ...(options.flags ?? []),
    "-c",
    inFolder(source),
    "-o",
    output,
  ];
}

/** Compiles a C source to a BPF object in memory. A refusal is a {@link CompileError} with its diagnostics. */
export async function compile(source: string, options: CompileOptions = {}): Promise<Compiled> {
  const clang = options.clang ?? findClang();
  const folder = await temporaryFolder();
  try {
    const target = join(folder, "out.bpf.o");
    const [program, ...leading] = clang.command;
    const parameters = [...leading, ...compileArguments(source, target, options)];
    const { status, output } = await run(program, parameters);
    if (status !== 0) {
      const diagnostics = parseDiagnostics(output);
      const first = diagnostics.find((diagnostic) => diagnostic.severity === "error");
      const place = first?.file === undefined ? "" : `${first.file}:${first.line}:${first.column}: `;
      const detail = first === undefined ? `clang ended with ${status}` : `${place}${first.message}`;
      throw new CompileError(detail, diagnostics, output, {
        trail: [basename(source)],
        remedy: remedyFor(first?.message ?? ""),
      });
    }
    return { object: await readFile(target), output, command: [program, ...parameters] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A folder for the compiler's output; the object itself is handed on in memory. */
async function temporaryFolder(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), "tsbpf-"));
  } catch (cause) {
    const { errno = 0, code = "", syscall = "mkdtemp" } = cause as NodeJS.ErrnoException; // what node:fs throws
    const remedy = "set TMPDIR to a directory that can be written";
    throw new SyscallError(syscall, Math.abs(errno), code, { trail: [tmpdir()], remedy, cause });
  }
}

/** A path below this folder without the folder's own name. */
function inFolder(file: string): string {
  const path = relative("", file);
  return path.startsWith("..") ? file : path;
}

function run(program: string, parameters: readonly string[]): Promise<{ status: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const collect = (chunk: Buffer): void => void (output += chunk.toString());
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.once("error", (cause) => {
      const detail = `expected to run ${program}, found: ${cause.message}`;
      reject(new NativeError(detail, [program], ["check TSBPF_CLANG and PATH"], { cause }));
    });
    child.once("close", (code, signal) => {
      resolve({ status: code ?? -1, output: signal === null ? output : `${output}killed by ${signal}\n` });
    });
  });
}

function remedyFor(message: string): string | undefined {
  if (/'vmlinux\.h' file not found/.test(message))
    return "vmlinux.h is printed from the kernel's BTF: run on a kernel with /sys/kernel/btf/vmlinux or pass --btf FILE";
  if (/'(linux|asm|sys)\/.*' file not found/.test(message))
    return 'BPF programs include "vmlinux.h" instead of system headers; -I adds a folder';
  return undefined;
}
