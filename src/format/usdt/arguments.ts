import { parseArm64Operand, parseArmOperand } from "./operand-arm.ts";
import { parseRiscvOperand, parseS390Operand } from "./operand-others.ts";
import { parseX86Operand } from "./operand-x86.ts";
import { unreadable } from "./operand.ts";
import type { UsdtArgument, UsdtPlace } from "./types.ts";

/** An architecture whose operands are understood. */
interface Architecture {
  readonly name: string;
  /** Bytes of a register: the size of an argument that states none. */
  readonly word: number;
  readonly parse: (operand: string) => UsdtPlace;
}

/** By `e_machine` of elf(5). */
const architectures: Readonly<Record<number, Architecture>> = {
  // Programs of 32 bits on x86-64: the kernel shows their registers under the wide ones' names.
  3: { name: "i386", word: 4, parse: parseX86Operand },
  22: { name: "s390x", word: 8, parse: parseS390Operand },
  40: { name: "arm", word: 4, parse: parseArmOperand },
  62: { name: "x86-64", word: 8, parse: parseX86Operand },
  183: { name: "arm64", word: 8, parse: parseArm64Operand },
  243: { name: "riscv", word: 8, parse: parseRiscvOperand },
};

/** What an `e_machine` is called; undefined where its operands are not understood. */
export function usdtArchitecture(machine: number): string | undefined {
  return architectures[machine]?.name;
}

/**
 * The arguments of a tracing point, in order. What cannot be read is said so in its place: nothing is left out and
 * nothing throws, as the text is whatever a compiler or a person wrote.
 */
export function parseUsdtArguments(machine: number, text: string): UsdtArgument[] {
  return split(text).map((one) => parseArgument(machine, one));
}

/** At blanks that are not inside brackets: `-4@[sp, 12] 8@x0`. */
function split(text: string): string[] {
  // `:` at the beginning says "none" (RULES 59).
  if (text.startsWith(":")) return [];
  const parts: string[] = [];
  let depth = 0;
  let current = "";
  for (const character of text) {
    if (character === "(" || character === "[") depth++;
    else if (character === ")" || character === "]") depth--;
    if (/\s/.test(character) && depth <= 0) {
      if (current !== "") parts.push(current);
      current = "";
    } else {
      current += character;
    }
  }
  if (current !== "") parts.push(current);
  return parts;
}

function parseArgument(machine: number, text: string): UsdtArgument {
  const architecture = architectures[machine];
  const match = /^(-?)(\d+)(f?)@(.*)$/.exec(text);
  const operand = match === null ? text : (match[4] ?? "");
  // Points written in assembly may leave the size out; gdb takes a word then, too.
  const size = match === null ? (architecture?.word ?? 8) : Number(match[2]);
  const known = { text, size, signed: match?.[1] === "-", float: match?.[3] === "f" };
  if (architecture === undefined) {
    return { ...known, place: unreadable(`operands of ELF machine ${machine} are not understood`) };
  }
  if (![1, 2, 4, 8].includes(size)) {
    return { ...known, place: unreadable(`it has ${size} bytes, and programs read 1, 2, 4 or 8`) };
  }
  return { ...known, place: architecture.parse(operand) };
}
