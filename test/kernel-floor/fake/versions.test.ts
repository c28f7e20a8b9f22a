// What the fake kernel plays: releases, privileges, the verifier hook, leaks.
import { describe, expect, test } from "vitest";
import { fakeHost, fakeKernel } from "../../../src/testing/index.ts";
import { asText, attachedTo, tinyBtf } from "../../contract/objects.ts";
import {
  attr,
  createMap,
  errno,
  flag,
  harmless,
  info,
  loadProgram,
  ok,
  text,
  type,
} from "../../contract/call.ts";
import { code, insn } from "../../contract/call.ts";

const ring = { type: type.ring, key: 0, value: 0, entries: 4096 };
const call = (helper: number): Uint8Array => code(insn(0x85, 0, 0, 0, helper), insn(0xb7), insn(0x95));
type Kernel = ReturnType<typeof fakeKernel>;

describe("a release knows what it knew", () => {
  test.each<[string, string, string, (kernel: Kernel) => number]>([
    ["map type ringbuf", "5.7", "5.8", (kernel) => createMap(kernel, ring)],
    ["map type queue", "4.19", "4.20", (kernel) => createMap(kernel, { type: type.queue, key: 0 })],
    [
      "BPF_F_MMAPABLE",
      "5.4",
      "5.5",
      (kernel) => createMap(kernel, { type: type.array, flags: flag.MMAPABLE }),
    ],
    [
      "BPF_F_RDONLY_PROG",
      "5.1",
      "5.2",
      (kernel) => createMap(kernel, { type: type.array, flags: flag.RDONLY_PROG }),
    ],
    [
      "map names",
      "4.14",
      "4.15",
      (kernel) => kernel.bpf(0, attr(48, [0, 2], [4, 4], [8, 4], [12, 1], [28, 0x61])),
    ],
    ["program type raw_tracepoint", "4.16", "4.17", (kernel) => loadProgram(kernel, harmless, 17)],
    ["helper bpf_ringbuf_reserve", "5.7", "5.8", (kernel) => loadProgram(kernel, call(131))],
    [
      "BPF_BTF_LOAD",
      "4.17",
      "4.18",
      (kernel) => {
        const btf = tinyBtf();
        return kernel.bpf(18, attr(28, [16, btf.length]), [{ offset: 0, buffer: btf }]);
      },
    ],
    [
      "BPF_MAP_FREEZE",
      "5.1",
      "5.2",
      (kernel) => kernel.bpf(22, attr(4, [0, ok(createMap(kernel, { type: type.array }))])),
    ],
    ["BPF_ENABLE_STATS", "5.7", "5.8", (kernel) => kernel.bpf(32, attr(4))],
  ])("%s: not %s, but %s", (_, before, since, body) => {
    expect(body(fakeKernel({ version: before }))).toBe(errno.EINVAL);
    expect(body(fakeKernel({ version: since }))).toBeGreaterThanOrEqual(0);
  });

  test("a field that BPF_PROG_LOAD did not have answers E2BIG", () => {
    const load = (version: string): number => {
      const references = [
        { offset: 8, buffer: harmless },
        { offset: 16, buffer: text("GPL") },
      ];
      return fakeKernel({ version }).bpf(5, attr(72, [0, 1], [4, 2], [48, 0x61]), references);
    };
    expect(load("4.14")).toBe(errno.E2BIG);
    expect(load("4.15")).toBeGreaterThan(0);
  });

  test("perf links came with 5.15: before, the answer is EINVAL and not EBADF (RULES 53)", () => {
    const link = (version: string): number => {
      const kernel = fakeKernel({ version });
      const program = ok(loadProgram(kernel, harmless, 5));
      return kernel.bpf(28, attr(64, [0, program], [4, -1], [8, 41]));
    };
    expect(link("5.14")).toBe(errno.EINVAL);
    expect(link("5.15")).toBe(errno.EBADF);
  });

  test("a host may be given with the same release", () => {
    expect(fakeHost({ release: "5.4.0-42-generic" }).kernelVersion()).toBe((5 << 16) + (4 << 8));
  });
});

test("without privileges every door is closed", () => {
  const kernel = fakeKernel({ privileged: false });
  expect(createMap(kernel, { type: type.hash })).toBe(errno.EPERM);
  expect(loadProgram(kernel, harmless)).toBe(errno.EPERM);
  expect(attachedTo(kernel, 700)).toBe(-13);
  expect(kernel.syscall("setns", [])).toBe(errno.EPERM);
  expect(kernel.syscall("getpid", [])).toBeGreaterThan(0);
});

test("the verifier hook refuses with a log; a log without room answers ENOSPC", () => {
  const kernel = fakeKernel({
    verify: ({ type: programType, license }) =>
      programType === "kprobe"
        ? { errno: 13, log: `R1 invalid mem access, license ${license}\n` }
        : undefined,
  });
  expect(loadProgram(kernel, harmless, 1)).toBeGreaterThan(0);
  expect(loadProgram(kernel, harmless, 2)).toBe(-13);
  const log = new Uint8Array(256);
  expect(loadProgram(kernel, harmless, 2, log)).toBe(-13);
  expect(asText(log)).toBe("R1 invalid mem access, license GPL\n");
  expect(loadProgram(kernel, harmless, 2, new Uint8Array(8))).toBe(-28);
});

test("attachments, open fds and pins are told by name", () => {
  const kernel = fakeKernel();
  const program = ok(loadProgram(kernel, harmless, 5));
  const event = ok(attachedTo(kernel, 700));
  kernel.ioctl(event, 0x40042408, program);
  expect(kernel.attachments()).toEqual([]);
  kernel.ioctl(event, 0x2400, 0);
  expect(kernel.attachments()).toEqual([{ program: "", target: "tracepoint 700" }]);
  expect(kernel.openFds().map(({ what }) => what)).toEqual([
    'program "" (tracepoint)',
    "perf event (type 2, config 700, CPU 0)",
  ]);
  kernel.close(event);
  expect(kernel.attachments()).toEqual([]);
  kernel.close(program);
  expect(kernel.openFds()).toEqual([]);
  expect(kernel.unpin("/sys/fs/bpf/none")).toBe(false);
  expect(kernel.pins()).toEqual([]);
});

describe("emit", () => {
  test("by map name; false when there is no room", () => {
    const kernel = fakeKernel();
    const name = new Uint8Array(48);
    name.set(attr(48, [0, type.ring], [12, 4096]));
    name.set(text("events"), 28);
    ok(kernel.bpf(0, name));
    expect(kernel.emit("events", new Uint8Array(4000))).toBe(true);
    expect(kernel.emit("events", new Uint8Array(4000))).toBe(false);
    expect(kernel.reserve("events", 4000)).toBeUndefined();
    expect(() => kernel.emit("event", new Uint8Array(1))).toThrow(
      /expected a map, found "event"; maps: events/,
    );
  });

  test("into a map that holds no records", () => {
    const kernel = fakeKernel();
    const fd = ok(createMap(kernel, { type: type.array }));
    expect(() => kernel.emit(fd, new Uint8Array(1))).toThrow(/ring buffer or perf event array/);
    expect(() => kernel.moveTo(fd, 8n)).toThrow(expect.objectContaining({ code: "ARGUMENT" }));
    expect(() => kernel.reserve(fd, 8)).toThrow(/expected a ring buffer/);
  });

  test("into a perf event array without an event on that CPU", () => {
    const kernel = fakeKernel();
    const fd = ok(createMap(kernel, { type: type.perf, value: 4 }));
    expect(kernel.emit(fd, new Uint8Array(1), { cpu: 1 })).toBe(false);
  });
});

test("old kernels make the tag with SHA-1", () => {
  const kernel = fakeKernel({ version: "6.12" });
  const about = info(kernel, ok(loadProgram(kernel, harmless)), 88);
  expect(Buffer.from(about.subarray(8, 16)).toString("hex")).toBe("a04f5eef06a7f555");
});

test("fakeHost answers from data", () => {
  const host = fakeHost({
    kernelConfig: { CONFIG_BPF: "y" },
    kernelSymbols: { one: 1n, two: [1n, 2n] },
    tracepoints: { "a/b": 5 },
    onlineCpus: [0],
    privileges: { lockdown: "integrity" },
  });
  expect(host.kernelConfig()?.get("CONFIG_BPF")).toBe("y");
  expect([...host.kernelSymbols(["one", "two", "three"])]).toEqual([
    ["one", [1n]],
    ["two", [1n, 2n]],
  ]);
  expect([host.tracepointId("a", "b"), host.tracepointId("a", "c")]).toEqual([5, undefined]);
  expect(host.tracepoints()).toEqual(["a/b"]);
  expect(host.onlineCpus()).toEqual([0]);
  expect(host.fileSystemType("/sys/fs/bpf/x")).toBe(0xcafe4a11);
  expect(host.fileSystemType("/nowhere")).toBeUndefined();
  expect(host.privileges()).toMatchObject({ lockdown: "integrity", perfEventParanoid: 2 });
  expect(fakeHost({ tracepoints: null }).tracefs()).toBeUndefined();
});
