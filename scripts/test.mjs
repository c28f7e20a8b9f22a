// npm test [-- PART…]: build, check, unit (vitest, no root), kernel (node:test, root), package; in CI also what installs from
// npm or Debian: projects, bundlers, bundle, fresh, runtimes.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const ci = process.env.CI === "true";
const total = { passed: 0, failed: 0, skipped: 0 };

function run(command, args, env = {}) {
  console.log(`\n$ ${[command.replace(/^.*\//, ""), ...args].join(" ")}`);
  const { status, error } = spawnSync(command, args, { stdio: "inherit", env: { ...process.env, ...env } });
  if (error) throw error;
  return status === 0;
}

/** The tests attach for real: tracepoints need tracefs, pins need bpffs. Most machines have both since their start. */
function mountFileSystems() {
  for (const [type, place] of [
    ["tracefs", "/sys/kernel/tracing"],
    ["bpf", "/sys/fs/bpf"],
  ]) {
    if (spawnSync("mountpoint", ["-q", place]).status !== 0) run("mount", ["-t", type, type, place]);
  }
}

function kernelTests() {
  mountFileSystems();
  const files = readdirSync("test/kernel", { recursive: true })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => `build/test/kernel/${name.replace(/\.ts$/, ".js")}`)
    .sort();
  rmSync("build/test", { recursive: true, force: true });
  if (!run("node_modules/.bin/tsc", ["-p", "tsconfig.kernel-test.json"])) return false;
  const report = "build/kernel-tests.txt";
  // One file at a time: the tests count this machine's fds, programs and tracefs events.
  const ok = run(process.execPath, [
    "--test",
    "--test-concurrency=1",
    "--test-timeout=300000",
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
    "--test-reporter=tap",
    `--test-reporter-destination=${report}`,
    ...files,
  ]);
  const text = readFileSync(report, "utf8");
  const count = (word) => Number(new RegExp(`^# ${word} (\\d+)`, "m").exec(text)?.[1] ?? 0);
  total.passed += count("pass");
  total.failed += count("fail") + count("cancelled");
  total.skipped += count("skipped");
  return ok;
}

function unitTests() {
  const report = "build/unit-tests.json";
  const ok = run("node_modules/.bin/vitest", [
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
  ]);
  if (existsSync(report)) {
    const summary = JSON.parse(readFileSync(report, "utf8"));
    total.passed += summary.numPassedTests;
    total.failed += summary.numFailedTests;
    total.skipped += summary.numPendingTests;
  }
  return ok;
}

const parts = {
  build: () => run(process.execPath, ["scripts/build.mjs"]),
  check: () => run(process.execPath, ["scripts/check.mjs"]),
  unit: unitTests,
  kernel: () => {
    if (process.platform !== "linux" || process.getuid() !== 0) {
      console.log(`\n${ci ? "BROKEN" : "skipped"}: kernel tests need root on Linux`);
      return !ci;
    }
    return kernelTests();
  },
  package: () => run(process.execPath, ["test/package/run.mjs"]),
  // Installs what the made projects depend on: in CI, or when asked for.
  projects: () =>
    ci || wanted.includes("projects") ? run(process.execPath, ["test/package/projects.mjs"]) : true,
  // Downloads six bundlers and three runtimes: in CI, or when asked for.
  bundlers: () =>
    ci || wanted.includes("bundlers") ? run(process.execPath, ["test/package/bundlers/run.mjs"]) : true,
  // Downloads six runtimes: in CI, or when asked for.
  runtimes: () =>
    ci || wanted.includes("runtimes") ? run(process.execPath, ["test/package/runtimes.mjs"]) : true,
  // Single files and executables, alone in a folder; downloads two runtimes.
  bundle: () => (ci || wanted.includes("bundle") ? run(process.execPath, ["test/bundle/run.mjs"]) : true),
  // A fresh Debian root with Node alone; downloads Debian once.
  fresh: () => (ci || wanted.includes("fresh") ? run(process.execPath, ["test/fresh/run.mjs"]) : true),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in parts));
if (unknown.length > 0) {
  console.error(`test: unknown part ${unknown.join(", ")}: expected ${Object.keys(parts).join(", ")}`);
  process.exit(2);
}
mkdirSync("build", { recursive: true });
const broken = [];
for (const [name, part] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  if (!part()) broken.push(name);
}
console.log(broken.length === 0 ? "\nall parts green" : `\nbroken: ${broken.join(", ")}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(broken.length === 0 ? 0 : 1);
