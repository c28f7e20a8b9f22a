import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { argumentError, SyscallError } from "../../errors.ts";
import { cacheFolder, headersFolder } from "../clang/index.ts";

/** What belongs to tsbpf and not to a release of libbpf; helpers' numbers are the kernel's, for trees that generate them. */
const ours = ["tsbpf.h", "tsbpf_macros.h", "bpf_helper_defs.h"];

/**
 * A folder in which `<bpf/…>` is another set of BPF headers: that of `folder`, as a libbpf release has them in `src`, a
 * kernel tree in `tools/lib/bpf`, a distribution in `/usr/include`. Made of links, kept by their list.
 */
export function foreignHeaders(folder: string): string {
  const places = [join(folder, "bpf"), join(folder, "src"), folder];
  const place = places.find((candidate) => existsSync(join(candidate, "bpf_helpers.h")));
  if (place === undefined) {
    throw argumentError(
      `expected bpf_helpers.h in ${folder}, its bpf/ or its src/, found none`,
      "name the folder of a libbpf release, such as libbpf-1.3.0/src",
    );
  }
  const theirs = readdirSync(place).filter((name) => name.endsWith(".h"));
  const links = new Map(ours.map((name) => [name, join(headersFolder, "bpf", name)]));
  for (const name of theirs) links.set(name, join(place, name));
  const key = createHash("sha256")
    .update(JSON.stringify([...links]))
    .digest("hex")
    .slice(0, 16);
  const made = join(cacheFolder(), `bpf-headers-${key}`);
  if (existsSync(made)) return made;
  const fresh = `${made}.${process.pid}`;
  try {
    rmSync(fresh, { recursive: true, force: true }); // of a process that was killed and had this number
    mkdirSync(join(fresh, "bpf"), { recursive: true });
    for (const [name, target] of links) symlinkSync(target, join(fresh, "bpf", name));
    renameSync(fresh, made);
  } catch (cause) {
    if (existsSync(fresh)) rmSync(fresh, { recursive: true, force: true });
    if (existsSync(made)) return made; // Another build was first.
    const { errno = 0, code = "", syscall = "mkdir" } = cause as NodeJS.ErrnoException; // what node:fs throws
    const remedy = "set TSBPF_CACHE to a folder that can be written";
    throw new SyscallError(syscall, Math.abs(errno), code, { trail: [made], remedy, cause });
  }
  return made;
}
