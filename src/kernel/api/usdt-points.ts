import { argumentError, TsbpfError } from "../../errors.ts";
import { locateUsdt, readUsdtProbes, usdtArguments, type UsdtArgument } from "../../format/usdt/index.ts";
import { nativeHost, openExecutable, type Host } from "../host/index.ts";

/** A place where a static tracing point of an executable or library fires. */
export interface UsdtPointInfo {
  /** The file that the kernel maps; of a member of an archive, the archive. */
  readonly path: string;
  /** The group. */
  readonly provider: string;
  /** The point within its group. */
  readonly name: string;
  /** Of the instruction, as the file's program headers count. */
  readonly address: bigint;
  /** Of the instruction, in bytes from the start of the file; undefined where the note is {@link problem wrong}. */
  readonly offset: number | undefined;
  /** Of its semaphore, in bytes from the start of the file; 0 = it has none. */
  readonly semaphoreOffset: number;
  /** In their order; up to 12. */
  readonly arguments: readonly UsdtArgument[];
  /** Why it cannot be attached to; undefined where nothing stands in the way. */
  readonly problem: string | undefined;
}

/** How {@link usdtPoints} looks. */
export interface UsdtPointsOptions {
  /** A process whose view of the files counts; default: this process's. */
  readonly pid?: number | undefined;
  /** Default: this machine's files. */
  readonly host?: Host | undefined;
}

/**
 * The static tracing points (USDT) of an executable or library, in the order of its notes; a point may fire at several
 * places. `path` is what {@link Program.attachUsdt} takes. It needs no privilege. ARGUMENT: no such file.
 */
export function usdtPoints(path: string, options: UsdtPointsOptions = {}): UsdtPointInfo[] {
  const file = openExecutable(options.host ?? nativeHost(), path, options.pid);
  try {
    const { elf, start } = file;
    return readUsdtProbes(elf).map((note) => {
      const { provider, name, address } = note;
      const common = { path: file.path, provider, name, address, arguments: usdtArguments(elf, note) };
      try {
        const { offset, semaphoreOffset } = locateUsdt(elf, note);
        const semaphore = semaphoreOffset === 0 ? 0 : start + semaphoreOffset;
        return { ...common, offset: start + offset, semaphoreOffset: semaphore, problem: undefined };
      } catch (error) {
        if (!(error instanceof TsbpfError)) throw error;
        return { ...common, offset: undefined, semaphoreOffset: 0, problem: error.message };
      }
    });
  } finally {
    file.close();
  }
}

/**
 * The tracing points of everything that a process has mapped as code: its program and its libraries. Files that cannot be
 * read are left out. ARGUMENT: there is no such process, or this user may not look at it.
 */
export function processUsdtPoints(
  pid: number,
  options: Omit<UsdtPointsOptions, "pid"> = {},
): UsdtPointInfo[] {
  const host = options.host ?? nativeHost();
  const mapped = host.mappedCode(pid);
  // A process that has ended, or a kernel thread, maps nothing.
  if (mapped === undefined || mapped.length === 0) {
    throw argumentError(
      `expected process ${pid} to have mapped code that this user may see, found none`,
      "processes of others need root or CAP_SYS_PTRACE",
    );
  }
  return mapped.flatMap(({ path }) => {
    try {
      return usdtPoints(path, { pid, host });
    } catch (error) {
      // Gone since, in memory alone, or for another architecture.
      if (error instanceof TsbpfError) return [];
      throw error;
    }
  });
}
