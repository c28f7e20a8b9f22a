import { expect, test } from "vitest";
import { fieldOffset, readField, readField64, structs } from "../../../src/format/abi/index.ts";
import {
  mapBatchCall,
  mapCreateCall,
  mapElementCall,
  mapNextKeyCall,
} from "../../../src/kernel/object/attr-map.ts";
import { btfLoadCall, infoCall, openPinCall, pinCall } from "../../../src/kernel/object/attr-object.ts";
import { programBindMapCall, programLoadCall } from "../../../src/kernel/object/attr-program.ts";
import { tokenCreateCall } from "../../../src/kernel/object/token.ts";
import { kernelName } from "../../../src/kernel/object/bpf-call.ts";
import { smallArray, smallProgram } from "../../../src/kernel/object/feature-probes.ts";
import {
  kprobeMultiCall,
  linkCreateCall,
  probeEventAttr,
  rawTracepointOpenCall,
  tracepointEventAttr,
  uprobeMultiCall,
  xdpLinkCall,
} from "../../../src/kernel/link/attr.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
/** Non-zero 32-bit words of an attr by offset: a golden that a person can check against linux/bpf.h. */
function words(attr: Uint8Array): Record<number, number> {
  const view = new DataView(attr.buffer, attr.byteOffset, attr.byteLength);
  const found: Record<number, number> = {};
  for (let at = 0; at + 4 <= attr.length; at += 4) {
    const word = view.getUint32(at, true);
    if (word !== 0) found[at] = word;
  }
  return found;
}

test("BPF_MAP_CREATE", () => {
  const call = mapCreateCall({
    ...smallArray(0x480),
    type: "hash",
    name: "abc",
    btfFd: 7,
    keyType: 1,
    valueType: 2,
    innerMapFd: 9,
    numaNode: 3,
    mapExtra: 0x1_0000_0002n,
  });
  expect(call.command).toBe("BPF_MAP_CREATE");
  expect(call.references).toEqual([]);
  expect(words(call.attr)).toEqual({
    0: 1,
    4: 4,
    8: 32,
    12: 1,
    16: 0x480,
    20: 9,
    24: 3,
    28: 0x636261,
    48: 7,
    52: 1,
    56: 2,
    64: 2,
    68: 1,
  });
});

test("element commands refer to the caller's buffers; the attr holds no address", () => {
  const [key, value, next] = [new Uint8Array(4), new Uint8Array(8), new Uint8Array(4)];
  const update = mapElementCall("BPF_MAP_UPDATE_ELEM", 5, key, value, 2);
  expect(words(update.attr)).toEqual({ 0: 5, 24: 2 });
  expect(update.references).toEqual([
    { offset: 8, buffer: key },
    { offset: 16, buffer: value },
  ]);
  expect(update.references[0]?.buffer).toBe(key);
  expect(mapElementCall("BPF_MAP_DELETE_ELEM", 5, key, undefined).references).toHaveLength(1);
  expect(mapNextKeyCall(5, undefined, next).references).toEqual([{ offset: 16, buffer: next }]);
});

test("batches: the first has no position", () => {
  const batch = {
    outBatch: new Uint8Array(4),
    keys: new Uint8Array(40),
    values: new Uint8Array(80),
    count: 10,
  };
  const first = mapBatchCall("BPF_MAP_LOOKUP_BATCH", 5, { ...batch, inBatch: undefined });
  expect(words(first.attr)).toEqual({ 32: 10, 36: 5 });
  expect(first.references.map(({ offset }) => offset)).toEqual([8, 16, 24]);
  const next = mapBatchCall("BPF_MAP_LOOKUP_BATCH", 5, { ...batch, inBatch: new Uint8Array(4) });
  expect(next.references.map(({ offset }) => offset)).toEqual([0, 8, 16, 24]);
});

test("BPF_PROG_LOAD with and without info and log", () => {
  const layout = structs.bpfAttrProgLoad;
  const plain = programLoadCall(smallProgram("tracepoint"));
  expect(words(plain.attr)).toEqual({ 0: 5, 4: 2 });
  expect(plain.references.map(({ offset }) => offset)).toEqual([8, 16]);
  expect(text(plain.references[1]?.buffer ?? new Uint8Array())).toBe("GPL\0");

  const full = programLoadCall(
    {
      ...smallProgram("tracing"),
      name: "prog",
      license: "",
      functions: new Uint8Array(16),
      lines: new Uint8Array(48),
      btfFd: 8,
      attachBtfId: 99,
      fds: Int32Array.of(0, 11),
      expectedAttachType: 24,
      flags: 16,
    },
    { level: 1, buffer: new Uint8Array(100) },
  );
  const field = (name: keyof typeof layout.fields) => readField(layout, full.attr, name);
  expect([field("func_info_cnt"), field("func_info_rec_size")]).toEqual([2, 8]);
  expect([field("line_info_cnt"), field("line_info_rec_size")]).toEqual([3, 16]);
  expect([field("log_level"), field("log_size"), field("prog_btf_fd")]).toEqual([1, 100, 8]);
  expect([field("attach_btf_id"), field("expected_attach_type"), field("prog_flags")]).toEqual([99, 24, 16]);
  const offsets = full.references.map(({ offset }) => offset);
  const named = ["insns", "license", "log_buf", "func_info", "line_info", "fd_array"] as const;
  expect(offsets).toEqual(named.map((name) => fieldOffset(layout, name)));
  expect(full.references[1]?.buffer).toEqual(Uint8Array.of(0));
});

test("pins, info, BTF and binding", () => {
  expect(text(pinCall(3, "/sys/fs/bpf/x").references[0]?.buffer ?? new Uint8Array())).toBe("/sys/fs/bpf/x\0");
  expect(words(pinCall(3, "/x").attr)).toEqual({ 8: 3 });
  expect(words(openPinCall("/x", 8).attr)).toEqual({ 12: 8 });
  expect(words(infoCall(4, new Uint8Array(80)).attr)).toEqual({ 0: 4, 4: 80 });
  expect(words(btfLoadCall(new Uint8Array(24)).attr)).toEqual({ 16: 24 });
  expect(words(btfLoadCall(new Uint8Array(24), { level: 1, buffer: new Uint8Array(9) }).attr)).toEqual({
    16: 24,
    20: 9,
    24: 1,
  });
  expect(words(programBindMapCall(4, 5).attr)).toEqual({ 0: 4, 4: 5 });
});

test("links", () => {
  expect(words(linkCreateCall(4, 5, "perf_event", { "perf_event.bpf_cookie": 2n ** 32n }).attr)).toEqual({
    0: 4,
    4: 5,
    8: 41,
    20: 1,
  });
  expect(words(linkCreateCall(4, -1, "perf_event").attr)).toEqual({ 0: 4, 4: 0xffffffff, 8: 41 });
  const raw = rawTracepointOpenCall(4, "sys_enter", 3n);
  expect(words(raw.attr)).toEqual({ 8: 4, 16: 3 });
  expect(text(raw.references[0]?.buffer ?? new Uint8Array())).toBe("sys_enter\0");
  expect(rawTracepointOpenCall(4, undefined).references).toEqual([]);
  const event = tracepointEventAttr(700);
  expect(readField(structs.perfEventAttr, event, "type")).toBe(2);
  expect(readField64(structs.perfEventAttr, event, "config")).toBe(700n);
});

test("probes: the PMU's type, return bit and counter, name and offset (RULES 54)", () => {
  const pmu = { type: 8, returnBit: 0, refCtrShift: 32 };
  const probe = { name: "/bin/bash", offset: 0x1234, isReturn: true, refCtrOffset: 0x20 };
  const { attr, references } = probeEventAttr({ kind: "uprobe", ...probe }, pmu);
  expect(words(attr)).toEqual({ 0: 8, 4: 144, 8: 1, 12: 0x20, 64: 0x1234 });
  expect(references.map(({ offset, buffer }) => [offset, text(buffer)])).toEqual([[56, "/bin/bash\0"]]);
  const other = probeEventAttr(
    { kind: "kprobe", name: "f", offset: 0, isReturn: true },
    { ...pmu, returnBit: 3 },
  );
  expect(words(other.attr)).toEqual({ 0: 8, 4: 144, 8: 8 });
  expect(words(probeEventAttr({ kind: "kprobe", name: "f", offset: 4, isReturn: false }, pmu).attr)).toEqual({
    0: 8,
    4: 144,
    64: 4,
  });
});

test("links to many places: names behind a table of pointers, addresses, offsets, cookies", () => {
  const names = kprobeMultiCall(4, "trace_kprobe_multi", { names: ["a", "bc"], cookies: [1n, 2n], flags: 1 });
  expect(words(names.attr)).toEqual({ 0: 4, 8: 42, 16: 1, 20: 2 });
  expect(names.references.map(({ offset, inside, buffer }) => [offset, inside, buffer.length])).toEqual([
    [24, undefined, 16],
    [40, undefined, 16],
    [0, 0, 2],
    [8, 0, 3],
  ]);
  const addresses = kprobeMultiCall(4, "trace_kprobe_session", {
    names: [],
    addresses: [0xffffffff81000000n],
  });
  expect(words(addresses.attr)).toEqual({ 0: 4, 8: 56, 20: 1 });
  expect(addresses.references).toEqual([
    { offset: 32, buffer: Uint8Array.of(0, 0, 0, 0x81, 0xff, 0xff, 0xff, 0xff) },
  ]);
  const file = uprobeMultiCall(4, "trace_uprobe_multi", {
    path: "/x",
    offsets: [1, 0x1_0000_0002],
    refCtrOffsets: [3, 4],
    cookies: [5n, 6n],
    pid: 7,
    flags: 1,
  });
  expect(words(file.attr)).toEqual({ 0: 4, 8: 48, 48: 2, 52: 1, 56: 7 });
  expect(file.references.map(({ offset, buffer }) => [offset, buffer.length])).toEqual([
    [16, 3],
    [24, 16],
    [32, 16],
    [40, 16],
  ]);
  expect(words(file.references[1]?.buffer ?? new Uint8Array())).toEqual({ 0: 1, 8: 2, 12: 1 });
  expect(words(xdpLinkCall(4, 2, 8).attr)).toEqual({ 0: 4, 4: 2, 8: 37, 12: 8 });
});

test("a token and its flag go into maps, programs and BTF (RULES 52)", () => {
  const BPF_F_TOKEN_FD = 0x10000;
  expect(words(mapCreateCall({ ...smallArray(1), tokenFd: 9 }).attr)).toMatchObject({
    16: BPF_F_TOKEN_FD | 1,
    76: 9,
  });
  expect(words(programLoadCall({ ...smallProgram("xdp"), tokenFd: 9 }).attr)).toMatchObject({
    44: BPF_F_TOKEN_FD,
    144: 9,
  });
  expect(words(btfLoadCall(new Uint8Array(8), undefined, 9).attr)).toEqual({
    16: 8,
    32: BPF_F_TOKEN_FD,
    36: 9,
  });
  expect(words(tokenCreateCall(5).attr)).toEqual({ 4: 5 });
});

test("names as the kernel takes them: 15 bytes of letters, digits, _ and . (RULES 8)", () => {
  expect(kernelName("trace_execve_enter")).toBe("trace_execve_en");
  expect(kernelName("a-b c:d")).toBe("a_b_c_d");
  expect(kernelName("x.data")).toBe("x.data");
});
