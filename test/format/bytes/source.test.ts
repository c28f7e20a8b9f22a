import * as fc from "fast-check";
import { expect, test } from "vitest";
import { arraySource, bufferedSource, findBytes, partOf, piecesOf } from "../../../src/format/bytes/index.ts";

const bytes = Uint8Array.from({ length: 1000 }, (_, index) => index & 0xff);

test("a buffered source, a part and pieces give the same bytes", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(1000), fc.nat(300))),
      fc.integer({ min: 1, max: 200 }),
      (reads, block) => {
        const source = bufferedSource(arraySource(bytes), block);
        for (const [offset, length] of reads) {
          if (offset + length > bytes.length)
            expect(() => source.read(offset, length)).toThrow(/found the end at 1000/);
          else expect(source.read(offset, length)).toEqual(bytes.subarray(offset, offset + length));
        }
      },
    ),
  );
  const part = partOf(arraySource(bytes), 100, 50);
  expect(part.read(10, 5)).toEqual(bytes.subarray(110, 115));
  expect(() => part.read(46, 5)).toThrow(/expected 5 bytes, found the end at 50/);
  expect(() => partOf(arraySource(bytes), 990, 11)).toThrow();
  const pieces = [...piecesOf(arraySource(bytes), 10, 100, { piece: 40, overlap: 5 })];
  expect(pieces.map(({ offset, bytes: { length } }) => [offset, length])).toEqual([
    [10, 45],
    [50, 45],
    [90, 20],
  ]);
});

test("every place of a needle is found, as by looking at each", () => {
  const text = fc.array(fc.constantFrom(97, 98, 0), { maxLength: 60 }).map((list) => Uint8Array.from(list));
  fc.assert(
    fc.property(text, fc.array(fc.constantFrom(97, 98, 0), { minLength: 1, maxLength: 5 }), (where, what) => {
      const expected = [...where.keys()].filter((at) =>
        what.every((byte, index) => where[at + index] === byte),
      );
      expect(findBytes(where, Uint8Array.from(what))).toEqual(expected);
    }),
  );
  expect(findBytes(Uint8Array.of(1), new Uint8Array(0))).toEqual([]);
});
