import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TsbpfError } from "../../src/errors.ts";
import { arraySource } from "../../src/format/bytes/index.ts";
import { Executable } from "../../src/format/elf/index.ts";
import {
  describeUsdtArgument,
  locateUsdt,
  parseUsdtArguments,
  placeSymbol,
  readUsdtNotes,
  readUsdtProbes,
  usdtArguments,
} from "../../src/format/usdt/index.ts";
import { codeAddress, dataAddress, usdtExecutable } from "../usdt-executable.ts";

/** 1,000 by default; CI runs 5,000, `TSBPF_FUZZ=100000` is the long form. */
const runs = Number(process.env["TSBPF_FUZZ"] ?? 1000);
const machines = [8, 22, 40, 62, 183, 243];

function attempt<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    if (error instanceof TsbpfError) return undefined;
    throw error;
  }
}

const seed = usdtExecutable({
  points: [
    { name: "a", address: codeAddress, arguments: "-4@$10 8@-8(%rbp,%rax,8) 8@counter(%rip)" },
    { name: "b", address: codeAddress + 6, semaphore: dataAddress, arguments: "8f@%xmm0" },
  ],
  variables: { counter: dataAddress + 8 },
});

/** Everything that is done with a file before a program is attached to it. */
function exercise(bytes: Uint8Array): void {
  const elf = attempt(() => new Executable(arraySource(bytes)));
  if (elf === undefined) return;
  const notes = attempt(() => readUsdtProbes(elf)) ?? [];
  expect(notes.length).toBeLessThanOrEqual(bytes.length / 40);
  for (const note of notes) {
    attempt(() => locateUsdt(elf, note));
    for (const argument of usdtArguments(elf, note)) describeUsdtArgument(argument);
  }
}

describe("damaged tracing points", () => {
  it("bytes of an executable changed: TsbpfError or an answer", () => {
    const change = fc.record({
      // Most of the file is code: headers and what follows the data are what matters.
      at: fc.oneof(fc.nat(0x100), fc.integer({ min: 0x3000, max: seed.length - 1 })),
      byte: fc.nat(255),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const bytes = seed.slice();
        for (const { at, byte } of changes) bytes[at] = byte;
        exercise(bytes);
      }),
      { numRuns: runs },
    );
  });

  it("an executable cut off", () => {
    fc.assert(
      fc.property(fc.nat(seed.length), (length) => exercise(seed.slice(0, length))),
      { numRuns: Math.min(runs, 1000) },
    );
  });

  it("any bytes as notes, of both word sizes and byte orders", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.boolean(),
        fc.constantFrom(4, 8),
        (notes, littleEndian, word) =>
          void attempt(() => readUsdtNotes({ littleEndian, word: word === 4 ? 4 : 8, notes, base: 1n })),
      ),
      { numRuns: runs },
    );
  });

  it("any text as arguments never throws, and what it says can be shown and placed", () => {
    const piece = fc.constantFrom(
      "-4@",
      "8f@",
      "%rax",
      "(",
      ")",
      "[",
      "]",
      ",",
      "x1",
      "sp",
      "lsl",
      "$",
      "#",
      "-",
      "9",
      "sym",
      " ",
      "@",
      "%",
      ":",
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 12 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, fc.constantFrom(...machines), (written, machine) => {
        for (const argument of parseUsdtArguments(machine, written)) {
          describeUsdtArgument(argument);
          const places = { site: 1n, fixed: false, pointer: undefined, address: () => undefined };
          describeUsdtArgument(placeSymbol(argument, places));
        }
      }),
      { numRuns: runs },
    );
  });

  it("time grows with the size and not with its square", () => {
    const time = (count: number): number => {
      const text = "8@(%rax,%rbx,8) ".repeat(count);
      const start = performance.now();
      expect(parseUsdtArguments(62, text)).toHaveLength(count);
      return performance.now() - start;
    };
    time(1000);
    const small = Math.min(time(4000), time(4000), time(4000));
    const large = Math.min(time(32_000), time(32_000), time(32_000));
    expect(large / small).toBeLessThan(32);
  });
});
