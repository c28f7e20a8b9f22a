import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeUtf8 } from "../../../src/format/bytes/index.ts";
import { TextCache } from "../../../src/program/codec/text-cache.ts";

/** Bytes of names: few letters, so that words and hashes meet again, and NULs at all places. */
const letter = fc.constantFrom(0, 0x61, 0x61, 0x62, 0x80, 0xc3, 0xa4, 0xff, 0x01);

describe("TextCache", () => {
  it.each([1, 3, 4, 5, 8, 15, 16, 17, 32, 256, 260, 1000])("never gives a wrong text, size %i", (size) => {
    const cache = new TextCache(size);
    const buffer = new ArrayBuffer(Math.ceil((size + 16) / 4) * 4);
    const u8 = new Uint8Array(buffer);
    const i32 = new Int32Array(buffer);
    fc.assert(
      fc.property(fc.array(letter, { minLength: size, maxLength: size }), fc.nat(3), (bytes, shift) => {
        const at = 4 + shift;
        const end = bytes.indexOf(0);
        const expected = decodeUtf8(Uint8Array.from(end < 0 ? bytes : bytes.slice(0, end)));
        u8.fill(0x7a);
        u8.set(bytes, at);
        expect(cache.readBytes(u8, at)).toBe(expected);
        u8.fill(0x7a);
        u8.set(bytes, 8);
        if (size % 4 === 0) expect(cache.read(i32, 2)).toBe(expected);
        if (size === 16) expect(cache.read16(i32, 2)).toBe(expected);
      }),
      { numRuns: size > 100 ? 100 : 1000 },
    );
  });

  it("stays right when more texts pass than it has room for", () => {
    const cache = new TextCache(16);
    const i32 = new Int32Array(4);
    const u8 = new Uint8Array(i32.buffer);
    for (let round = 0; round < 2; round++) {
      for (let count = 0; count < 5000; count++) {
        const text = `task-${count}`;
        u8.fill(0);
        for (let at = 0; at < text.length; at++) u8[at] = text.charCodeAt(at);
        expect(cache.read16(i32, 0)).toBe(text);
        expect(cache.read(i32, 0)).toBe(text);
      }
    }
  });

  it("gives the same string again without making it", () => {
    const cache = new TextCache(256);
    const i32 = new Int32Array(64);
    new Uint8Array(i32.buffer).set([0x2f, 0x62, 0x69, 0x6e, 0x2f, 0x73, 0x68]);
    expect(cache.read(i32, 0)).toBe("/bin/sh");
    new Uint8Array(i32.buffer).fill(0x41, 100);
    expect(cache.read(i32, 0)).toBe("/bin/sh");
  });
});
