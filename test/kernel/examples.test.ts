// Each example's user program: built by the command, checked by tsc, run against the kernel.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
const names = readdirSync(examples, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

before(() => {
  for (const name of names) node("lib/cli/main.js", "build", `examples/${name}/${name}.bpf.c`);
  rmSync(built, { recursive: true, force: true });
  node("node_modules/typescript/bin/tsc", "-p", "examples");
});

/** A program of a name of our own, so that other processes' events do not matter. */
const marker = join(folder, "tsbpf-example");
writeFileSync(marker, "#!/bin/sh\nexit 0\n", { mode: 0o755 });

for (const name of names) {
  test(`${name}: main.ts is short, traces, ends on Ctrl-C`, async () => {
    const source = readFileSync(join(examples, name, "main.ts"), "utf8");
    assert.ok(source.trimEnd().split("\n").length <= 25, "a beginner reads it at a glance");
    const child = spawn(process.execPath, [join(built, name, "main.js")], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    let errors = "";
    let asked = false;
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    // It says nothing when it is attached: exec until it has seen one.
    const timer = setInterval(() => execFileSync(marker), 100);
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      // Once: a second Ctrl-C is Node's own, which kills.
      if (output.includes(marker) && !asked) asked = child.kill("SIGINT");
    });
    const status = await new Promise((resolve) => child.once("close", resolve));
    clearInterval(timer);
    assert.equal(status, 0, errors);
    assert.equal(errors, "");
    assert.match(output, new RegExp(`^node \\(\\d+, child of \\S+.*\\) executes ${marker}$`, "m"));
  });
}
