import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TsbpfError } from "../../src/errors.ts";
import {
  alignOf,
  encodeBtf,
  findCandidates,
  printC,
  printType,
  readBtf,
  resolve,
  sizeOf,
  typeName,
} from "../../src/format/btf/index.ts";
import {
  array,
  composite,
  enumeration,
  everyKind,
  int,
  member,
  prototype,
  reference,
} from "../format/btf/types.ts";

/** 1,000 by default; CI runs 5,000, `TSBPF_FUZZ=100000` is the long form. */
const runs = Number(process.env["TSBPF_FUZZ"] ?? 1000);

const seeds = [
  everyKind,
  [
    int(),
    composite("struct", "list", 16, [member("next", 3, 0), member("value", 1, 64, 5)]),
    reference("ptr", 2),
    reference("typedef", 2, "list_t"),
    composite("struct", "", 8, [member("u", 7, 0)]),
    enumeration("e", { A: 1n }),
    composite("union", "", 8, [member("a", 1, 0), member("b", 8, 0)]),
    array(1, 2),
    prototype(4, ["x", 3]),
    reference("const", 5),
  ],
].flatMap((types) => [true, false].map((littleEndian) => encodeBtf(types, { littleEndian })));

/** Anything of tsbpf that a damaged BTF may be given to; each on its own, for one must not shield the next. */
function exercise(bytes: Uint8Array): void {
  const attempt = <T>(body: () => T): T | undefined => {
    try {
      return body();
    } catch (error) {
      if (error instanceof TsbpfError) return undefined;
      throw error;
    }
  };
  const btf = attempt(() => readBtf(bytes));
  if (btf === undefined) return;
  expect(btf.endId).toBeLessThanOrEqual(1 + bytes.length / 12);
  for (let id = 0; id < btf.endId; id++) {
    attempt(() => btf.type(id));
    attempt(() => btf.name(id));
    attempt(() => btf.kind(id));
    attempt(() => resolve(btf, id));
    attempt(() => sizeOf(btf, id));
    attempt(() => alignOf(btf, id));
    attempt(() => typeName(btf, id));
    const text = attempt(() => printType(btf, id)) ?? "";
    expect(text.length).toBeLessThanOrEqual(65536 + 64 * bytes.length);
  }
  attempt(() => btf.findAll(["list", "int", "foo"]));
  attempt(() => findCandidates(btf, ["list", "pair"]));
  const text = attempt(() => printC(btf)) ?? "";
  expect(text.length).toBeLessThanOrEqual(65536 + 64 * bytes.length);
  const types = attempt(() => Array.from({ length: btf.endId - 1 }, (_, index) => btf.type(index + 1)));
  if (types !== undefined) expect(readBtf(encodeBtf(types)).endId).toBe(btf.endId);
}

describe("damaged BTF is refused with a TsbpfError or read, within bounds", () => {
  const seed = fc.constantFrom(...seeds);
  const edge = fc.constantFrom(0, 1, 2, 0x7f, 0x80, 0xff);

  it("with bytes overwritten", () => {
    const change = fc.tuple(fc.nat(100_000), fc.oneof(edge, fc.nat(255)));
    fc.assert(
      fc.property(seed, fc.array(change, { minLength: 1, maxLength: 8 }), (bytes, changes) => {
        const damaged = bytes.slice();
        for (const [at, value] of changes) damaged[at % damaged.length] = value;
        exercise(damaged);
      }),
      { numRuns: Math.ceil(runs * 0.6) },
    );
  }, 600_000);

  it("with type words replaced by other ids", () => {
    const change = fc.tuple(fc.nat(100_000), fc.nat(30));
    fc.assert(
      fc.property(seed, fc.array(change, { minLength: 1, maxLength: 4 }), (bytes, changes) => {
        const damaged = bytes.slice();
        const view = new DataView(damaged.buffer);
        const littleEndian = damaged[0] === 0x9f;
        const words = view.getUint32(12, littleEndian) / 4;
        for (const [at, value] of changes) view.setUint32(24 + (at % words) * 4, value, littleEndian);
        exercise(damaged);
      }),
      { numRuns: Math.ceil(runs * 0.3) },
    );
  }, 600_000);

  it("cut short or followed by other bytes", () => {
    fc.assert(
      fc.property(seed, fc.nat(2000), fc.uint8Array({ maxLength: 32 }), (bytes, keep, tail) => {
        const head = bytes.subarray(0, keep % (bytes.length + 1));
        exercise(Uint8Array.from([...head, ...tail]));
      }),
      { numRuns: Math.ceil(runs * 0.1) },
    );
  }, 600_000);
});
