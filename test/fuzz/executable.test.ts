// Damaged executables, archives and library caches: only TsbpfError, in bounded time. TSBPF_FUZZ=100000 for the long form.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TsbpfError } from "../../src/errors.ts";
import { arraySource } from "../../src/format/bytes/index.ts";
import {
  buildId,
  debugLink,
  DynamicSymbols,
  Executable,
  findFunction,
  functionNames,
  isGo,
} from "../../src/format/elf/index.ts";
import { findStoredEntry } from "../../src/format/zip/index.ts";
import { parseLibraryCache } from "../../src/kernel/host/library-cache.ts";
import { bytesOf, compileLibrary, compileProgram, noCompiler } from "../elf-target.ts";

const runs = Number(process.env["TSBPF_FUZZ"] ?? 1000);
const interesting = [0, 1, 2, 4, 8, 0x10, 0x7f, 0x80, 0xff];
const change = fc.record({
  at: fc.nat(1_000_000),
  value: fc.oneof(fc.constantFrom(...interesting), fc.nat(255)),
  width: fc.constantFrom(1, 1, 2, 4, 8),
});
const changes = fc.array(change, { minLength: 1, maxLength: 10 });

function damaged(
  bytes: Uint8Array,
  places: readonly { at: number; end: number }[],
  list: { at: number; value: number; width: number }[],
) {
  const copy = bytes.slice();
  for (const { at, value, width } of list) {
    const place = places[at % places.length] ?? { at: 0, end: copy.length };
    const start = place.at + (at % Math.max(1, place.end - place.at));
    copy.fill(value, start, Math.min(copy.length, start + width));
  }
  return copy;
}

function refusedOrRead(body: () => void): void {
  const started = performance.now();
  try {
    body();
  } catch (error) {
    if (!(error instanceof TsbpfError)) throw error;
  }
  // A file of 20 KB takes about a millisecond; the bound is for what runs away.
  expect(performance.now() - started).toBeLessThan(5000);
}

describe.skipIf(noCompiler)("damaged executables", () => {
  const seeds = noCompiler
    ? []
    : [
        compileLibrary("fuzz.so"),
        compileLibrary("fuzz-sysv.so", "-Wl,--hash-style=sysv"),
        compileProgram("fuzz"),
      ].map(bytesOf);

  it("are refused or read", { timeout: 600_000 }, () => {
    fc.assert(
      fc.property(fc.nat(seeds.length - 1), changes, fc.nat(400_000), (seed, list, cut) => {
        const bytes = seeds[seed] ?? new Uint8Array(0);
        const file = new Executable(arraySource(bytes));
        // Headers and the tables that are looked at; code and padding would draw most hits otherwise.
        const places = [
          { at: 0, end: 64 + file.segments.length * 56 },
          { at: bytes.length - file.sections.length * 64, end: bytes.length },
          ...file.sections
            .filter(({ name }) => /dyn|hash|sym|str|version|note/.test(name))
            .map(({ offset, size }) => ({ at: offset, end: offset + size })),
        ];
        const whole = damaged(bytes, places, list);
        const input = cut % 4 === 0 ? whole.subarray(0, cut % whole.length) : whole;
        refusedOrRead(() => {
          const other = new Executable(arraySource(input));
          for (const name of ["versioned", "library_hidden", "probed", "absent"]) {
            refusedOrRead(() => findFunction(other, { name }));
          }
          refusedOrRead(() => findFunction(other, { name: "versioned", version: "V1" }));
          refusedOrRead(() => functionNames(other));
          refusedOrRead(() => buildId(other));
          refusedOrRead(() => debugLink(other));
          refusedOrRead(() => DynamicSymbols.of(other)?.soname);
          isGo(other);
        });
      }),
      { numRuns: runs },
    );
  });
});

it("archives and library caches of any bytes are refused or read", () => {
  const text = (magic: string) =>
    fc
      .uint8Array({ maxLength: 300 })
      .map((tail) => Uint8Array.of(...new TextEncoder().encode(magic), ...tail));
  fc.assert(
    fc.property(
      text("glibc-ld.so.cache1.1"),
      text("ld.so-1.7.0\0"),
      text("PK\x05\x06"),
      (cache, old, archive) => {
        refusedOrRead(() => parseLibraryCache(cache, "x64"));
        refusedOrRead(() => parseLibraryCache(old, "x64"));
        refusedOrRead(() => findStoredEntry(arraySource(archive), "x"));
      },
    ),
    { numRuns: runs },
  );
});
