// Compiles testdata/src/*.bpf.c and the examples into testdata/obj, and writes testdata/obj/index.json.
//
//   node scripts/build-testdata.mjs [--vmlinux DIR] [NAME…]
//
// The objects are committed, so that tests need no compiler and see the same bytes everywhere; run this
// after changing a source. Needs clang 14 (CLANG14, default clang-14), the npm clang (zig) and
// llvm-objcopy (OBJCOPY, default llvm-objcopy-14). The examples include vmlinux.h: they are compiled only
// when DIR holds one, and keep their committed objects otherwise. testdata/README.md describes the
// metadata at the head of each source.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const sources = join(root, "testdata/src");
const objects = join(root, "testdata/obj");

const COMPILERS = {
  clang14: { folder: "clang-14", command: [process.env.CLANG14 ?? "clang-14"] },
  zig: {
    folder: "zig-21",
    command: [join(root, `node_modules/@zigc/${process.platform}-${process.arch}/bin/zig`), "clang"],
  },
};
const KEYS = new Set([
  "tests",
  "compilers",
  "cflags",
  "endian",
  "host-load",
  "host-load-clang14",
  "host-load-zig",
  "without",
  "pins",
  "libbpf",
]);

/** The `// key: value` lines that open a source, with the defaults of testdata/README.md filled in. */
function readMetadata(path) {
  const found = {};
  for (const line of readFileSync(path, "utf8").split("\n")) {
    if (line.startsWith("// SPDX")) continue;
    const match = /^\/\/ ([a-z0-9-]+): (.+)$/.exec(line);
    if (!match) break;
    if (!KEYS.has(match[1])) throw new Error(`${path}: unknown key ${match[1]}`);
    found[match[1]] = match[2].trim();
  }
  const words = (value) => (value === undefined ? [] : value.split(" "));
  return {
    tests: found.tests ?? "an example",
    compilers: words(found.compilers ?? "clang14 zig"),
    cflags: words(found.cflags),
    endian: words(found.endian ?? "little"),
    hostLoad: {
      clang14: found["host-load-clang14"] ?? found["host-load"] ?? "yes",
      zig: found["host-load-zig"] ?? found["host-load"] ?? "yes",
    },
    without: words(found.without),
    pins: words(found.pins),
    libbpf: found.libbpf ?? "1.0",
  };
}

function compile(compiler, source, target, cflags, object) {
  const { command } = COMPILERS[compiler];
  const folder = dirname(source);
  mkdirSync(dirname(object), { recursive: true });
  // A relative source and compilation directory: no path of this machine gets into BTF.
  execFileSync(
    command[0],
    [
      ...command.slice(1),
      `--target=${target}`,
      ..."-O2 -g -mcpu=v3 -Wall -Werror -D__TARGET_ARCH_x86 -nostdinc -fdebug-compilation-dir=.".split(" "),
      `-I${relative(folder, join(root, "include"))}`,
      "-isystem",
      relative(folder, join(root, "include/freestanding")),
      ...cflags,
      "-c",
      basename(source),
      "-o",
      object,
    ],
    { cwd: folder, stdio: "inherit" },
  );
  // DWARF is for debuggers only; .BTF and .BTF.ext stay.
  execFileSync(process.env.OBJCOPY ?? "llvm-objcopy-14", ["--strip-debug", object]);
}

const args = process.argv.slice(2);
const at = args.indexOf("--vmlinux");
const vmlinux = at < 0 ? process.env.TSBPF_VMLINUX : args.splice(at, 2)[1];
const unknown = args.find((arg) => arg.startsWith("-"));
if (unknown) throw new Error(`unknown option ${unknown}`);

const jobs = [];
for (const file of readdirSync(sources).filter((name) => name.endsWith(".bpf.c"))) {
  jobs.push({ source: join(sources, file), example: false });
}
for (const entry of readdirSync(join(root, "examples"), { withFileTypes: true })) {
  if (!entry.isDirectory()) continue;
  for (const file of readdirSync(join(root, "examples", entry.name)).filter((name) =>
    name.endsWith(".bpf.c"),
  )) {
    jobs.push({ source: join(root, "examples", entry.name, file), example: true });
  }
}

const index = [];
for (const { source, example } of jobs.toSorted((a, b) =>
  basename(a.source) < basename(b.source) ? -1 : 1,
)) {
  const name = basename(source, ".bpf.c");
  const metadata = readMetadata(source);
  const wanted = (args.length === 0 || args.includes(name)) && (!example || vmlinux !== undefined);
  const cflags = example ? [...metadata.cflags, "-I", vmlinux ?? ""] : metadata.cflags;
  for (const endian of metadata.endian) {
    for (const compiler of metadata.compilers) {
      // one compiler is enough for the foreign byte order: the newest
      if (endian === "big" && compiler === "clang14" && metadata.compilers.length > 1) continue;
      const path = join(endian === "big" ? "eb" : COMPILERS[compiler].folder, `${name}.bpf.o`);
      if (wanted) compile(compiler, source, endian === "big" ? "bpfeb" : "bpf", cflags, join(objects, path));
      index.push({
        name,
        path,
        source: relative(root, source),
        compiler,
        endian,
        tests: metadata.tests,
        hostLoad: endian === "big" ? "refused: foreign byte order" : metadata.hostLoad[compiler],
        without: metadata.without,
        pins: metadata.pins,
        libbpf: metadata.libbpf,
      });
    }
  }
}

// Objects whose source is gone.
const known = new Set(index.map((entry) => entry.path));
for (const folder of readdirSync(objects, { withFileTypes: true })) {
  if (!folder.isDirectory()) continue;
  for (const file of readdirSync(join(objects, folder.name))) {
    if (!known.has(join(folder.name, file))) rmSync(join(objects, folder.name, file));
  }
}
writeFileSync(join(objects, "index.json"), `${JSON.stringify(index, null, 1)}\n`);
console.log(`${index.length} objects of ${jobs.length} sources`);
