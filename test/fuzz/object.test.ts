// Damaged objects: only TsbpfError, in bounded time. 1,000 cases by default; TSBPF_FUZZ=100000 for the long form.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as fc from "fast-check";
import { describe, it } from "vitest";
import { TsbpfError } from "../../src/errors.ts";
import { readElf } from "../../src/format/elf/index.ts";
import { readObject, specToJson } from "../../src/program/spec/index.ts";

const runs = Number(process.env["TSBPF_FUZZ"] ?? 1000);
const folder = fileURLToPath(new URL("../../testdata/obj", import.meta.url));
const seeds = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".o"))
  .sort()
  .map((path) => new Uint8Array(readFileSync(join(folder, path))))
  .filter((bytes) => bytes.length < 64 * 1024);

interface Section {
  start: number;
  end: number;
}

/** Places where damage hurts: the headers and each section's content, so that large code does not draw all hits. */
function places(bytes: Uint8Array): Section[] {
  const elf = readElf(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const headers = Number(view.getBigUint64(0x28, elf.littleEndian));
  return [
    { start: 0, end: 64 },
    { start: headers, end: headers + elf.sections.length * 64 },
    ...elf.sections
      .filter((section) => section.bytes.length > 0 && !section.name.startsWith(".debug"))
      .map((section) => ({ start: section.offset, end: section.offset + section.size })),
  ];
}

const known = seeds.map((bytes) => ({ bytes, places: places(bytes) }));
const interesting = [0, 1, 2, 4, 8, 0x7f, 0x80, 0xff, 0x10, 0x18, 0x85];

/** A change: which place, where in it, what value, how many bytes wide. */
const change = fc.record({
  place: fc.nat(1000),
  at: fc.nat(1_000_000),
  value: fc.oneof(fc.constantFrom(...interesting), fc.nat(255)),
  width: fc.constantFrom(1, 1, 1, 2, 4, 8),
});
const damage = fc.record({
  seed: fc.nat(known.length - 1),
  changes: fc.array(change, { minLength: 1, maxLength: 12 }),
  cut: fc.option(fc.nat(70_000), { freq: 8 }),
});

describe("damaged objects", () => {
  it(`${runs} mutations: a spec or a TsbpfError`, { timeout: 30_000 + runs * 20 }, () => {
    fc.assert(
      fc.property(damage, ({ seed, changes, cut }) => {
        const source = known[seed % known.length];
        if (source === undefined) return;
        const bytes = source.bytes.slice(0, cut ?? undefined);
        for (const { place, at, value, width } of changes) {
          const range = source.places[place % source.places.length];
          if (range === undefined) continue;
          const start = range.start + (at % (range.end - range.start));
          bytes.fill(value, start, Math.min(bytes.length, start + width));
        }
        try {
          specToJson(readObject(bytes, { name: "fuzz.o" }));
        } catch (error) {
          if (!(error instanceof TsbpfError)) throw error;
        }
      }),
      { numRuns: runs },
    );
  });
});
