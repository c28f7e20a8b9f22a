import { existsSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

/** `$TSBPF_CACHE`, else the user's cache folder; a machine without a home has its temporary folder. */
export function cacheFolder(): string {
  const { TSBPF_CACHE: chosen, XDG_CACHE_HOME: xdg } = process.env;
  if (chosen) return chosen;
  if (xdg) return join(xdg, "tsbpf");
  const home = homedir();
  return home !== "" && existsSync(home) ? join(home, ".cache", "tsbpf") : join(tmpdir(), "tsbpf-cache");
}
