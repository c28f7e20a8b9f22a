import { existsSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

/**
 * `$TSBPF_CACHE`, else the user's cache folder; a machine without a home has its temporary folder. Absolute, as compilers
 * run elsewhere; a relative `$XDG_CACHE_HOME` is to be ignored (XDG Base Directory Specification).
 */
export function cacheFolder(): string {
  const { TSBPF_CACHE: chosen, XDG_CACHE_HOME: xdg } = process.env;
  if (chosen) return resolve(chosen);
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, "tsbpf");
  const home = homedir();
  return home !== "" && existsSync(home) ? join(home, ".cache", "tsbpf") : join(tmpdir(), "tsbpf-cache");
}
