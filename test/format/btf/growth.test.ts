import { describe, expect, it } from "vitest";
import { TsbpfError } from "../../../src/errors.ts";
import { encodeBtf, findCandidates, printC, readBtf, type BtfType } from "../../../src/format/btf/index.ts";
import { composite, enumeration, int, member, reference } from "./types.ts";

/** Least time of five runs in milliseconds: what the work takes when nothing disturbs it. */
function least(body: () => void): number {
  let best = Infinity;
  for (let run = 0; run < 5; run++) {
    const start = performance.now();
    try {
      body();
    } catch (error) {
      if (!(error instanceof TsbpfError)) throw error;
    }
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

const numbered = (count: number, make: (index: number) => BtfType): BtfType[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** Inputs of `size` parts that would show a quadratic step. */
const inputs: { readonly [name: string]: (size: number) => BtfType[] } = {
  "many small types": (size) => numbered(size, (n) => reference("typedef", 0, `name_${n}`)),
  "one struct of many members": (size) => [
    int(),
    composite(
      "struct",
      "s",
      size * 4,
      Array.from({ length: size }, (_, n) => member(`m${n}`, 1, n * 32)),
    ),
  ],
  "one enum of many values": (size) => [
    enumeration("e", Object.fromEntries(Array.from({ length: size }, (_, n) => [`V${n}`, BigInt(n)]))),
  ],
  "one name for all": (size) => numbered(size, () => composite("struct", "same", 0, [])),
  "a long chain of typedefs": (size) => numbered(size, (n) => reference("typedef", n, `t${n}`)),
  "a long chain of pointers": (size) => numbered(size, (n) => reference("ptr", n)),
  "structs nested one in the other": (size) => [
    int(),
    ...numbered(size, (n) => composite("struct", `s${n}`, 4, [member("inner", n + 1, 0)])),
  ],
};

// Eight times the input takes eight times the time if the work is linear, 64 times if it is quadratic. The
// bound between lies far from both, so that a busy machine does not decide.
describe.each(Object.entries(inputs))("growth with %s", (_, make) => {
  const small = encodeBtf(make(2_000));
  const large = encodeBtf(make(16_000));
  const names = Array.from({ length: 200 }, (__, n) => `name_${n}`);
  it.each<readonly [string, (bytes: Uint8Array) => void]>([
    ["reading", (bytes) => void readBtf(bytes)],
    [
      "decoding",
      (bytes) => {
        const btf = readBtf(bytes);
        for (let id = 1; id < btf.endId; id++) btf.type(id);
      },
    ],
    ["searching", (bytes) => void findCandidates(readBtf(bytes), names)],
    ["printing", (bytes) => void printC(readBtf(bytes))],
  ])("%s is less than quadratic", (__, body) => {
    // Times below half a millisecond are all noise; they bound the large one as well.
    const base = Math.max(
      0.5,
      least(() => body(small)),
    );
    expect(least(() => body(large)) / base).toBeLessThan(32);
  });
});
