// Runs the two sides of a comparison as processes that take turns.
import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const build = fileURLToPath(new URL("../../build/bench/", import.meta.url));

// PERFORMANCE: with NODE_EXTRA_CA_CERTS each start of Node reads certificates, 100 ms.
const { NODE_EXTRA_CA_CERTS: _, ...environment } = process.env;

function run(program, args) {
  return execFileSync(program, args, { encoding: "utf8", env: environment, maxBuffer: 1 << 26 });
}

/** Runs a script of this folder in a Node of its own and parses the JSON that it prints last. */
export function runNode(script, ...args) {
  return JSON.parse(
    run(process.execPath, [`${here}${script}`, ...args])
      .trim()
      .split("\n")
      .at(-1),
  );
}

/** Runs a program that prints JSON. */
export function runProgram(program, ...args) {
  return JSON.parse(run(program, args));
}

/** Milliseconds of a whole Node process that runs one line of code. */
export function timeNode(code) {
  const start = process.hrtime.bigint();
  run(process.execPath, ["--input-type=module", "-e", code]);
  return Number(process.hrtime.bigint() - start) / 1e6;
}

/** Milliseconds of a whole process; its output goes to `file`, as `>` has it. */
export function timeProgram(program, args, { file = "/dev/null", cwd, stderr = "inherit" } = {}) {
  const output = openSync(file, "w");
  const start = process.hrtime.bigint();
  execFileSync(program, args, { cwd, env: environment, stdio: ["ignore", output, stderr] });
  const time = Number(process.hrtime.bigint() - start) / 1e6;
  closeSync(output);
  return time;
}

/**
 * Compiles NAME.c of this folder against libbpf: Debian's, or another one by the folders in TSBPF_BENCH_INCLUDE and
 * TSBPF_BENCH_LIB. Returns the program's path.
 */
export function compileC(name) {
  mkdirSync(build, { recursive: true });
  const { TSBPF_BENCH_INCLUDE: include, TSBPF_BENCH_LIB: lib } = process.env;
  const folders = [...(include ? [`-I${include}`] : []), ...(lib ? [`-L${lib}`] : [])];
  run("cc", ["-O2", ...folders, "-o", `${build}${name}`, `${here}${name}.c`, "-lbpf", "-lelf", "-lz"]);
  return `${build}${name}`;
}

/** Compiles a BPF source of the repository with the compiler that `tsbpf build` finds. Returns the object's path. */
export function compileBpf(source) {
  const path = fileURLToPath(new URL(`../../${source}`, import.meta.url));
  const main = fileURLToPath(new URL("../../lib/cli/main.js", import.meta.url));
  const [line] = run(process.execPath, [main, "build", "--json", "--out-dir", build, path]).split("\n");
  return JSON.parse(line).files.find((file) => file.endsWith(".bpf.o"));
}

export const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/**
 * Runs `ours` and `theirs` alternately, the first to go changing each time, and takes the ratio within each rotation:
 * what the machine does beside slows both. Each side returns numbers by name; the result is the median ratio by name.
 */
export function rotate(rounds, ours, theirs) {
  const ratios = {};
  for (let round = 0; round < rounds; round++) {
    let left, right;
    if (round % 2 === 0) {
      left = ours();
      right = theirs();
    } else {
      right = theirs();
      left = ours();
    }
    for (const name of Object.keys(left)) (ratios[name] ??= []).push(left[name] / right[name]);
  }
  return Object.fromEntries(Object.entries(ratios).map(([name, values]) => [name, median(values)]));
}
