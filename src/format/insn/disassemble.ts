import { formatInstruction } from "./format-instruction.ts";
import { InstructionView } from "./view.ts";

/** What the caller knows about a program; every callback gets a slot of the given code. */
export interface DisassembleOptions {
  /** Byte order of the code; default little. */
  readonly littleEndian?: boolean;
  /** Names what the ldimm64 or call at a slot refers to: a map, a function, an extern. */
  readonly reference?: (slot: number) => string | undefined;
  /** The function that starts at a slot: printed as a line `name:`. */
  readonly function?: (slot: number) => string | undefined;
  /** The source line that starts at a slot: printed as a line `; text`. */
  readonly source?: (slot: number) => string | undefined;
  /** A remark behind the instruction: what a relocation did. */
  readonly remark?: (slot: number) => string | undefined;
}

/** An instruction and what is known about it; what is not known is undefined. */
export interface DisassembledLine {
  readonly slot: number;
  /** With the opcode in front: `(b7) r2 = 6`. */
  readonly text: string;
  readonly function: string | undefined;
  readonly source: string | undefined;
  readonly remark: string | undefined;
}

/** One entry an instruction; a ldimm64 is one entry of two slots. MALFORMED if the code ends inside a slot. */
export function disassembleLines(code: Uint8Array, options: DisassembleOptions = {}): DisassembledLine[] {
  const view = new InstructionView(code, options.littleEndian ?? true);
  const format = options.reference === undefined ? {} : { reference: options.reference };
  const lines: DisassembledLine[] = [];
  for (let slot = 0; slot < view.length; slot += view.slots(slot)) {
    lines.push({
      slot,
      text: formatInstruction(view, slot, format),
      function: options.function?.(slot),
      source: options.source?.(slot),
      remark: options.remark?.(slot),
    });
  }
  return lines;
}

/** The same as text, laid out like `bpftool prog dump xlated linum`: numbered, sources in front. */
export function disassemble(code: Uint8Array, options: DisassembleOptions = {}): string {
  const lines: string[] = [];
  for (const line of disassembleLines(code, options)) {
    if (line.function !== undefined) lines.push(`${line.function}:`);
    if (line.source !== undefined) lines.push(`; ${line.source}`);
    const remark = line.remark === undefined ? "" : `  ; ${line.remark}`;
    lines.push(`${String(line.slot).padStart(4)}: ${line.text}${remark}`);
  }
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}
