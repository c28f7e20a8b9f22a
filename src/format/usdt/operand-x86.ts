import { x86Register } from "./registers.ts";
import type { UsdtPlace, UsdtRegister } from "./types.ts";
import { parseNumber, parseSum, unreadable } from "./operand.ts";

/**
 * An operand of x86-64 in AT&T syntax, as GCC and Clang print it: `$10`, `%rax`, `-8(%rbp)`, `(%rbp,%rax,8)`,
 * `counter(%rip)`.
 */
export function parseX86Operand(text: string): UsdtPlace {
  if (text.startsWith("$")) return immediate(text.slice(1));
  if (/^%[cdefgs]s:/.test(text)) {
    return unreadable(`${text.slice(0, 3)} is a segment: thread-local memory has no fixed register`);
  }
  if (text.startsWith("%")) return inRegister(text.slice(1));
  const match = /^([^()]*)(?:\(([^()]*)\))?$/.exec(text);
  if (match === null) return unreadable("no operand of x86-64");
  const sum = parseSum(match[1] ?? "");
  if (sum === undefined) return unreadable(`"${match[1]}" is neither a number nor a symbol`);
  const [base = "", index = "", scale = "1", ...more] = (match[2] ?? "")
    .split(",")
    .map((part) => part.trim());
  const shift = [1, 2, 4, 8].indexOf(Number(scale));
  if (shift < 0 || more.length > 0) return unreadable(`scale ${scale} is none of 1, 2, 4, 8`);
  const registers: (UsdtRegister | undefined)[] = [];
  for (const name of [base, index]) {
    const register = name.startsWith("%") ? x86Register(name.slice(1)) : undefined;
    if (name !== "" && register === undefined) return unreadable(`${name} is no general register`);
    registers.push(register);
  }
  return { kind: "memory", base: registers[0], index: registers[1], shift, ...sum };
}

function immediate(text: string): UsdtPlace {
  const value = parseNumber(text);
  if (value !== undefined) return { kind: "constant", value };
  return unreadable(`the address of ${text} is known only where the program is loaded`);
}

function inRegister(name: string): UsdtPlace {
  const register = x86Register(name);
  if (register !== undefined) return { kind: "register", register };
  if (/^([xyz]?mm\d+|st(\(\d\))?|k\d)$/.test(name)) {
    return unreadable(`BPF programs see no floating point registers (%${name})`);
  }
  return unreadable(`%${name} is no general register`);
}
