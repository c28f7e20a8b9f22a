import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TsbpfError } from "../../src/errors.ts";
import {
  decodeInstructions,
  disassemble,
  disassembleLines,
  encodeInstructions,
} from "../../src/format/insn/index.ts";
import { linkProgram, needsKernelBtf, prepareObject, sanitiseBtf } from "../../src/program/relocate/index.ts";
import { coreRelocationKinds } from "../../src/format/abi/index.ts";
import { readBtf } from "../../src/format/btf/index.ts";
import type {
  CodeRelocation,
  CoreRelocation,
  FunctionSpec,
  ObjectSpec,
} from "../../src/program/spec/index.ts";
import {
  array,
  btfOf,
  call,
  enumeration,
  exit,
  features,
  func,
  functionOf,
  insn,
  int,
  ldimm64,
  ldx,
  machineOf,
  mov,
  objectOf,
  programOf,
  proto,
  ptr,
  struct,
  typedef,
  variable,
} from "../program/relocate/support.ts";

/** 1,000 by default; `TSBPF_FUZZ=100000` is the long form. */
const runs = Number(process.env["TSBPF_FUZZ"] ?? 1000);

/** The long form takes a few hundred microseconds a case. */
const patience = { timeout: 20_000 + runs * 5 };

const seed = encodeInstructions([
  mov(1, 6),
  ldx(8, 16),
  ldimm64(2, 0x1234n),
  call,
  insn(0x85, { imm: 113 }),
  insn(0xdb, { dst: 1, src: 2 }),
  insn(0x15, { off: 2 }),
  exit,
]);

/** A program with some of its bytes replaced, in or out of step with the slots. */
const mutated = fc
  .tuple(
    fc.array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), { maxLength: 12 }),
    fc.integer({ min: 0, max: seed.length }),
    fc.uint8Array({ maxLength: 40 }),
  )
  .map(([changes, length, tail]) => {
    const bytes = new Uint8Array(length + tail.length);
    bytes.set(seed.subarray(0, length));
    bytes.set(tail, length);
    for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
    return bytes;
  });

/** The body's result; undefined if it refuses as tsbpf does. Anything else that is thrown fails the test. */
function attempt<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    if (error instanceof TsbpfError) return undefined;
    throw error;
  }
}

describe("mutated instructions", () => {
  it("decode, print and encode, or are refused because of their length", patience, () => {
    fc.assert(
      fc.property(mutated, fc.boolean(), (bytes, littleEndian) => {
        const list = attempt(() => decodeInstructions(bytes, littleEndian));
        expect(list === undefined).toBe(bytes.length % 8 !== 0);
        if (list === undefined) return;
        const lines = disassembleLines(bytes, { littleEndian });
        expect(lines).toHaveLength(list.length);
        // Nothing is printed at length: a line is at most twice as long as its bytes in hex.
        expect(disassemble(bytes, { littleEndian }).length).toBeLessThanOrEqual(bytes.length * 12);
        // All but the second halves of ldimm64, whose other fields are not kept, comes back.
        const again = encodeInstructions(list, littleEndian);
        expect(decodeInstructions(again, littleEndian)).toEqual(list);
      }),
      { numRuns: runs },
    );
  });
});

const number = fc.oneof(fc.nat(12), fc.integer({ min: -2, max: 2 ** 31 }));
const relocation: fc.Arbitrary<CodeRelocation> = fc.oneof(
  fc.record({ kind: fc.constant("call" as const), instruction: number, target: number }),
  fc.record({ kind: fc.constant("function" as const), instruction: number, target: number }),
  fc.record({ kind: fc.constant("map" as const), instruction: number, map: fc.constantFrom("m", "none") }),
  fc.record({
    kind: fc.constant("data" as const),
    instruction: number,
    map: fc.constant("m"),
    offset: number,
  }),
  fc.record({
    kind: fc.constant("extern" as const),
    instruction: number,
    extern: fc.constantFrom("f", "v", "a", "x"),
  }),
);
const coreRelocation: fc.Arbitrary<CoreRelocation> = fc.record({
  instruction: number,
  type: fc.oneof(fc.nat(12), number),
  access: fc.oneof(
    fc.constantFrom("0", "1", "0:0", "0:1", "0:2:1", "0:3:0", ""),
    fc.array(fc.nat(4), { maxLength: 70 }).map((path) => path.join(":")),
    fc.string({ maxLength: 8 }),
  ),
  kind: fc.constantFrom(...coreRelocationKinds),
});

const aligned = mutated.map((bytes) => bytes.subarray(0, bytes.length & ~7));
const parts = fc.record({
  code: aligned,
  relocations: fc.array(relocation, { maxLength: 5 }),
  coreRelocations: fc.array(coreRelocation, { maxLength: 5 }),
  offset: fc.nat(30),
});

const types = [
  int("unsigned int", 4, "none"),
  struct("s", 32, [["a", 1, 0], ["b", 1, 35, 3], ["l", 3, 64], ["", 5, 128]]), // prettier-ignore
  array(1, 3),
  enumeration("e", { A: 1n, B: 2n }),
  struct("", 8, [["u", 1, 32], ["p", 6, 0]], "union"), // prettier-ignore
  ptr(2),
  typedef("t", 2),
  proto(1, 6),
  func("f", 8, "extern"),
  variable("v", 1, "extern"),
  // Without end: an array of itself, and a typedef of itself.
  array(11, 2),
  typedef("loop", 12),
];
const local = btfOf(types);
// The kernel's own: another layout, a namesake, a deep nest.
const kernel = btfOf([
  int("unsigned int", 4, "none"),
  struct("s", 64, [["x", 1, 0], ["", 5, 64], ["b", 1, 71, 5], ["a", 1, 256], ["l", 3, 320]]), // prettier-ignore
  array(1, 2),
  enumeration("e", { B: 9n }, "enum64"),
  struct("", 8, [["u", 1, 0]]),
  ptr(5),
  typedef("t", 2),
  proto(1, 6),
  func("f", 8),
  variable("v", 1),
  struct("s___2", 64, [["a", 1, 256]]),
]);

const map: ObjectSpec["maps"][number] = {
  name: "m",
  kernelName: "m",
  origin: "declared",
  type: "array",
  keySize: 4,
  valueSize: 4,
  maxEntries: 1,
  flags: 0,
  numaNode: undefined,
  mapExtra: 0n,
  pinning: "none",
  keyType: 0,
  valueType: 0,
  inner: undefined,
  slots: [],
  contents: undefined,
  eventType: 0,
  autocreate: true,
  structOps: undefined,
};

function objectFrom(pieces: readonly Omit<Partial<FunctionSpec>, "name">[]): ObjectSpec {
  const [main = {}, ...subs] = pieces;
  return objectOf({
    btf: local,
    programs: [programOf("main", [], main)],
    subprograms: subs.map((sub, index) => functionOf(`sub${index}`, [], sub)),
    externs: [
      { kind: "kfunc", name: "f", weak: false, type: 8 },
      { kind: "ksym", name: "v", weak: true, type: 1 },
      { kind: "ksym", name: "a", weak: true, type: 0 },
    ],
    maps: [map],
  });
}

describe("mutated programs", () => {
  it("link in bounded space, or are refused", patience, () => {
    fc.assert(
      fc.property(fc.array(parts, { minLength: 1, maxLength: 6 }), (pieces) => {
        const spec = objectFrom(pieces);
        const [program] = spec.programs;
        const linked = program && attempt(() => linkProgram(spec, program));
        const input = pieces.reduce((sum, { code }) => sum + code.length, 0);
        // Each function is copied at most once.
        expect(linked?.code.length ?? 0).toBeLessThanOrEqual(input);
      }),
      { numRuns: runs },
    );
  });

  it("are prepared, or are refused, and the spec stays as it was", patience, () => {
    const machine = machineOf({
      btf: kernel,
      modules: () => [],
      symbols: () => new Map([["a", [1n]]]),
      features: { ...features, probeReadKernel: false },
    });
    fc.assert(
      fc.property(fc.array(parts, { minLength: 1, maxLength: 4 }), (pieces) => {
        const spec = objectFrom(pieces);
        const before = pieces.map(({ code }) => code.slice());
        attempt(() => needsKernelBtf(spec));
        const prepared = attempt(() => prepareObject(spec, machine));
        expect(pieces.map(({ code }) => code)).toEqual(before);
        for (const { code, poisoned, explained } of prepared?.programs ?? []) {
          for (const { instruction } of [...poisoned, ...explained])
            expect(instruction).toBeLessThan(code.length / 8);
        }
      }),
      { numRuns: runs },
    );
  });
});

describe("mutated BTF", () => {
  it("is sanitised to as many types, or is refused", patience, () => {
    const all = Object.fromEntries(
      Object.keys(features).map((name) => [name, false]),
    ) as unknown as typeof features; // same keys, other values
    const change = fc.array(fc.tuple(fc.nat(local.bytes.length - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(change, (changes) => {
        const bytes = local.bytes.slice();
        for (const [at, value] of changes) bytes[at] = value;
        attempt(() => {
          const btf = attemptRead(bytes);
          if (btf === undefined) return;
          const result = sanitiseBtf(btf, all);
          expect(result.length).toBeLessThanOrEqual(bytes.length * 2 + 512);
        });
      }),
      { numRuns: runs },
    );
  });
});

function attemptRead(bytes: Uint8Array): ObjectSpec["btf"] {
  return attempt(() => readBtf(bytes));
}
