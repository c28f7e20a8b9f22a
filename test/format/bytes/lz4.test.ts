import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compressLz4, decompressLz4, fletcher } from "../../../src/format/bytes/index.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe("LZ4 blocks", () => {
  it.each([
    // By hand from lz4_Block_format.md: token (literals, match), literals, distance, more of the length.
    ["", [0x00]],
    ["abc", [0x30, 0x61, 0x62, 0x63]],
    ["0123456789abcde", [0xf0, 0x00, ...text("0123456789abcde")]],
    ["abababababababababababab", [0x2d, 0x61, 0x62, 0x02, 0x00, 0x50, ...text("babab")]],
  ])("%j is packed as the format says", (value, block) => {
    const bytes = text(value);
    const packed = compressLz4(bytes);
    expect(decompressLz4(Uint8Array.from(block), bytes.length)).toEqual(bytes);
    expect(decompressLz4(packed, bytes.length)).toEqual(bytes);
    expect(packed.length).toBeLessThanOrEqual(block.length);
  });

  it("gives the bytes back", () => {
    // Few different bytes: long and overlapping matches.
    const bytes = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2000 });
    fc.assert(
      fc.property(fc.oneof(bytes, fc.uint8Array({ maxLength: 500 })), (values) => {
        const whole = Uint8Array.from(values);
        expect(decompressLz4(compressLz4(whole), whole.length)).toEqual(whole);
      }),
    );
  });

  it("shrinks an object by a quarter", () => {
    const path = new URL("../../../testdata/obj/zig-21/trace_execve.bpf.o", import.meta.url);
    const object = new Uint8Array(readFileSync(path));
    expect(compressLz4(object).length).toBeLessThan(object.length * 0.75);
    expect(decompressLz4(compressLz4(object), object.length)).toEqual(object);
  });

  it("damaged blocks are MALFORMED or other bytes of the same number, never more", () => {
    const whole = text("the same and the same and the same and the same, again and again and again");
    const packed = compressLz4(whole);
    for (let at = 0; at < packed.length; at++) {
      for (const flip of [1, 0x10, 0x80, 0xff]) {
        const damaged = packed.slice();
        damaged[at] = (damaged[at] ?? 0) ^ flip;
        try {
          expect(decompressLz4(damaged, whole.length).length).toBe(whole.length);
        } catch (error) {
          expect(error).toMatchObject({ code: "MALFORMED" });
        }
      }
    }
    expect(() => decompressLz4(packed, whole.length + 1)).toThrow(
      /expected 75 bytes in an LZ4 block, found 74/,
    );
    expect(() => decompressLz4(packed, 10)).toThrow(/within its bounds/);
  });
});

describe("fletcher", () => {
  it.each([
    ["", "0000000000000000"],
    ["\x01", "0000000200000002"],
    ["\x01\0\0\0\x02\0\0\0", "0000001f0000000b"],
  ])("%j → %s", (value, sum) => {
    expect(fletcher(text(value))).toBe(sum);
  });

  it("each changed byte and each two words that changed places are another sum", () => {
    const bytes = Uint8Array.from({ length: 23 }, (_, at) => at * 7);
    const sum = fletcher(bytes);
    for (let at = 0; at < bytes.length; at++) {
      const other = bytes.slice();
      other[at] = (other[at] ?? 0) ^ 0x40;
      expect(fletcher(other)).not.toBe(sum);
    }
    const swapped = bytes.slice();
    swapped.set(bytes.subarray(4, 8), 0);
    swapped.set(bytes.subarray(0, 4), 4);
    expect(fletcher(swapped)).not.toBe(sum);
  });

  it("does not depend on where the bytes lie", () => {
    const bytes = Uint8Array.from({ length: 9 }, (_, at) => at);
    const moved = new Uint8Array(12);
    moved.set(bytes, 3);
    expect(fletcher(moved.subarray(3))).toBe(fletcher(bytes));
  });
});
