import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { CompileError, NativeError, SyscallError } from "../../errors.ts";
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
  const folder = await temporaryFolder();
  try {
    const target = join(folder, "out.bpf.o");
    const list = join(folder, "out.d");
    const [program = "", ...parameters] = compileCommand(request);
    const color = request.color === true ? "-fcolor-diagnostics" : "-fno-color-diagnostics";
    parameters.push(color, "-MD", "-MF", list, "-o", target);
    const { status, output } = await run(program, parameters, request.directory);
    if (status !== 0) throw refusal(basename(request.source), status, output);
    const dependencies = parseDependencies(await readFile(list, "utf8"));
    return { object: await readFile(target), output, dependencies };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function refusal(source: string, status: number, output: string): CompileError {
  const diagnostics = parseDiagnostics(output);
  const first = diagnostics.find((diagnostic) => diagnostic.severity === "error");
  const place = first?.file === undefined ? "" : `${first.file}:${first.line}:${first.column}: `;
  const detail = first === undefined ? `clang ended with ${status}` : `${place}${first.message}`;
  const remedy = remedyFor(first?.message ?? "");
  return new CompileError(detail, diagnostics, output, { trail: [source], remedy });
}

/** A folder for the compiler's output, another one for each run: objects of equal names do not meet. */
async function temporaryFolder(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), "tsbpf-"));
  } catch (cause) {
    const { errno = 0, code = "", syscall = "mkdtemp" } = cause as NodeJS.ErrnoException; // what node:fs throws
    const remedy = "set TMPDIR to a directory that can be written";
    throw new SyscallError(syscall, Math.abs(errno), code, { trail: [tmpdir()], remedy, cause });
  }
}

/** Runs a compiler and collects what it says. */
function run(
  program: string,
  parameters: readonly string[],
  cwd: string,
): Promise<{ status: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { cwd, stdio: ["ignore", "pipe", "pipe"] });
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
    return 'BPF programs include "vmlinux.h" instead of system headers; --include DIR adds a folder';
  if (/(user_pt_regs|user_regs_struct|pt_regs)'?/.test(message) && /incomplete|no member/.test(message))
    return "vmlinux.h is of another architecture than --target: pass --btf FILE with a BTF of such a kernel";
  return undefined;
}
