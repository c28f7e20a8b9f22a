import { parseNumber, unreadable } from "./operand.ts";
import { arm64Register, armRegister } from "./registers.ts";
import type { UsdtPlace, UsdtRegister } from "./types.ts";

/** An operand of arm64: `x0`, `10`, `[sp, 96]`, `[x1, x2, lsl 3]`. A number before `#` is optional there. */
export function parseArm64Operand(text: string): UsdtPlace {
  if (text === "xzr" || text === "wzr") return { kind: "constant", value: 0n };
  if (/^[bhsdqv]\d+/.test(text)) {
    return unreadable(`BPF programs see no floating point registers (${text})`);
  }
  return parseOperand(text, arm64Register, "arm64");
}

/** An operand of arm: `r0`, `#10`, `[fp, #-8]`, `[r1, r2, lsl #2]`. */
export function parseArmOperand(text: string): UsdtPlace {
  if (/^[sdq]\d+$/.test(text)) {
    return unreadable(`BPF programs see no floating point registers (${text})`);
  }
  return parseOperand(text, armRegister, "arm");
}

type Lookup = (name: string) => UsdtRegister | undefined;

function parseOperand(text: string, lookup: Lookup, architecture: string): UsdtPlace {
  // Numbers first: RULES 60.
  const value = number(text);
  if (value !== undefined) return { kind: "constant", value };
  const register = lookup(text);
  if (register !== undefined) return { kind: "register", register };
  if (!text.startsWith("[")) return unreadable(`no register, number or memory operand of ${architecture}`);
  const match = /^\[([^[\]]+)\]$/.exec(text);
  // `[x0, 8]!` and `[x0], 8` change the register: compilers do not choose them for arguments.
  if (match === null) return unreadable(`no memory operand of ${architecture}`);
  const [baseName = "", second, scaling, ...more] = (match[1] ?? "").split(",").map((part) => part.trim());
  const base = lookup(baseName);
  if (base === undefined) return unreadable(`${baseName} is no general register`);
  const place = {
    kind: "memory",
    base,
    index: undefined,
    shift: 0,
    displacement: 0n,
    symbol: undefined,
  } as const;
  if (second === undefined) return place;
  const displacement = number(second);
  if (displacement !== undefined && scaling === undefined) return { ...place, displacement };
  const index = lookup(second);
  if (index === undefined || more.length > 0)
    return unreadable(`"${second}" is neither a number nor a register`);
  // Half a register would have to be extended first, which the specs of usdt.bpf.h cannot say.
  if (second.startsWith("w")) return unreadable(`its index ${second} is extended before it is added`);
  if (scaling === undefined) return { ...place, index };
  const shift = Number(/^lsl #?([0-4])$/.exec(scaling)?.[1] ?? NaN);
  if (Number.isNaN(shift)) return unreadable(`its index is changed by "${scaling}" before it is added`);
  return { ...place, index, shift };
}

function number(text: string): bigint | undefined {
  return parseNumber(text.startsWith("#") ? text.slice(1) : text);
}
