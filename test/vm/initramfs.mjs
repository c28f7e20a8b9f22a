// The archive that the guest boots from: busybox, the modules that reach the host's root, and init.sh.
import { chmodSync, copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { output } from "./packages.mjs";

/** What mounts a 9p share over virtio and puts an overlay on it. Modules in Debian's 6.1, partly built in since 6.12. */
const wanted = ["virtio_pci", "9pnet_virtio", "9p", "overlay"];
const decompress = { ".ko": ["cat"], ".ko.xz": ["xz", "-dc"], ".ko.zst": ["zstd", "-dc"] };

/** The module files to insert, in dependency order, relative to the folder of the kernel's modules. */
function modulesInOrder(modules) {
  const name = (file) =>
    basename(file)
      .replace(/\.ko(\.\w+)?$/, "")
      .replaceAll("-", "_");
  const lines = readFileSync(join(modules, "modules.dep"), "utf8").trim().split("\n");
  const needs = new Map();
  for (const line of lines) {
    const [file, dependencies] = line.split(":");
    // depmod lists the nearest dependency first, so the last one is to be inserted first.
    needs.set(name(file), [...dependencies.trim().split(" ").filter(Boolean).reverse(), file]);
  }
  const builtIn = new Set(readFileSync(join(modules, "modules.builtin"), "utf8").split("\n").map(name));
  const inOrder = new Set();
  for (const module of wanted) {
    if (builtIn.has(module)) continue;
    const files = needs.get(module);
    if (!files) throw new Error(`${modules}: expected the module ${module}, found none, built in or not`);
    for (const file of files) inOrder.add(file);
  }
  return [...inOrder];
}

/** Writes the archive into `folder`; `settings` are shell variables of init.sh. */
export function writeInitramfs(folder, kernel, settings) {
  const tree = join(folder, "initramfs");
  for (const name of ["bin", "modules", "proc", "sys", "dev", "host", "writable", "new"]) {
    mkdirSync(join(tree, name), { recursive: true });
  }
  copyFileSync(String(output("sh", ["-c", "command -v busybox"])).trim(), join(tree, "bin/busybox"));
  copyFileSync(fileURLToPath(new URL("init.sh", import.meta.url)), join(tree, "init"));
  chmodSync(join(tree, "init"), 0o755);
  const modules = join(kernel.folder, "lib/modules", kernel.release);
  for (const [at, file] of modulesInOrder(modules).entries()) {
    const [command, ...args] = decompress[/\.ko(\.\w+)?$/.exec(file)[0]];
    const bytes = output(command, [...args, join(modules, file)]);
    // Numbered, so that the shell's order of names is the order of insertion.
    writeFileSync(
      join(tree, "modules", `${String(at).padStart(2, "0")}-${basename(file).replace(/\.\w+$/, "")}`),
      bytes,
    );
  }
  const quote = (value) => `'${value.replaceAll("'", `'\\''`)}'`;
  const lines = Object.entries(settings).map(([name, value]) => `export ${name}=${quote(value)}\n`);
  writeFileSync(join(tree, "settings"), lines.join(""));
  const files = readdirSync(tree, { recursive: true }).join("\n");
  const archive = join(folder, "initramfs.cpio");
  writeFileSync(
    archive,
    output("cpio", ["-o", "-H", "newc", "--quiet", "-R", "0:0"], { cwd: tree, input: files }),
  );
  return archive;
}
