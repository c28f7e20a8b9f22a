import { parseNumber, unreadable } from "./operand.ts";
import { riscvRegister, s390Register } from "./registers.ts";
import type { UsdtPlace, UsdtRegister } from "./types.ts";

/** An operand of s390x: `10`, `%r2`, `160(%r15)`, `8(%r1,%r2)`. */
export function parseS390Operand(text: string): UsdtPlace {
  const value = parseNumber(text);
  if (value !== undefined) return { kind: "constant", value };
  if (/^%[fv]\d+$/.test(text)) {
    return unreadable(`BPF programs see no floating point registers (${text})`);
  }
  if (text.startsWith("%")) {
    const register = s390Register(text.slice(1));
    return register === undefined
      ? unreadable(`${text} is no general register`)
      : { kind: "register", register };
  }
  const match = /^(-?\w*)\((%\w+)(?:,\s*(%\w+))?\)$/.exec(text);
  const displacement = parseNumber(match?.[1] || "0");
  if (match === null || displacement === undefined) return unreadable("no operand of s390x");
  // D(X,B): of two registers the first is the index; here it does not matter which is which.
  const names = [match[2], match[3]].filter((name) => name !== undefined);
  const registers: UsdtRegister[] = [];
  for (const name of names) {
    const register = s390Register(name.slice(1));
    if (register === undefined) return unreadable(`${name} is no general register`);
    registers.push(register);
  }
  return {
    kind: "memory",
    base: registers[0],
    index: registers[1],
    shift: 0,
    displacement,
    symbol: undefined,
  };
}

/** An operand of riscv: `10`, `a0`, `-88(s0)`. */
export function parseRiscvOperand(text: string): UsdtPlace {
  const value = parseNumber(text);
  if (value !== undefined) return { kind: "constant", value };
  if (text === "zero") return { kind: "constant", value: 0n };
  const register = riscvRegister(text);
  if (register !== undefined) return { kind: "register", register };
  if (/^f[ast]\d+$/.test(text)) {
    return unreadable(`BPF programs see no floating point registers (${text})`);
  }
  const match = /^(-?\w*)\((\w+)\)$/.exec(text);
  const displacement = parseNumber(match?.[1] || "0");
  if (match === null || displacement === undefined) return unreadable("no operand of riscv");
  const base = riscvRegister(match[2] ?? "");
  if (base === undefined) return unreadable(`${match[2]} is no general register`);
  return { kind: "memory", base, index: undefined, shift: 0, displacement, symbol: undefined };
}
