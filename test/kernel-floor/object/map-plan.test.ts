import { describe, expect, test } from "vitest";
import type { MapSpec } from "../../../src/program/spec/index.ts";
import { mappedBytes, planMap, plannedEntries } from "../../../src/kernel/object/map-plan.ts";
import { mapCodecs } from "../../../src/kernel/object/map-codecs.ts";
import { elementMemory } from "../../../src/kernel/object/element-codecs.ts";
import { mapNeeds, programNeeds } from "../../../src/kernel/object/privilege-needs.ts";

describe("entries (RULES 14)", () => {
  const machine = (...cpus: number[]) => ({ pageSize: 4096, possibleCpus: () => cpus });
  test.each([
    ["perf_event_array", 0, machine(0, 1), 2],
    // Indexes are CPU ids (RULES 76).
    ["perf_event_array", 0, machine(0, 2, 3), 4],
    ["perf_event_array", 7, machine(0, 1), 7],
    ["ringbuf", 0, machine(0), 0],
    ["ringbuf", 1, machine(0), 4096],
    ["ringbuf", 4096, machine(0), 4096],
    ["ringbuf", 4097, machine(0), 8192],
    ["ringbuf", 3 * 4096, machine(0), 16384],
    ["user_ringbuf", 5000, machine(0), 8192],
    ["ringbuf", 5000, { pageSize: 65536, possibleCpus: () => [0] }, 65536],
    ["ringbuf", 2 ** 31 + 1, machine(0), 2 ** 31 + 1],
    ["hash", 0, machine(0), 0],
    ["hash", 1000, machine(0), 1000],
  ] as const)("%s of %i", (type, written, host, entries) =>
    expect(plannedEntries(type, written, host)).toBe(entries),
  );
});

const spec: MapSpec = {
  name: "m",
  kernelName: "m",
  origin: "declared",
  type: "hash",
  keySize: 4,
  valueSize: 8,
  maxEntries: 1,
  flags: 0,
  numaNode: 3,
  mapExtra: 7n,
  pinning: "none",
  keyType: 1,
  valueType: 2,
  inner: undefined,
  slots: [],
  contents: undefined,
  eventType: 0,
  autocreate: true,
  structOps: undefined,
};

test("BTF ids go with maps that take them (RULES 15)", () => {
  expect(planMap(spec, 1, 9)).toMatchObject({
    btfFd: 9,
    keyType: 1,
    valueType: 2,
    mapExtra: 7n,
    numaNode: 0,
  });
  expect(planMap({ ...spec, flags: 4 }, 1, 9).numaNode).toBe(3);
  expect(planMap(spec, 1, 0)).toMatchObject({ btfFd: 0, keyType: 0, valueType: 0 });
  const refusing =
    "perf_event_array cgroup_array stack_trace array_of_maps hash_of_maps devmap devmap_hash cpumap xskmap";
  for (const type of `${refusing} sockmap sockhash queue stack arena`.split(" ") as MapSpec["type"][]) {
    expect(planMap({ ...spec, type }, 1, 9)).toMatchObject({ btfFd: 0, keyType: 0, valueType: 0 });
  }
});

test("mapped bytes of an array are whole pages of values rounded to 8 (RULES 20)", () => {
  expect(mappedBytes(4, 1, 4096)).toBe(4096);
  expect(mappedBytes(12, 256, 4096)).toBe(4096);
  expect(mappedBytes(12, 257, 4096)).toBe(8192);
});

test("keys and values: numbers, ids, one per CPU, bytes", () => {
  const base = { keySize: 4, valueSize: 4, btf: undefined, keyType: 0, valueType: 0, cpus: 3 };
  const memory = elementMemory(64);
  const array = mapCodecs({ ...base, type: "array" });
  array.key.encode(5, memory, 0);
  expect(array.key.decode(memory, 0)).toBe(5);
  expect(() => array.key.encode("5", memory, 0)).toThrow(
    /expected an integer from 0 to 4294967295, found "5"/,
  );
  expect(() => array.value.encode(5, memory, 0)).toThrow(
    /expected a Uint8Array of 4 bytes \(the map has no BTF\), found number/,
  );
  expect(() => array.value.encode(new Uint8Array(3), memory, 0)).toThrow(/found 3 bytes/);

  const programs = mapCodecs({ ...base, type: "prog_array" });
  programs.value.encode({ fd: 12 }, memory, 8);
  expect(programs.value.decode(memory, 8)).toBe(12);

  // 12 bytes take 16 for each CPU (RULES 22).
  const cpus = mapCodecs({ ...base, type: "percpu_hash", valueSize: 12 });
  expect(cpus.value.size).toBe(48);
  const values = [1, 2, 3].map((byte) => new Uint8Array(12).fill(byte));
  cpus.value.encode(values, memory, 0);
  expect(cpus.value.decode(memory, 0)).toEqual(values);
  expect(memory.u8[16]).toBe(2);
  expect(() => cpus.value.encode(values.slice(1), memory, 0)).toThrow(
    /each of the 3 possible CPUs, found 2 values/,
  );

  const queue = mapCodecs({ ...base, type: "queue", keySize: 0 });
  expect([queue.key.size, queue.key.decode(memory, 0)]).toEqual([0, undefined]);
});

test.each([
  [programNeeds("socket_filter"), ["CAP_BPF"]],
  [programNeeds("tracepoint"), ["CAP_BPF", "CAP_PERFMON"]],
  [programNeeds("xdp"), ["CAP_BPF", "CAP_NET_ADMIN"]],
  [programNeeds("ext"), ["CAP_BPF", "CAP_PERFMON", "CAP_NET_ADMIN"]],
  [mapNeeds("hash"), ["CAP_BPF"]],
  [mapNeeds("xskmap"), ["CAP_BPF", "CAP_NET_ADMIN"]],
])("capabilities %#", (needs, wanted) => expect(needs).toEqual(wanted));
