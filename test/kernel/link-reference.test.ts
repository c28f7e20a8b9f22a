// The same probes through libbpf and through tsbpf, at the same time: both programs must see the same.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { leakFree, objectPath, source } from "./kernel-floor.js";
import { compileTarget, noCompiler, startTarget } from "./probe-target.js";
import { root } from "./sys-door.js";

const prober = compileProber();
const noKprobes = existsSync("/sys/bus/event_source/devices/kprobe")
  ? undefined
  : "this kernel has no kprobes (CONFIG_KPROBE_EVENTS)";

/** test/reference/prober.c, compiled; undefined where there is no libbpf to link with. */
function compileProber(): string | undefined {
  const folder = fileURLToPath(new URL("build/reference", root));
  mkdirSync(folder, { recursive: true });
  const path = `${folder}/prober`;
  const file = fileURLToPath(new URL("test/reference/prober.c", root));
  const { status } = spawnSync("cc", ["-O1", "-Wall", "-o", path, file, "-lbpf", "-lelf", "-lz"]);
  return status === 0 ? path : undefined;
}

test(
  "there is a libbpf to compare with",
  { skip: prober === undefined && process.env["CI"] !== "true" },
  () => {
    assert.ok(prober, "expected cc and libbpf-dev, found at least one missing");
  },
);

const skipUser = noCompiler ?? (prober === undefined ? "needs libbpf-dev" : undefined);
const skipKernel = noKprobes ?? (prober === undefined ? "needs libbpf-dev" : undefined);
const path = skipUser === undefined ? compileTarget("probed-reference") : "";

/** Attaches with libbpf, runs the body, gives the variables of libbpf's copy of the object. */
async function withLibbpf(
  arguments_: readonly string[],
  body: () => Promise<void>,
): Promise<ReadonlyMap<string, bigint>> {
  const child = spawn(prober ?? "", [objectPath("probes"), ...arguments_], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  let text = "";
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.once("close", () => reject(new Error("expected libbpf to attach, found it refused")));
    child.stdout.on("data", (bytes: Buffer) => {
      text += bytes.toString();
      if (text.startsWith("attached\n")) resolve();
    });
  });
  await body();
  child.stdin.end();
  await ended;
  const bytes = Buffer.from(text.split("\n")[1] ?? "", "hex");
  const { variables } = source("probes").spec;
  return new Map(
    variables
      .filter(({ map, size }) => map === ".bss" && size === 8)
      .map(({ name, offset }) => [name, bytes.readBigUInt64LE(offset)]),
  );
}

test("uprobes and uretprobes see the same calls, arguments and results", { skip: skipUser }, async () => {
  await leakFree(async () => {
    for (const [program, kind] of [
      ["user_entry", "uprobe"],
      ["user_return", "uretprobe"],
    ] as const) {
      const object = await source("probes").load();
      const target = startTarget(path);
      const link = object.requireProgram(program).attachUprobe(path, "probed");
      const theirs = await withLibbpf(
        ["0", program, kind, path, "probed"],
        async () => void (await target.call(123)),
      );
      for (const [name, value] of theirs) {
        assert.equal(BigInt.asUintN(64, object.variables[name] as bigint), value, `${program}: ${name}`);
      }
      assert.equal(theirs.get(kind === "uprobe" ? "hits" : "returns"), 123n);
      link.detach();
      await target.end();
      object.close();
    }
  });
});

test("kprobes and system calls see the same", { skip: skipKernel }, async () => {
  await leakFree(async () => {
    const tgid = process.pid;
    for (const [program, kind, name] of [
      ["kernel_entry", "kprobe", "__x64_sys_kill"],
      ["kernel_return", "kretprobe", "__x64_sys_kill"],
      ["call_entry", "ksyscall", "kill"],
      ["call_return", "kretsyscall", "kill"],
    ] as const) {
      const object = await source("probes").load({ set: { tgid } });
      const one = object.requireProgram(program);
      const link = kind.includes("syscall") ? one.attachKsyscall(name) : one.attachKprobe(name);
      const theirs = await withLibbpf([String(tgid), program, kind, name], async () => {
        for (let i = 0; i < 57; i++) process.kill(tgid, 0);
        await Promise.resolve();
      });
      for (const [variable, value] of theirs) {
        assert.equal(
          BigInt.asUintN(64, object.variables[variable] as bigint),
          value,
          `${program}: ${variable}`,
        );
      }
      assert.equal(theirs.get(kind.includes("ret") ? "returns" : "hits"), 57n);
      link.detach();
      object.close();
    }
  });
});
