// npm run test:vm -- KERNEL [FILE…]     the kernel tests (or those of test/kernel named) on another kernel, in QEMU
// npm run test:vm -- KERNEL -- COMMAND…  a command in the same guest
// docs/vm.md says what the guest is.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeInitramfs } from "./initramfs.mjs";
import { installTools, unpackKernel } from "./packages.mjs";
import { boot } from "./qemu.mjs";

const usage = "usage: npm run test:vm -- 6.1|6.12 [FILE… | -- COMMAND…]";
const repository = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
process.chdir(repository);
const quote = (word) => (/^[\w./=:@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

function refuse(reason) {
  console.error(`test:vm: ${reason}\n${usage}`);
  process.exit(2);
}

/** The kernel tests' sources by name, "object-load" for test/kernel/object-load.test.ts. */
function knownTests() {
  return readdirSync("test/kernel", { recursive: true })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => name.replace(/\.test\.ts$/, ""))
    .sort();
}

/** `node --test` over the named tests, compiled here: the guest needs no compiler for them. */
function testCommand(files) {
  const known = knownTests();
  const names = files.map((file) => file.replace(/^.*test\/kernel\//, "").replace(/\.test\.[tj]s$/, ""));
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) refuse(`no test ${unknown.join(", ")} in test/kernel; it has ${known.join(", ")}`);
  if (!existsSync("dist/index.js")) refuse("expected dist/index.js, found none: npm run build");
  const { status } = spawnSync("node_modules/.bin/tsc", ["-p", "tsconfig.kernel-test.json"], {
    stdio: "inherit",
  });
  if (status !== 0) process.exit(1);
  // Emulation is ten to twenty times slower than the machine: the bound is for what hangs.
  const options = ["--test", "--test-concurrency=1", "--test-timeout=600000", "--test-reporter=spec"];
  return [
    process.execPath,
    ...options,
    ...(names.length > 0 ? names : known).map((name) => `build/test/kernel/${name}.test.js`),
  ];
}

const [series, ...rest] = process.argv.slice(2);
if (!series || !/^\d+\.\d+$/.test(series)) refuse(`expected a kernel series, found ${series ?? "nothing"}`);
if (process.platform !== "linux" || process.arch !== "x64") refuse("expected Linux on x86-64");
const seconds = Number(process.env.TSBPF_VM_SECONDS || 1200);
const command = rest[0] === "--" ? rest.slice(1) : testCommand(rest);
if (command.length === 0) refuse("expected a command after --, found none");

const started = Date.now();
installTools();
const kernel = unpackKernel(series);
const folder = mkdtempSync(join(tmpdir(), "tsbpf-vm-"));
let result;
try {
  console.log(
    `\nLinux ${kernel.release}, emulated: ${command.length > 8 ? `${command.slice(0, 6).join(" ")} …` : command.join(" ")}`,
  );
  const initramfs = writeInitramfs(folder, kernel, {
    KERNEL_FOLDER: kernel.folder,
    REPOSITORY: repository,
    COMMAND: command.map(quote).join(" "),
    PATH: `${dirname(process.execPath)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    HOME: "/root",
    LANG: "C.UTF-8",
    // What the tests look at: CI makes a missing libbpf an error, TSBPF_VM is for waits that emulation stretches.
    CI: process.env.CI ?? "",
    TSBPF_CACHE: process.env.TSBPF_CACHE ?? "",
    TSBPF_VM: kernel.release,
  });
  result = await boot({ folder, kernel, initramfs, seconds });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (result.status === undefined) {
  const tail = result.messages.split("\n").slice(-40).join("\n");
  console.error(`\ntest:vm: expected an exit status from the guest, found none: ${result.why}\n${tail}`);
}
console.log(
  `\nLinux ${kernel.release}: exit status ${result.status ?? "unknown"} after ${Math.round((Date.now() - started) / 1000)} s`,
);
process.exitCode = result.status ?? 1;
