import { argumentError } from "../../errors.ts";
import { InstructionView, isWideLoad } from "./view.ts";

/** One instruction as data; a ldimm64 is one of these, though it takes two slots. */
export interface Instruction {
  /** Class, operation and source or mode and size: `insnOpcode` of the abi room. */
  readonly opcode: number;
  /** 0–15. */
  readonly dst: number;
  /** 0–15; a `BPF_PSEUDO_*` in ldimm64 and calls. */
  readonly src: number;
  /** Signed 16 bits. */
  readonly off: number;
  /** Signed 32 bits; the unsigned 64-bit constant of a ldimm64 is a bigint. */
  readonly imm: number | bigint;
}

/** The instructions of a program. A ldimm64 that is cut off by the end is given with a 32-bit `imm`. */
export function decodeInstructions(code: Uint8Array, littleEndian = true): Instruction[] {
  const view = new InstructionView(code, littleEndian);
  const list: Instruction[] = [];
  for (let slot = 0; slot < view.length; slot += view.slots(slot)) {
    list.push({
      opcode: view.opcode(slot),
      dst: view.dst(slot),
      src: view.src(slot),
      off: view.off(slot),
      imm: view.isWide(slot) ? view.imm64(slot) : view.imm(slot),
    });
  }
  return list;
}

/**
 * Machine code of instructions, in its own buffer; a bigint `imm` makes a ldimm64 of two slots. Values that
 * do not fit their field are an ARGUMENT error: a cut-off constant would be another program.
 */
export function encodeInstructions(list: readonly Instruction[], littleEndian = true): Uint8Array {
  const slots = list.reduce((sum, { imm }) => sum + (typeof imm === "bigint" ? 2 : 1), 0);
  const view = new InstructionView(new Uint8Array(slots * 8), littleEndian);
  let slot = 0;
  for (const { opcode, dst, src, off, imm } of list) {
    need("opcode", opcode, 0, 0xff);
    need("dst", dst, 0, 15);
    need("src", src, 0, 15);
    need("off", off, -0x8000, 0x7fff);
    view.setOpcode(slot, opcode);
    view.setDst(slot, dst);
    view.setSrc(slot, src);
    view.setOff(slot, off);
    if (typeof imm === "bigint") {
      if (!isWideLoad(opcode)) {
        throw argumentError(`opcode 0x${opcode.toString(16)}: expected a number as imm, found a bigint`);
      }
      view.setImm64(slot, imm);
      slot += 2;
    } else {
      // Both readings of 32 bits are welcome: masks are written unsigned, differences signed.
      need("imm", imm, -0x80000000, 0xffffffff);
      view.setImm(slot, imm);
      slot += 1;
    }
  }
  return view.bytes;
}

function need(field: string, value: number, lowest: number, highest: number): void {
  if (Number.isInteger(value) && value >= lowest && value <= highest) return;
  throw argumentError(`${field}: expected an integer from ${lowest} to ${highest}, found ${value}`);
}
