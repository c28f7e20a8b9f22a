import { ErrorCode, MalformedError, TsbpfError, within } from "../../errors.ts";
import { insnOpcode } from "../../format/abi/index.ts";
import { ElfConstant, type ElfSymbol } from "../../format/elf/index.ts";
import { isExtern } from "./externs.ts";
import { findFunction, SLOT, type CodeMap, type CodeRange } from "./functions.ts";
import type { MapPlaces } from "./map-places.ts";
import { sectionsOf, type ObjectFile } from "./object-file.ts";
import { readReferences } from "./references.ts";
import type { CodeRelocation } from "./types.ts";

/** `BPF_LD | BPF_IMM | BPF_DW` and `BPF_JMP | BPF_CALL`. */
const LDIMM64 = 0x18;
const CALL = 0x85;

/** What code may refer to. */
export interface CodeTargets {
  readonly code: CodeMap;
  readonly maps: MapPlaces;
  /** Names of externs. */
  readonly externs: ReadonlySet<string>;
}

/**
 * Sorts the relocations of code to its functions and says what each refers to. Those of code that belongs to no
 * function are skipped (RULES 35). Calls inside `.text`, which the assembler resolves, are found in the code.
 */
export function readCodeRelocations(file: ObjectFile, targets: CodeTargets): void {
  for (const relocations of sectionsOf(file, "relocations")) {
    const role = file.roles[relocations.info];
    if (role === "data" || role === "rodata" || role === "arena") {
      file.notes.push(`${relocations.name}: addresses in data are not relocated; they stay zero`);
    }
    if (role !== "code") continue;
    for (const { offset, symbol } of readReferences(file, relocations)) {
      const range = findFunction(targets.code, relocations.info, offset);
      if (range === undefined) continue;
      within(`function "${range.symbols[0]?.name}": instruction ${(offset - range.start) / SLOT}`, () =>
        range.relocations.push(
          within(`reference to ${describe(file, symbol)}`, () =>
            resolveReference(file, targets, range, offset, symbol),
          ),
        ),
      );
    }
  }
  for (const ranges of targets.code.values()) {
    for (const range of ranges) {
      addLocalCalls(file, targets, range);
      range.relocations.sort((a, b) => a.instruction - b.instruction);
    }
  }
}

function describe(file: ObjectFile, symbol: ElfSymbol): string {
  return symbol.name === ""
    ? `section ${file.elf.sections[symbol.section]?.name ?? symbol.section}`
    : symbol.name;
}

function resolveReference(
  file: ObjectFile,
  targets: CodeTargets,
  range: CodeRange,
  offset: number,
  symbol: ElfSymbol,
): CodeRelocation {
  if (offset % SLOT !== 0) throw new MalformedError("the start of an instruction", `byte ${offset}`);
  const insn = readInsn(file, range, offset);
  const instruction = (offset - range.start) / SLOT;
  if (insn.code !== CALL && insn.code !== LDIMM64) {
    throw new MalformedError("a call or a 64-bit load", `opcode 0x${insn.code.toString(16)}`);
  }
  if (insn.code === LDIMM64 && offset + 2 * SLOT > range.end) {
    throw new MalformedError("two slots for a 64-bit load", "the end of the function");
  }
  if (isExtern(symbol)) {
    if (targets.externs.has(symbol.name)) return { kind: "extern", instruction, extern: symbol.name };
    throw new TsbpfError(ErrorCode.RELOCATION, "expected a definition or an extern with BTF, found neither", {
      remedy: "declare it with __ksym or __kconfig and compile with -g, or link the object that defines it",
    });
  }
  if (insn.code === CALL) {
    if (insn.source !== insnOpcode.BPF_PSEUDO_CALL) {
      throw new MalformedError("a call of a subprogram (src_reg 1)", `src_reg ${insn.source}`);
    }
    // RULES 30: clang lets calls of static functions refer to the section, with the offset in imm.
    const target = Number(symbol.value) / SLOT + insn.imm + 1;
    return { kind: "call", instruction, target: requireSubprogram(file, targets, symbol.section, target) };
  }
  return resolveLoad(file, targets, instruction, insn.imm, symbol);
}

/** A 64-bit load: of a map, of data, or of a function's address. */
function resolveLoad(
  file: ObjectFile,
  targets: CodeTargets,
  instruction: number,
  addend: number,
  symbol: ElfSymbol,
): CodeRelocation {
  const role = symbol.section === ElfConstant.SHN_UNDEF ? undefined : file.roles[symbol.section];
  // RULES 32: a static variable's offset is in the addend, a global's in the symbol.
  const offset = Number(symbol.value) + addend;
  switch (role) {
    case "code":
      return {
        kind: "function",
        instruction,
        target: requireSubprogram(file, targets, symbol.section, offset / SLOT),
      };
    case "maps":
    case "legacy-maps": {
      const map = targets.maps.find(symbol.section, offset);
      if (map?.start === offset) return { kind: "map", instruction, map: map.spec.name };
      throw new TsbpfError(
        ErrorCode.RELOCATION,
        `expected the start of a map definition, found byte ${offset}`,
      );
    }
    case "data":
    case "rodata":
    case "bss":
    case "arena": {
      const map = targets.maps.find(symbol.section, 0);
      if (map !== undefined) return { kind: "data", instruction, map: map.spec.name, offset };
      break;
    }
    case "jumptables":
      throw new TsbpfError(ErrorCode.UNSUPPORTED, "expected code without jump tables, found one", {
        remedy: "compile with -fno-jump-tables",
      });
    default:
  }
  const special = symbol.section >= ElfConstant.SHN_LORESERVE || symbol.section === ElfConstant.SHN_UNDEF;
  throw new TsbpfError(
    ErrorCode.RELOCATION,
    `expected a map, a data section or a function, found ${special ? `special section 0x${symbol.section.toString(16)}` : `section ${file.elf.sections[symbol.section]?.name ?? symbol.section}`}`,
    { remedy: symbol.section === ElfConstant.SHN_COMMON ? "initialise the variable" : undefined },
  );
}

/** Subprograms are in `.text`: a copy of each goes behind the program that calls it (RULES 31). */
function requireSubprogram(file: ObjectFile, targets: CodeTargets, section: number, slot: number): number {
  if (file.text === undefined || section !== file.text.index) {
    const found = file.elf.sections[section]?.name ?? `section ${section}`;
    throw new TsbpfError(
      ErrorCode.RELOCATION,
      `expected a function in section .text, found one in ${found}`,
      {
        remedy: "a program that is called must have no SEC()",
      },
    );
  }
  if (findFunction(targets.code, section, slot * SLOT)?.start !== slot * SLOT) {
    throw new TsbpfError(
      ErrorCode.RELOCATION,
      `expected the start of a function, found slot ${slot} of .text`,
    );
  }
  return slot;
}

/** RULES 30, without relocation: the distance counts from the next instruction. */
function addLocalCalls(file: ObjectFile, targets: CodeTargets, range: CodeRange): void {
  const relocated = new Set(range.relocations.map(({ instruction }) => instruction));
  for (let offset = range.start; offset < range.end; offset += SLOT) {
    const insn = readInsn(file, range, offset);
    const isLoad = insn.code === LDIMM64;
    const isCall = insn.code === CALL && insn.source === insnOpcode.BPF_PSEUDO_CALL;
    const isAddress = isLoad && insn.source === insnOpcode.BPF_PSEUDO_FUNC;
    const instruction = (offset - range.start) / SLOT;
    if ((isCall || isAddress) && !relocated.has(instruction)) {
      const target = within(`function "${range.symbols[0]?.name}": instruction ${instruction}`, () =>
        requireSubprogram(file, targets, range.section.index, offset / SLOT + insn.imm + 1),
      );
      range.relocations.push({ kind: isCall ? "call" : "function", instruction, target });
    }
    if (isLoad) offset += SLOT;
  }
}

interface Insn {
  readonly code: number;
  readonly source: number;
  readonly imm: number;
}

/** The three fields that matter here; `struct bpf_insn` has its register nibbles in the object's bit order. */
function readInsn(file: ObjectFile, { section: { bytes } }: CodeRange, offset: number): Insn {
  const registers = bytes[offset + 1] ?? 0;
  const byte = (index: number): number => bytes[offset + 4 + index] ?? 0;
  const little = file.elf.littleEndian;
  return {
    code: bytes[offset] ?? 0,
    source: little ? registers >> 4 : registers & 0xf,
    imm: little
      ? byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24)
      : byte(3) | (byte(2) << 8) | (byte(1) << 16) | (byte(0) << 24),
  };
}
