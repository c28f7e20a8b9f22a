import { within } from "../../errors.ts";
import { nativeHost, openExecutable, requireFunction, type Host } from "../host/index.ts";

/** How {@link symbolOffset} looks. */
export interface SymbolOffsetOptions {
  /** A process whose view of the files counts; default: this process's. */
  readonly pid?: number | undefined;
  /** Default: this machine's files. */
  readonly host?: Host | undefined;
}

/**
 * Where a function begins in an executable or library: bytes from the start of the file, as uprobes take it. `path` and
 * `name` are what {@link Program.attachUprobe} takes. It needs no privilege and reads only what it needs, of a library
 * of 100 MB some hundred bytes for an exported function. ARGUMENT: no such file or function.
 */
export function symbolOffset(path: string, name: string, options: SymbolOffsetOptions = {}): number {
  const host = options.host ?? nativeHost();
  const file = openExecutable(host, path, options.pid);
  try {
    return within(path, () => requireFunction(host, file, name).offset);
  } finally {
    file.close();
  }
}
