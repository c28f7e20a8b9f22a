// What comes from the distribution: the tools on this machine, and a kernel that is unpacked, never installed.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Program that must be on the PATH -> Debian package that has it. */
const tools = {
  "qemu-system-x86_64": "qemu-system-x86",
  busybox: "busybox-static",
  cpio: "cpio",
  depmod: "kmod",
  xz: "xz-utils",
  zstd: "zstd",
};
const path = `${process.env.PATH}:/usr/sbin:/sbin`;

/** Runs a program to its end and returns its output; throws with what it wrote when it refuses. */
export function output(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    maxBuffer: 1 << 28,
    stdio: ["pipe", "pipe", "pipe"],
    ...options,
    env: { ...process.env, PATH: path, DEBIAN_FRONTEND: "noninteractive", ...options.env },
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: exit status ${status}\n${String(stderr)}`);
  return stdout;
}

/** The full path of a program, or undefined. */
function findTool(name) {
  return path
    .split(":")
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));
}

/** Installs what is missing, as root; otherwise says what to install. */
export function installTools() {
  const missing = Object.entries(tools).flatMap(([tool, debian]) => (findTool(tool) ? [] : [debian]));
  if (missing.length === 0) return;
  const command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", ...missing];
  if (process.getuid() !== 0) throw new Error(`needs ${missing.join(", ")}: as root, ${command.join(" ")}`);
  console.log(`$ ${command.join(" ")}`);
  withFreshLists(() => output(command[0], command.slice(1)));
}

/** Package lists grow stale: a kernel that was replaced by a point release can be listed, but not downloaded. */
function withFreshLists(action) {
  try {
    return action();
  } catch {
    output("apt-get", ["update", "-qq"]);
    return action();
  }
}

/** The exact package of the newest generic kernel of a series such as "6.1": its name changes with every point release. */
function findPackage(series) {
  // "linux-image-6.1.0-56-amd64" and "linux-image-6.12.117+deb12-amd64", but no -dbg, -cloud, -rt, -unsigned, no metapackage.
  const wanted = new RegExp(
    `^linux-image-${series.replace(".", "\\.")}\\.[0-9]+(-[0-9]+|\\+deb[0-9]+)-amd64$`,
  );
  const names = String(output("apt-cache", ["pkgnames", `linux-image-${series}.`]))
    .split("\n")
    .filter((name) => wanted.test(name))
    .sort(new Intl.Collator("en", { numeric: true }).compare);
  const newest = names.at(-1);
  if (!newest)
    throw new Error(`expected a package linux-image-${series}.*-amd64 in the apt lists, found none`);
  return newest;
}

/** Where unpacked kernels live between runs: outside the repository, 100 to 400 MB each. */
function cacheFolder() {
  return (
    process.env.TSBPF_VM_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "tsbpf-vm")
  );
}

/**
 * A kernel of the series, unpacked: its release ("6.1.0-56-amd64") and the folder that has boot/ and lib/modules/
 * with their dependency lists. A newer package replaces the older one of its series in the cache.
 */
export function unpackKernel(series) {
  const cache = cacheFolder();
  mkdirSync(cache, { recursive: true });
  const known = readdirSync(cache).filter((name) => name.startsWith(`linux-image-${series}.`));
  const prefix = "linux-image-";
  const find = () => {
    const name = findPackage(series);
    const folder = join(cache, name);
    if (existsSync(folder)) return name;
    console.log(`$ apt-get download ${name}`);
    // Unpacked aside and renamed when complete: an interrupted run leaves no half kernel, two runs do not meet.
    const aside = mkdtempSync(join(cache, ".new-"));
    try {
      output("apt-get", ["download", "-qq", name], { cwd: aside });
      const [archive] = readdirSync(aside).filter((file) => file.endsWith(".deb"));
      output("dpkg-deb", ["-x", join(aside, archive), join(aside, "tree")]);
      output("depmod", ["-b", join(aside, "tree"), name.slice(prefix.length)]);
      renameSync(join(aside, "tree"), folder);
    } finally {
      rmSync(aside, { recursive: true, force: true });
    }
    for (const old of known) rmSync(join(cache, old), { recursive: true, force: true });
    return name;
  };
  const name = withFreshLists(find);
  return { release: name.slice(prefix.length), folder: join(cache, name) };
}
