import { SyscallError } from "../../errors.ts";
import type { Host } from "../host/index.ts";
import { Errno } from "../object/index.ts";

/**
 * What gcc and clang put behind the name of a function that they changed: `.isra.0` (arguments taken apart), `.constprop.0`
 * (an argument replaced by a constant), `.part.0` (a piece of it), `.cold`, and with LTO `.llvm.123`.
 */
const SUFFIX = /^\.(isra|constprop|part|llvm|lto_priv)\./;

/** Names in a list that the compiler made of `name`. */
export function renamedForms(name: string, names: readonly string[]): string[] {
  return names.filter((other) => other.startsWith(`${name}.`) && SUFFIX.test(other.slice(name.length)));
}

/**
 * Whether an error says that the kernel does not know a function. Through tracefs, Linux 6.6 and later say EINVAL for that,
 * too (validate_probe_symbol in kernel/trace/trace_kprobe.c): then the list of functions decides.
 */
export function isNoFunction(host: Host, name: string, error: unknown): boolean {
  if (!(error instanceof SyscallError)) return false;
  if (error.errno === Errno.ENOENT || error.errno === Errno.ESRCH) return true;
  if (error.errno !== Errno.EINVAL) return false;
  const known = host.kernelFunctions();
  return known.length > 0 && !known.includes(name);
}

/** Whether a name is a pattern, and not a name (RULES 63). */
export function isGlob(text: string): boolean {
  return /[*?]/.test(text);
}

/** A test for names: `*` is any text, `?` any character. */
export function globTest(pattern: string): (name: string) => boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*+/g, ".*")
    .replaceAll("?", ".");
  const expression = new RegExp(`^${source}$`, "s");
  return (name) => expression.test(name);
}
