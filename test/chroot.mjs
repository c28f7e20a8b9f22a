// Running something in a folder as if it were the whole file system: as root, with this machine's /proc, /sys and /dev.
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { spawnSync } from "node:child_process";

/** The command that runs `command` in `root`. Mounts are in a namespace of their own: they end with it, however it ends. */
export function chrootCommand(root, command, directory = "/") {
  const mounts = ["proc", "sys", "dev"].map((name) => {
    mkdirSync(join(root, name), { recursive: true });
    return `mount --rbind /${name} '${join(root, name)}'`;
  });
  // The inner shell is the root's own, where it has one: a plain program needs none.
  const change =
    directory === "/"
      ? `exec chroot '${root}' "$@"`
      : `exec chroot '${root}' /bin/sh -c 'cd "$0" && exec "$@"' '${directory}' "$@"`;
  return ["unshare", "--mount", "sh", "-c", [...mounts, change].join(" && "), "chroot", ...command];
}

/** Copies a program to `path` in the root, and the libraries that it needs to where it looks for them. */
export function copyProgram(root, program, path) {
  const copy = (from, to) => {
    const target = join(root, to);
    if (existsSync(target)) return;
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(from, target);
  };
  copy(program, path);
  const { stdout } = spawnSync("ldd", [program], { encoding: "utf8" });
  for (const [, library] of stdout.matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm)) copy(library, library);
}
