// npm run build: the addon for each target (cached by content), the library as tsc writes it (dist: declarations, and
// modules for tests), and the same in few files (lib: what users import). Runs after `npm ci` (prepare), and once more
// when `npx tsbpf` is first typed in a checkout, because npx links the checkout into its cache: then nothing is done.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

function run(command, ...args) {
  const { status, error } = spawnSync(command, args, { stdio: "inherit" });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

const addon = "src/kernel/sys/addon.gen.ts";
const record = "build/built.txt";

/** A digest of everything that goes into the build. */
function digest() {
  const folders = ["src", "native", "scripts"].flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`),
  );
  const files = folders.filter((file) => file !== addon).sort();
  const hash = createHash("sha256").update(`${process.platform}-${process.arch}`);
  for (const file of [...files, "package.json", "package-lock.json", "tsconfig.json", "tsconfig.build.json"])
    hash.update(`\0${file}\0`).update(readFileSync(file));
  return hash.digest("hex");
}

const wanted = digest();
const complete = ["dist/index.d.ts", "lib/index.js", "lib/cli/main.js", addon].every((file) =>
  existsSync(file),
);
if (complete && existsSync(record) && readFileSync(record, "utf8") === wanted) process.exit(0);
rmSync(record, { force: true });

// The compiler for the addon is a Linux package; elsewhere the paper floors are built without it.
if (process.platform === "linux" || !existsSync(addon)) run(process.execPath, "scripts/build-addon.mjs");
for (const folder of ["dist", "lib"]) rmSync(folder, { recursive: true, force: true });
run(process.execPath, "node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json");

// Importing 250 small files takes Node six times as long as importing the same code in two (docs/performance.md).
const bundle = await rolldown({
  input: {
    index: "dist/index.js",
    config: "dist/config.js",
    "cli/main": "dist/cli/main.js",
    "testing/index": "dist/testing/index.js",
    ...Object.fromEntries(
      [
        ...["vite", "rollup", "rolldown", "esbuild", "webpack", "rspack", "bun"].map(
          (name) => `bundler/${name}`,
        ),
        ...["index", "thread", "async-hooks"].map((name) => `register/${name}`),
      ].map((name) => [`toolchain/${name}`, `dist/toolchain/${name}.js`]),
    ),
  },
  platform: "node",
  external: /^node:/,
});
await bundle.write({
  dir: "lib",
  format: "esm",
  // The code that finds include/ and templates/ expects to lie as deep as it does in src.
  chunkFileNames: ({ moduleIds }) =>
    moduleIds.some((id) => /\/dist\/toolchain\/(clang|scaffold)\//.test(id))
      ? "toolchain/chunks/[name].js"
      : "[name].js",
  // Everything that `import "tsbpf"` needs is one file; the commands, and what only they need, are imported late.
  // What a build needs to find that nothing has changed is apart from it: core takes longer to read than that.
  codeSplitting: {
    groups: [
      {
        name: "basics",
        test: /\/dist\/(errors|suggestion|format\/btf\/header-revision|kernel\/host\/kernel-btf-places)\.js$/,
        priority: 1,
      },
      { name: "core", test: /\/dist\/(format\/(?!dwarf)|program|kernel)/ },
    ],
  },
  // Names of functions, classes and members stay, and so do lines: stack traces are to be read.
  minify: { compress: true, mangle: { toplevel: false }, codegen: { removeWhitespace: false } },
  comments: false,
});
await bundle.close();
// One character beyond Latin-1, such as an ellipsis in a message, and V8 keeps the whole file at two bytes a character.
const core = readFileSync("lib/core.js", "utf8");
const escaped = core.replaceAll(
  /[^\0-\x7f]/g,
  (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
);
writeFileSync("lib/core.js", escaped);
// Of the declarations those that users' imports lead to: the others are a tenth of the package.
const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const entries = Object.values(manifest.exports).flatMap(({ types }) => types ?? []);
const declarations = new Set(entries.map((file) => file.replace(/^\.\/lib\//, "")));
for (const file of declarations) {
  mkdirSync(dirname(join("lib", file)), { recursive: true });
  copyFileSync(join("dist", file), join("lib", file));
  const text = readFileSync(join("dist", file), "utf8");
  for (const [, path] of text.matchAll(/\b(?:from|import\()\s*"(\.[^"]+)\.[jt]s"/g))
    declarations.add(join(dirname(file), `${path}.d.ts`));
}
for (const folder of ["dist", "lib"]) chmodSync(`${folder}/cli/main.js`, 0o755);

// For scripts that have node_modules/.bin on their PATH: npm links the commands of dependencies, not the project's own.
rmSync("node_modules/.bin/tsbpf", { force: true });
symlinkSync("../../lib/cli/main.js", "node_modules/.bin/tsbpf");

mkdirSync("build", { recursive: true });
writeFileSync(record, wanted);
