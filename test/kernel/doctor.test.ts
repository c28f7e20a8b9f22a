// tsbpf doctor on the real machine: as root, as nobody, and where tracefs and bpffs are not mounted.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const main = join(fileURLToPath(new URL("../../..", import.meta.url)), "dist/cli/main.js");

const folder = mkdtempSync(join(tmpdir(), "tsbpf-doctor-"));
after(() => rmSync(folder, { recursive: true }));
/** A compiler that is always there: `--fix --yes` must not install one on the machine that runs the tests. */
const clang = join(folder, "clang");
writeFileSync(clang, '#!/bin/sh\necho "clang version 99.0"\n', { mode: 0o755 });

interface Check {
  readonly name: string;
  readonly state: string;
  readonly found: string;
  readonly remedy?: string;
  readonly fix?: readonly string[];
}

interface Report {
  readonly status: number | null;
  readonly ready: boolean;
  readonly stderr: string;
  readonly check: (name: string) => Check;
}

function doctor(before: readonly string[], ...options: readonly string[]): Report {
  const [program = "", ...words] = [...before, process.execPath, main, "doctor", "--json", ...options];
  const { status, stdout, stderr } = spawnSync(program, words, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, TSBPF_CLANG: clang },
  });
  const { ready, checks } = JSON.parse(stdout) as {
    readonly ready: boolean;
    readonly checks: readonly Check[];
  };
  const check = (name: string): Check => {
    const found = checks.find((one) => one.name === name);
    assert.ok(found, `no check "${name}"`);
    return found;
  };
  return { status, ready, stderr, check };
}

/** A mount namespace of its own, where these are not mounted; what is mounted in it goes with it. */
const unmounted = [
  "unshare",
  "-m",
  "--propagation",
  "private",
  "sh",
  "-c",
  'for place in /sys/kernel/debug/tracing /sys/kernel/tracing /sys/kernel/debug /sys/fs/bpf; do umount "$place" 2>/dev/null; done; exec "$@"',
  "sh",
];

test("root: what tracing needs is there, and what the kernel lacks is a warning", () => {
  const { check, ready, status } = doctor([]);
  for (const name of [
    "native addon",
    "kernel BTF",
    "tracefs",
    "create a map",
    "load a program",
    "open a perf event",
  ])
    assert.deepEqual([name, check(name).state], [name, "ok"]);
  for (const name of ["ring buffer", "attach cookies"])
    assert.deepEqual([name, check(name).state], [name, "ok"]);
  assert.equal(status, ready ? 0 : 1);
});

test("nobody: not ready, each refusal with a remedy, nothing thrown", () => {
  const { check, ready, status } = doctor([
    "setpriv",
    "--reuid",
    "65534",
    "--regid",
    "65534",
    "--clear-groups",
  ]);
  assert.equal(ready, false);
  assert.equal(status, 1);
  assert.equal(check("native addon").state, "ok");
  for (const name of ["capabilities to trace", "create a map", "load a program"]) {
    const { state, found, remedy } = check(name);
    assert.equal(state, "failed", name);
    assert.match(found, /CAP_BPF|CAP_SYS_ADMIN/);
    assert.match(remedy ?? "", /run as root/);
  }
  assert.equal(check("ring buffer").state, "not applicable");
});

test("without tracefs and bpffs both are named; --fix without a terminal shows how and changes nothing", () => {
  const { check, ready, status, stderr } = doctor(unmounted, "--fix");
  assert.equal(ready, false);
  assert.equal(status, 1);
  assert.equal(check("tracefs").state, "failed");
  assert.deepEqual(check("tracefs").fix, ["mount -t tracefs tracefs /sys/kernel/tracing"]);
  assert.equal(check("bpffs").state, "warning");
  assert.deepEqual(check("bpffs").fix, ["mount -t bpf bpf /sys/fs/bpf"]);
  assert.match(stderr, /no terminal to ask on; nothing was changed/);
  assert.match(stderr, /mount -t tracefs tracefs \/sys\/kernel\/tracing/);
});

test("--fix --yes mounts both", () => {
  const { check, stderr } = doctor(unmounted, "--fix", "--yes");
  assert.equal(check("tracefs").state, "ok", stderr);
  assert.equal(check("bpffs").state, "ok", stderr);
});

test("in a user namespace: its capabilities do not count, and that is said", (context) => {
  if (spawnSync("unshare", ["-Ur", "true"]).status !== 0)
    return context.skip("this kernel makes no user namespace here");
  const { check, status } = doctor(["unshare", "-Ur"]);
  assert.equal(status, 1);
  assert.match(check("user namespace").found, /user namespace, whose capabilities do not count/);
  assert.match(check("load a program").found, /user namespace/);
});
