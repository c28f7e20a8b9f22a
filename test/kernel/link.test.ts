// Attaching and detaching on the running kernel.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { bpf, errorOf, leakFree, makeSystemCalls, objectPath, openObjects, source } from "./kernel-floor.js";

test("a program attaches to what its section names, counts, and stops when detached", async () => {
  await leakFree(async () => {
    const object = await source("globals_basic").load({ set: { limit: 1_000_000 } });
    const [link] = object.attach();
    assert.equal(link?.target, "raw tracepoint sys_enter");
    assert.equal(link.isAttached, true);
    assert.equal(link.info().type, "raw_tracepoint");
    assert.deepEqual(object.attach(), [], "attached already (RULES 77)");
    makeSystemCalls();
    link.detach();
    link.detach();
    assert.equal(link.isAttached, false);
    assert.deepEqual(object.links, []);
    const counted = object.variables["counter"] as number;
    assert.ok(counted > 0);
    makeSystemCalls();
    assert.equal(object.variables["counter"], counted);
    assert.equal((await errorOf(() => link.fd))["code"], "CLOSED");
    object.close();
  });
});

test("an explicit place wins over the section's, and a program may have several links", async () => {
  await leakFree(async () => {
    const object = await source("globals_basic").load();
    const program = object.requireProgram("use");
    const link = program.attachRawTracepoint("sys_exit");
    assert.deepEqual(object.attach(), []);
    assert.deepEqual(program.links, [link]);
    const second = program.attachRawTracepoint("sched_switch");
    assert.equal(program.links.length, 2);
    second.close();
    object.close();
    assert.equal(link.isAttached, false, "close detaches");
  });
});

test("tracepoints: by perf link, with a cookie, refused ones with near names", async () => {
  await leakFree(async () => {
    const object = await source("optional_programs").load();
    const program = object.requireProgram("always");
    const link = program.attachTracepoint("syscalls", "sys_enter_getpgid", { cookie: 7n });
    assert.equal(link.info().type, "perf_event");
    link.detach();
    const cases: [() => unknown, RegExp][] = [
      [
        () => program.attachTracepoint("syscalls", "sys_enter_exceve"),
        /no such tracepoint \(did you mean "syscalls\/sys_enter_execve"\?\)/,
      ],
      [
        () => program.attachTracepoint("syscall", "sys_enter_execve"),
        /did you mean "syscalls\/sys_enter_execve"\?/,
      ],
      [() => program.attachTracepoint("../..", "id"), /no such tracepoint/],
      [
        () => program.attachRawTracepoint("sys_enter"),
        /attachRawTracepoint expects a program of type raw_tracepoint/,
      ],
    ];
    for (const [body, message] of cases) {
      const error = await errorOf(body);
      assert.equal(error["code"], "ARGUMENT");
      assert.match(error.message, message);
    }
    object.close();
    const raw = await source("globals_basic").load();
    const unknown = await errorOf(() => raw.requireProgram("use").attachRawTracepoint("sys_entre"));
    assert.match(
      unknown.message,
      /raw tracepoint sys_entre: this kernel has no such tracepoint \(did you mean "sys_enter"/,
    );
    raw.close();
  });
});

test("tp_btf programs attach to the tracepoint they were loaded for (RULES 47, 65)", async () => {
  await leakFree(async () => {
    const object = await source("tracing_args").load({ optional: true });
    const program = Object.values(object.programs).find(
      ({ spec }) => spec?.expectedAttachType === "trace_raw_tp",
    );
    assert.ok(program, [...object.skipped.values()].join("\n"));
    const link = program.attachTrace();
    // The kernel makes a raw tracepoint's link of it (bpf_raw_tp_link_attach).
    assert.equal(link.info().type, "raw_tracepoint");
    link.detach();
    program.attach().detach();
    object.close();
  });
});

test("a raw tracepoint is attached and detached a thousand times, leaking nothing", async () => {
  await leakFree(async () => {
    const object = await source("globals_basic").load();
    const program = object.requireProgram("use");
    const before = openObjects().length;
    for (let round = 0; round < 1000; round++) {
      const link = program.attach();
      link.detach();
    }
    assert.equal(openObjects().length, before);
    assert.deepEqual(program.links, []);
    object.close();
  });
});

test("a tracepoint is attached and detached a thousand times, leaking nothing", async () => {
  await leakFree(async () => {
    const object = await source("optional_programs").load();
    const program = object.requireProgram("always");
    const attach = () => program.attachTracepoint("syscalls", "sys_enter_getpgid");
    // The last user of a tracepoint waits for the kernel to forget it, 70 ms: a few times it is the last one …
    for (let round = 0; round < 10; round++) attach().detach();
    // … and then another program keeps the tracepoint in use (one program can be there only once).
    const other = await source("optional_programs").load();
    other.attach();
    assert.match(
      (await errorOf(() => other.requireProgram("always").attach())).message,
      /EEXIST: this program is already/,
    );
    const before = openObjects().length;
    const ids = new Set<number>();
    for (let round = 0; round < 1000; round++) {
      const link = attach();
      ids.add(link.info().id);
      link.detach();
    }
    assert.equal(ids.size, 1000, "a link of its own each time");
    assert.equal(openObjects().length, before);
    assert.deepEqual(program.links, []);
    other.close();
    object.close();
  });
});

test("a struct_ops is registered and gone again", async () => {
  await leakFree(async () => {
    const available = () => readFileSync("/proc/sys/net/ipv4/tcp_available_congestion_control", "utf8");
    const before = available();
    const object = await source("struct_ops_tcp").load();
    const links = object.attach();
    assert.ok(links.length > 0);
    assert.notEqual(available(), before);
    object.detach();
    assert.equal(available(), before);
    object.close();
  });
});

test("attach puts everything back when one program is refused", async () => {
  await leakFree(async () => {
    const object = await bpf.readObjectFile(objectPath("sections_all")).load({ optional: true });
    const before = openObjects().length;
    await errorOf(() => object.attach());
    assert.equal(openObjects().length, before);
    assert.deepEqual(object.links, []);
    object.close();
  });
});
