// Each example's user program: built by the command, checked by tsc, run against the kernel.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const examples = join(root, "examples");
const built = join(root, "build/examples");
const folder = mkdtempSync(join(tmpdir(), "tsbpf-examples-"));
after(() => rmSync(folder, { recursive: true }));

const node = (...words: readonly string[]): string =>
  execFileSync(process.execPath, words, { cwd: root, encoding: "utf8" });
// umark is a program to trace and has nothing for the kernel.
const names = readdirSync(examples, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(examples, entry.name, `${entry.name}.bpf.c`)))
  .map((entry) => entry.name);

before(() => {
  buildUmark();
  for (const name of names) node("lib/cli/main.js", "build", `examples/${name}/${name}.bpf.c`);
  rmSync(built, { recursive: true, force: true });
  node("node_modules/typescript/bin/tsc", "-p", "examples");
});

/** By cc, or by the npm compiler where there is none. */
function buildUmark(): void {
  const words = ["-O2", "-Iinclude", "-o", join(folder, "umark"), "examples/umark/umark.c"];
  const zig = `@zigc/${process.platform}-${process.arch}/bin/zig`;
  try {
    execFileSync("cc", words, { cwd: root });
  } catch {
    execFileSync(createRequire(import.meta.url).resolve(zig), ["cc", ...words], { cwd: root });
  }
}

/** A program of a name of our own, so that other processes' events do not matter. */
const marker = join(folder, "tsbpf-example");
writeFileSync(marker, "#!/bin/sh\nexit 0\n", { mode: 0o755 });

/** What makes an example's events, and the lines that must be among its output, in any order. */
interface Stimulus {
  readonly run: () => void;
  readonly lines: readonly RegExp[];
}

const execve: Stimulus = {
  run: () => void execFileSync(marker),
  lines: [new RegExp(`^node \\(\\d+, child of \\S+.*\\) executes ${marker}$`, "m")],
};
const umark = (...lines: RegExp[]): Stimulus => ({
  run: () => void execFileSync(join(folder, "umark"), ["-i", "0", "-n", "3"]),
  lines,
});
const stimuli: Readonly<Record<string, Stimulus>> = {
  trace_execve: execve,
  trace_execve_ringbuf: execve,
  uprobe_test: umark(/^umark \(\d+\) func_uprobe1: x 3, y 0$/m, /^umark \(\d+\) func_uprobe2: x 3, y 6$/m),
  usdt_test: umark(/^umark \(\d+\) groupa:probe1: x 10, y 0$/m, /^umark \(\d+\) groupb:probe2: x 20, y 30$/m),
};

for (const name of names) {
  test(`${name}: main.ts is short, traces, ends on Ctrl-C`, async () => {
    const source = readFileSync(join(examples, name, "main.ts"), "utf8");
    assert.ok(source.trimEnd().split("\n").length <= 25, "a beginner reads it at a glance");
    const stimulus = stimuli[name];
    assert.ok(stimulus !== undefined, "the test knows what the example shows");
    const child = spawn(process.execPath, [join(built, name, "main.js")], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, PATH: `${folder}:${process.env["PATH"]}` },
    });
    let output = "";
    let errors = "";
    let asked = false;
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    // It says nothing when it is attached: once more until it has seen everything.
    const timer = setInterval(stimulus.run, 100);
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      // Once: a second Ctrl-C is Node's own, which kills.
      if (stimulus.lines.every((line) => line.test(output)) && !asked) asked = child.kill("SIGINT");
    });
    const status = await new Promise((resolve) => child.once("close", resolve));
    clearInterval(timer);
    assert.equal(status, 0, errors);
    assert.equal(errors, "");
    for (const line of stimulus.lines) assert.match(output, line);
  });
}
