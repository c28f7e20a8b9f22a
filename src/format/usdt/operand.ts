import type { UsdtPlace } from "./types.ts";

// Parts of operands that the architectures share.

export function unreadable(reason: string): UsdtPlace {
  return { kind: "unreadable", reason };
}

/** `10`, `-0x8`; undefined if it is none. */
export function parseNumber(text: string): bigint | undefined {
  const match = /^([+-]?)(0[xX][\da-fA-F]+|\d+)$/.exec(text);
  if (match === null) return undefined;
  const magnitude = BigInt(match[2] ?? "0");
  return match[1] === "-" ? -magnitude : magnitude;
}

/** `-8`, `counter`, `counter+8`, `8+counter`, or nothing: numbers and at most one symbol. */
export function parseSum(text: string): { displacement: bigint; symbol: string | undefined } | undefined {
  let displacement = 0n;
  let symbol: string | undefined;
  const terms = text === "" ? [] : text.split(/(?=[+-])/);
  for (const term of terms) {
    const number = parseNumber(term);
    if (number !== undefined) {
      displacement += number;
      continue;
    }
    const name = /^\+?([A-Za-z_.$][\w.$]*)$/.exec(term)?.[1];
    // `counter@GOTPCREL` and its kin point to a pointer: they do not match, either.
    if (name === undefined || symbol !== undefined) return undefined;
    symbol = name;
  }
  return { displacement, symbol };
}
