// One source, one compiler, one set of headers → an object, or what the compiler said.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
export const ourHeaders = join(root, "include");

/** Name → command. zig's clang is the npm package, `clang-14` Debian's. */
export const compilers = {
  "clang-14": [process.env.CLANG14 ?? "clang-14"],
  zig: [join(root, `node_modules/@zigc/${process.platform}-${process.arch}/bin/zig`), "clang"],
};

// <linux/bpf.h> and its like, for the programs that do without vmlinux.h: the machine's own, for both sets.
const multiarch = { x64: "x86_64", arm64: "aarch64", riscv64: "riscv64", s390x: "s390x" }[process.arch];
const system = [`/usr/include/${multiarch}-linux-gnu`, "/usr/include"];
const targets = { x64: "x86", arm64: "arm64", riscv64: "riscv", s390x: "s390" };

/** Every `*.bpf.c` below `folder`, sorted. */
export function findSources(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith(".bpf.c"))
    .map((name) => join(folder, name))
    .sort();
}

/**
 * `headers` is a folder that holds `bpf/bpf_helpers.h`; the folders from the source's own up to the top of the
 * collection are searched as well, because that is where projects keep what their programs share.
 */
export async function compile({ compiler, headers, source, top, vmlinux, includes, object }) {
  const folders = [];
  for (let folder = dirname(source); folder.length >= top.length; folder = dirname(folder)) folders.push(folder);
  const [program, ...leading] = compilers[compiler];
  const parameters = [
    ...leading,
    ..."--target=bpf -O2 -g -mcpu=v3 -std=gnu11 -Wall -Wno-missing-declarations -fno-color-diagnostics".split(" "),
    ..."-nostdinc -fdebug-compilation-dir=.".split(" "),
    `-D__TARGET_ARCH_${targets[process.arch]}`,
    ...[vmlinux, headers, ...includes].map((folder) => `-I${folder}`),
    ...folders.map((folder) => `-I${folder}`),
    "-isystem",
    join(ourHeaders, "freestanding"),
    ...system.flatMap((folder) => ["-idirafter", folder]),
    "-c",
    basename(source),
    "-o",
    object,
  ];
  const { status, output } = await run(program, parameters, dirname(source));
  return { ok: status === 0, messages: messagesOf(output, relative(top, source)) };
}

/** Severity, file and text of each message: without line numbers, which differ between headers. */
function messagesOf(output, source) {
  const found = [];
  for (const line of output.split("\n")) {
    const match = /^(?:(.+?):\d+:\d+: )?(fatal error|error|warning): (.*)$/.exec(line);
    if (match) found.push({ severity: match[2], file: basename(match[1] ?? source), text: match[3], line });
  }
  return found;
}

function run(program, parameters, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const collect = (chunk) => void (output += chunk);
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.once("error", reject);
    child.once("close", (status, signal) => resolve({ status, output: signal ? `${output}\n${signal}` : output }));
  });
}
