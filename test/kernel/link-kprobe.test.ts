// kprobes: on kernels that have them every way to attach; on the others the error.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, readlinkSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { errorOf, leakFree, openObjects, source } from "./kernel-floor.js";

const has = existsSync("/sys/bus/event_source/devices/kprobe");
const skip = has ? undefined : "this kernel has no kprobes (CONFIG_KPROBE_EVENTS)";
const kprobeEvents = () => readFileSync("/sys/kernel/tracing/kprobe_events", "utf8");

const load = async (name = "probes") => {
  const object = await source(name).load({ optional: true, set: { tgid: process.pid } });
  const value = (variable: string) => Number(object.variables[variable]);
  return { object, value, program: (name: string) => object.requireProgram(name) };
};

/** Makes `count` calls of kill(2) with a signal that is none, so of `__x64_sys_kill` and `kill_something_info`. */
function kill(count: number): void {
  for (let i = 0; i < count; i++) process.kill(process.pid, 0);
}

test(
  "without kprobes the error says so plainly",
  { skip: has ? "this kernel has kprobes" : undefined },
  async () => {
    await leakFree(async () => {
      const { object, program } = await load();
      const error = await errorOf(() => program("kernel_entry").attachKprobe("do_unlinkat"));
      assert.equal(error["code"], "KERNEL_FEATURE");
      assert.match(
        error.message,
        /kprobe do_unlinkat: expected a kernel with kprobes \(CONFIG_KPROBE_EVENTS\), running is .*use a tracepoint/,
      );
      const call = await errorOf(() => program("call_entry").attachKsyscall("kill"));
      assert.match(call.message, /ksyscall kill: expected a kernel with kprobes/);
      object.close();
      const many = await load("probes_multi");
      const multi = await errorOf(() => many.program("kernel_entry").attachKprobeMulti("do_unlinkat"));
      assert.match(
        multi.message,
        /kprobe\.multi do_unlinkat: expected a kernel with kprobe\.multi links \(CONFIG_FPROBE\)/,
      );
      many.object.close();
    });
  },
);

for (const attachMode of ["default", "link", "perf", "legacy"] as const) {
  test(`attachMode ${attachMode}: entry and return of a function`, { skip }, async () => {
    await leakFree(async () => {
      const before = kprobeEvents();
      const { object, program, value } = await load();
      const link = program("kernel_entry").attachKprobe("__x64_sys_kill", { attachMode });
      const back = program("kernel_return").attachKprobe("__x64_sys_kill", { attachMode });
      assert.equal(link.target, "kprobe __x64_sys_kill");
      assert.equal(back.target, "kretprobe __x64_sys_kill", "by its section");
      assert.equal(kprobeEvents() === before, attachMode !== "legacy");
      kill(7);
      assert.equal(value("hits"), 7);
      assert.equal(value("returns"), 7);
      assert.equal(value("result"), 0);
      link.detach();
      back.detach();
      kill(7);
      assert.equal(value("hits"), 7);
      assert.equal(kprobeEvents(), before);
      object.close();
    });
  });
}

test("cookie, offset, maxActive", { skip }, async () => {
  await leakFree(async () => {
    const { object, program, value } = await load();
    const entry = program("kernel_entry");
    const link = entry.attachKprobe("__x64_sys_kill", { cookie: 0xfedc_ba98_7654_3210n });
    kill(1);
    assert.equal(object.variables["cookie"], 0xfedc_ba98_7654_3210n);
    link.detach();
    // The first instruction is 4 bytes of endbr64, or 5 of a call for ftrace, in every kernel of today.
    const offset = [4, 5].find((bytes) => {
      try {
        entry.attachKprobe(`__x64_sys_kill+${bytes}`).detach();
        return true;
      } catch {
        return false;
      }
    });
    assert.ok(offset !== undefined);
    const before = value("hits");
    const inside = entry.attachKprobe("__x64_sys_kill", { offset });
    assert.equal(inside.target, `kprobe __x64_sys_kill+0x${offset}`);
    kill(3);
    assert.equal(value("hits"), before + 3);
    inside.detach();
    const events = kprobeEvents();
    const back = program("kernel_return").attachKprobe("__x64_sys_kill", { maxActive: 16 });
    assert.match(kprobeEvents(), /^r16:kprobes\/tsbpf_\d+_/m);
    kill(3);
    assert.equal(value("returns"), 3);
    back.detach();
    assert.equal(kprobeEvents(), events);
    object.close();
  });
});

test("a system call by its name, with its arguments and result", { skip }, async () => {
  await leakFree(async () => {
    const { object, program, value } = await load();
    const link = program("call_entry").attachKsyscall("kill");
    const back = program("call_return").attachKsyscall("kill");
    assert.equal(link.target, "ksyscall kill");
    assert.equal(back.target, "kretsyscall kill");
    kill(2);
    assert.equal(value("hits"), 2);
    assert.equal(value("first"), 2 * process.pid);
    assert.equal(value("second"), 0);
    assert.equal(value("returns"), 2);
    link.detach();
    back.detach();
    const error = await errorOf(() => program("call_entry").attachKsyscall("exeve"));
    assert.match(
      error.message,
      /ksyscall exeve: this kernel has no system call exeve \(did you mean "execve"\?\)/,
    );
    object.close();
  });
});

/** Attaches where the kernel has the feature; elsewhere the refusal must say so. */
function attachWhere<T>(t: TestContext, feature: RegExp, attach: () => T): T | undefined {
  try {
    return attach();
  } catch (error) {
    const refusal = error as Error & { code?: string };
    assert.equal(refusal.code, "KERNEL_FEATURE", refusal.message);
    assert.match(refusal.message, feature);
    t.diagnostic(refusal.message);
    return undefined;
  }
}

test("kprobe.multi: names, patterns, cookies, returns, sessions", { skip }, async (t) => {
  await leakFree(async () => {
    const { object, program, value } = await load("probes_multi");
    const link = attachWhere(t, /kprobe\.multi links/, () =>
      program("kernel_entry").attachKprobeMulti(["__x64_sys_kill", "__x64_sys_getppid"], {
        cookies: [1, 100],
      }),
    );
    if (link !== undefined) {
      assert.equal(link.info().type, "kprobe_multi");
      kill(3);
      void process.ppid;
      assert.equal(value("hits"), 4);
      assert.equal(value("cookies"), 103);
      link.detach();
      const pattern = program("kernel_entry").attachKprobeMulti("__x64_sys_ki?l*");
      const back = program("kernel_return").attachKprobeMulti("__x64_sys_kill");
      kill(3);
      assert.equal(value("hits"), 7);
      assert.equal(value("returns"), 3);
      pattern.detach();
      back.detach();
      const many = program("kernel_entry").attachKprobeMulti("__x64_sys_*");
      kill(1);
      assert.ok(value("hits") > 7);
      many.detach();
      const error = await errorOf(() =>
        program("kernel_entry").attachKprobeMulti(["__x64_sys_kill", "do_unlinkatt"]),
      );
      assert.match(
        error.message,
        /this kernel has no function do_unlinkatt \(did you mean "do_unlinkat"\?\)/,
      );
      const nothing = await errorOf(() => program("kernel_entry").attachKprobeMulti("nothing_*"));
      assert.match(nothing.message, /expected kernel functions that match nothing_\*, found none/);
    }
    if (!object.skipped.has("kernel_session")) {
      const session = attachWhere(t, /kprobe sessions \(Linux 6\.10 and later\)/, () =>
        program("kernel_session").attachKprobeMulti("__x64_sys_kill"),
      );
      if (session !== undefined) {
        const before = value("visits");
        kill(3);
        assert.equal(value("visits"), before + 6);
        session.detach();
      }
    }
    object.close();
  });
});

test("what is refused says what was found, and leaves nothing behind", { skip }, async () => {
  await leakFree(async () => {
    const events = kprobeEvents();
    const { object, program } = await load();
    const entry = program("kernel_entry");
    const cases: [() => unknown, string, RegExp][] = [
      [
        () => entry.attachKprobe("do_unlinkatt"),
        "ARGUMENT",
        /this kernel has no function do_unlinkatt \(did you mean "do_unlinkat"\?\)/,
      ],
      [
        () => entry.attachKprobe("do_unlinkatt", { attachMode: "legacy" }),
        "ARGUMENT",
        /did you mean "do_unlinkat"\?/,
      ],
      [() => entry.attachKprobe(""), "ARGUMENT", /expected FUNCTION or FUNCTION\+OFFSET, found ""/],
      [() => entry.attachKprobe("x y"), "ARGUMENT", /expected FUNCTION or FUNCTION\+OFFSET/],
      [
        () => entry.attachKprobe("do_unlinkat+1", { retprobe: true }),
        "ARGUMENT",
        /expected a function without an offset/,
      ],
      [
        () => entry.attachKprobe("do_unlinkat", { maxActive: 5 }),
        "ARGUMENT",
        /maxActive with a return probe only/,
      ],
      [
        () => entry.attachKprobe("do_unlinkat", { cookie: 1, attachMode: "perf" }),
        "ARGUMENT",
        /expected no cookie/,
      ],
      [
        () => entry.attachKprobe("do_unlinkat+1"),
        "SYSCALL",
        /EILSEQ: the offset is not at the start of an instruction/,
      ],
    ];
    for (const [body, code, message] of cases) {
      const error = await errorOf(body);
      assert.match(error.message, message);
      assert.equal(error["code"], code, error.message);
    }
    const renamed = /^[0-9a-f]+ t (?!__pfx_)(\w+)\.(?:isra|constprop|part)\.\d+$/m.exec(
      readFileSync("/proc/kallsyms", "utf8"),
    )?.[1];
    if (
      renamed !== undefined &&
      !new RegExp(` ${renamed}$`, "m").test(readFileSync("/proc/kallsyms", "utf8"))
    ) {
      const error = await errorOf(() => entry.attachKprobe(renamed));
      assert.match(error.message, /found it renamed by the compiler: .*\(attach to "/);
    }
    assert.equal(kprobeEvents(), events);
    assert.deepEqual(object.links, []);
    object.close();
  });
});

test("events of dead processes are removed, those of living ones stay", { skip }, async () => {
  await leakFree(async () => {
    const { object, program } = await load();
    const namespace = /\[(\d+)\]/.exec(readlinkSync("/proc/self/ns/pid"))?.[1];
    const file = "/sys/kernel/tracing/kprobe_events";
    const dead = `tsbpf_4194303_${namespace}_0badf00d_x`;
    const living = `tsbpf_1_${namespace}_0badf00d_x`;
    for (const name of [dead, living]) appendFileSync(file, `p:kprobes/${name} do_unlinkat\n`);
    program("kernel_entry").attachKprobe("do_unlinkat", { attachMode: "legacy" }).detach();
    assert.doesNotMatch(kprobeEvents(), new RegExp(dead));
    assert.match(kprobeEvents(), new RegExp(living));
    appendFileSync(file, `-:kprobes/${living}\n`);
    object.close();
  });
});

test("attached and detached many times, leaking nothing", { skip }, async () => {
  await leakFree(async () => {
    const { object, program } = await load();
    const entry = program("kernel_entry");
    const events = kprobeEvents();
    const before = openObjects().length;
    for (const attachMode of ["link", "perf", "legacy"] as const) {
      for (let round = 0; round < 30; round++) entry.attachKprobe("do_unlinkat", { attachMode }).detach();
    }
    assert.equal(openObjects().length, before);
    assert.equal(kprobeEvents(), events);
    assert.deepEqual(entry.links, []);
    object.close();
  });
});

test("what a section names is attached by itself", { skip }, async () => {
  await leakFree(async () => {
    const object = await source("tracing_args").load({ optional: true });
    const link = object.requireProgram("entered").attach();
    assert.equal(link.target, "kprobe do_nanosleep");
    assert.equal(object.requireProgram("killing").attach().target, "ksyscall kill");
    execFileSync("sleep", ["0.01"]);
    assert.notEqual((object.variables["out"] as bigint[])[0], 0n);
    object.close();
  });
});
