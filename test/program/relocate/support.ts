import { encodeBtf, readBtf, type Btf, type BtfMember, type BtfType } from "../../../src/format/btf/index.ts";
import { encodeInstructions, type Instruction } from "../../../src/format/insn/index.ts";
import type { Machine, MachineFeatures } from "../../../src/program/relocate/index.ts";
import type {
  CoreRelocation,
  FunctionSpec,
  ObjectSpec,
  ProgramSpec,
} from "../../../src/program/spec/index.ts";

/** Types of the object or the kernel; the first has id 1. */
export function btfOf(types: readonly BtfType[], littleEndian = true, base?: Btf): Btf {
  return readBtf(encodeBtf(types, { littleEndian, base }), { base });
}

export const int = (
  name = "int",
  size = 4,
  encoding: "none" | "signed" | "bool" | "char" = "signed",
  offset = 0,
): BtfType => ({ kind: "int", name, size, bits: size * 8 - offset, offset, encoding });
export const ptr = (type: number): BtfType => ({ kind: "ptr", name: "", type, attribute: false });
export const typedef = (name: string, type: number): BtfType => ({
  kind: "typedef",
  name,
  type,
  attribute: false,
});
export const constant = (type: number): BtfType => ({ kind: "const", name: "", type, attribute: false });
export const array = (type: number, length: number): BtfType => ({
  kind: "array",
  name: "",
  type,
  indexType: 1,
  length,
});
export const fwd = (name: string, union = false): BtfType => ({ kind: "fwd", name, union });
export const float = (name: string, size: number): BtfType => ({ kind: "float", name, size });
export const func = (
  name: string,
  type: number,
  linkage: "static" | "global" | "extern" = "global",
): BtfType => ({
  kind: "func",
  name,
  type,
  linkage,
});
export const variable = (
  name: string,
  type: number,
  linkage: "static" | "global" | "extern" = "global",
): BtfType => ({
  kind: "var",
  name,
  type,
  linkage,
});
export const proto = (returnType: number, ...types: number[]): BtfType => ({
  kind: "func_proto",
  name: "",
  returnType,
  parameters: types.map((type, index) => ({ name: `p${index}`, type })),
});
/** Members as `[name, type, bit offset, bits]`. */
export const struct = (
  name: string,
  size: number,
  members: readonly (readonly [string, number, number, number?])[],
  kind: "struct" | "union" = "struct",
): BtfType => ({
  kind,
  name,
  size,
  hasBitfields: members.some(([, , , bits]) => bits !== undefined),
  members: members.map(([member, type, bitOffset, bitSize = 0]): BtfMember => ({
    name: member,
    type,
    bitOffset,
    bitSize,
  })),
});
export const enumeration = (
  name: string,
  values: Readonly<Record<string, bigint>>,
  kind: "enum" | "enum64" = "enum",
  signed = false,
): BtfType => ({
  kind,
  name,
  size: kind === "enum" ? 4 : 8,
  signed,
  values: Object.entries(values).map(([value, number]) => ({ name: value, value: number })),
});

export const features: MachineFeatures = {
  bpfCookie: true,
  syscallWrapper: true,
  probeReadKernel: true,
  globalData: true,
  btf: true,
  btfFunc: true,
  btfFuncGlobal: true,
  btfDatasec: true,
  btfFloat: true,
  btfDeclTag: true,
  btfTypeTag: true,
  btfEnum64: true,
  btfQmarkDatasec: true,
};

/** A machine that answers from data; what is not given would be an unexpected question and throws. */
export function machineOf(parts: Partial<Machine> = {}): Machine {
  const unexpected = (what: string) => (): never => {
    throw new Error(`the machine was asked for its ${what}`);
  };
  return {
    btf: undefined,
    customBtf: false,
    modules: unexpected("modules"),
    kconfig: unexpected("kconfig"),
    symbols: unexpected("symbols"),
    kernelVersion: (6 << 16) | (18 << 8) | 44,
    features,
    ...parts,
  };
}

/** An instruction, most fields 0. */
export const insn = (opcode: number, fields: Partial<Instruction> = {}): Instruction => ({
  opcode,
  dst: 0,
  src: 0,
  off: 0,
  imm: 0,
  ...fields,
});
export const mov = (dst: number, imm: number): Instruction => insn(0xb7, { dst, imm });
export const exit: Instruction = insn(0x95);
export const call: Instruction = insn(0x85, { src: 1, imm: -1 });
export const ldimm64 = (dst: number, imm = 0n): Instruction => insn(0x18, { dst, imm });
export const ldx = (size: 1 | 2 | 4 | 8, off: number): Instruction =>
  insn({ 1: 0x71, 2: 0x69, 4: 0x61, 8: 0x79 }[size], { dst: 1, src: 1, off });

/** A function from instructions; `offset` is its slot in the section. */
export function functionOf(
  name: string,
  instructions: readonly Instruction[],
  parts: Partial<FunctionSpec> & { readonly littleEndian?: boolean } = {},
): FunctionSpec {
  const { littleEndian = true, ...rest } = parts;
  return {
    name,
    section: ".text",
    offset: 0,
    code: encodeInstructions(instructions, littleEndian),
    linkage: "global",
    hidden: false,
    relocations: [],
    coreRelocations: [],
    btfId: undefined,
    lines: [],
    ...rest,
  };
}

export function programOf(
  name: string,
  instructions: readonly Instruction[],
  parts: Partial<ProgramSpec> & { readonly littleEndian?: boolean } = {},
): ProgramSpec {
  return {
    ...functionOf(name, instructions, { section: "socket", ...parts }),
    sectionName: "socket",
    definition: undefined,
    type: "socket_filter",
    expectedAttachType: undefined,
    flags: 0,
    target: undefined,
    autoload: true,
    ...withoutOrder(parts),
  };
}

function withoutOrder(
  parts: Partial<ProgramSpec> & { readonly littleEndian?: boolean },
): Partial<ProgramSpec> {
  const { littleEndian: _, ...rest } = parts;
  return rest;
}

export function objectOf(parts: Partial<ObjectSpec>): ObjectSpec {
  return {
    name: "test",
    littleEndian: true,
    license: "GPL",
    kernelVersion: undefined,
    programs: [],
    subprograms: [],
    maps: [],
    variables: [],
    externs: [],
    btf: undefined,
    notes: [],
    ...parts,
  };
}

/** An object of one program of the given instructions, with a CO-RE relocation on each that names one. */
export function coreObject(
  btf: Btf,
  steps: readonly (readonly [Instruction, Omit<CoreRelocation, "instruction">?])[],
  littleEndian = true,
): ObjectSpec {
  const coreRelocations: CoreRelocation[] = [];
  let slot = 0;
  for (const [instruction, relocation] of steps) {
    if (relocation !== undefined) coreRelocations.push({ instruction: slot, ...relocation });
    slot += typeof instruction.imm === "bigint" ? 2 : 1;
  }
  const program = programOf(
    "p",
    steps.map(([instruction]) => instruction),
    { coreRelocations, littleEndian },
  );
  return objectOf({ btf, littleEndian, programs: [program] });
}
