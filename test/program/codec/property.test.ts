import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildCodec, cursorOffset, memoryOf } from "../../../src/program/codec/index.ts";
import { btfOf, type CMember, type CType } from "./c-types.ts";
import { interpret } from "./interpret.ts";

const scalar: fc.Arbitrary<CType> = fc.oneof(
  fc.record({
    k: fc.constant("int" as const),
    size: fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const, 16 as const),
    signed: fc.boolean(),
  }),
  fc.constant({ k: "bool" as const }),
  fc.constant({ k: "pointer" as const }),
  fc.record({ k: fc.constant("float" as const), size: fc.constantFrom(2, 4, 8, 16) }),
  fc.record({
    k: fc.constant("enum" as const),
    size: fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const),
    signed: fc.boolean(),
  }),
);

const { type: anyType } = fc.letrec<{ type: CType; composite: CType }>((tie) => ({
  type: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    scalar,
    fc.record({
      k: fc.constant("array" as const),
      element: fc.constantFrom({ k: "char" as const }, { k: "byte" as const }),
      length: fc.constantFrom(0, 1, 3, 4, 5, 8, 15, 16, 17, 64, 300),
    }),
    fc.record({
      k: fc.constant("array" as const),
      element: tie("type"),
      length: fc.integer({ min: 0, max: 11 }),
    }),
    tie("composite"),
  ),
  composite: fc
    .record({
      union: fc.boolean(),
      packed: fc.boolean(),
      members: fc.array(
        fc.record({
          type: tie("type"),
          bits: fc.integer({ min: 1, max: 64 }),
          named: fc.boolean(),
          field: fc.boolean(),
        }),
        { maxLength: 6, depthIdentifier: "type" },
      ),
    })
    .map(({ union, packed, members }) => ({
      k: "composite" as const,
      union,
      packed,
      members: members.map(({ type, bits, named, field }): CMember => {
        const name = nextName();
        const width =
          type.k === "bool" ? 1 : type.k === "int" || type.k === "enum" ? Math.min(type.size * 8, 64) : 0;
        if (field && width > 0) return { name, type, bits: Math.min(bits, width) };
        return { name: type.k === "composite" && !named ? "" : name, type };
      }),
    })),
}));

/** Unique in the whole run, so that folding never meets a name twice; some are hostile on purpose. */
let names = 0;
function nextName(): string {
  return `m${names++}`;
}

const structs = anyType.filter((type) => type.k === "composite");
const runs = Math.ceil(Number(process.env["TSBPF_FUZZ"] ?? 2000) / 5);

describe("codecs of random types", () => {
  for (const alignment of [8, 4] as const) {
    it(`decode and cursor agree with a plain interpreter, alignment ${alignment}`, () => {
      fc.assert(
        fc.property(structs, fc.infiniteStream(fc.integer({ min: 0, max: 255 })), (type, stream) => {
          const { btf, id, size } = btfOf(type);
          const offset = alignment === 4 ? 12 : 16;
          // Nothing behind the type: a read beyond it would give undefined.
          const buffer = new ArrayBuffer(offset + size);
          const bytes = new Uint8Array(buffer);
          for (let at = 0; at < bytes.length; at++)
            bytes[at] = Number(stream.next().value) * (at % 3 === 0 ? 0 : 1);
          const codec = buildCodec<object>(btf, id, { alignment });
          const memory = memoryOf(buffer);
          const expected = interpret(btf, id, new DataView(buffer), offset);

          const value = codec.decode(memory, offset);
          if (!isDeepStrictEqual(value, expected)) expect(value).toEqual(expected);
          expect(codec.size).toBe(size);

          const cursor = codec.cursor(memory);
          cursor[cursorOffset] = offset;
          const seen = Object.fromEntries(
            Object.keys(value).map((name) => [name, Reflect.get(cursor, name)]),
          );
          expect(isDeepStrictEqual(seen, expected)).toBe(true);
        }),
        { numRuns: runs },
      );
    });
  }

  it("encode gives back what was decoded, and touches nothing around it", () => {
    fc.assert(
      fc.property(structs, fc.infiniteStream(fc.integer({ min: 0, max: 127 })), (type, stream) => {
        const { btf, id, size } = btfOf(type);
        const from = new Uint8Array(size);
        for (let at = 0; at < size; at++) from[at] = Number(stream.next().value);
        const codec = buildCodec<object>(btf, id, { alignment: 4 });
        const value = codec.decode(memoryOf(from.buffer), 0);
        const to = new Uint8Array(size + 12).fill(0xee);
        codec.encode(value, memoryOf(to.buffer), 4);
        const again = codec.decode(memoryOf(to.buffer), 4);
        // Text in a union may overlap other text: what is behind a NUL is lost; all else is exact.
        if (!hasOverlap(type)) expect(isDeepStrictEqual(again, value)).toBe(true);
        expect([...to.subarray(0, 4), ...to.subarray(size + 4)].every((byte) => byte === 0xee)).toBe(true);
      }),
      { numRuns: runs },
    );
  });
});

function hasOverlap(type: CType): boolean {
  if (type.k === "array") return hasOverlap(type.element);
  if (type.k !== "composite") return false;
  return (type.union && type.members.length > 1) || type.members.some((member) => hasOverlap(member.type));
}
