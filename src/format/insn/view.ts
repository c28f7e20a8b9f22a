import { MalformedError } from "../../errors.ts";
import { insnOpcode } from "../abi/index.ts";

/** `BPF_LD | BPF_IMM | BPF_DW`: the only instruction of two slots. */
const WIDE_LOAD = insnOpcode.BPF_LD | insnOpcode.BPF_IMM | insnOpcode.BPF_DW;

/** Whether an opcode is that of ldimm64, which takes two slots. */
export function isWideLoad(opcode: number): boolean {
  return opcode === WIDE_LOAD;
}

/**
 * Reads and writes the fields of instructions in place, in either byte order. Every index is a slot of
 * 8 bytes (`struct bpf_insn`); a ldimm64 fills two of them. Nothing is copied: setters change the bytes.
 *
 * The two registers share a byte as C bitfields, which a big-endian compiler fills from the top: there the
 * destination is the high nibble (UAPI bpf.h, `__u8 dst_reg:4`).
 */
export class InstructionView {
  readonly bytes: Uint8Array;
  readonly littleEndian: boolean;
  private readonly view: DataView;

  /** A length that is no multiple of 8 is a MALFORMED error. */
  constructor(bytes: Uint8Array, littleEndian = true) {
    if (bytes.length % 8 !== 0) {
      throw new MalformedError("instructions of 8 bytes", `${bytes.length} bytes`, bytes.length & ~7);
    }
    this.bytes = bytes;
    this.littleEndian = littleEndian;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Slots. */
  get length(): number {
    return this.bytes.length >>> 3;
  }

  opcode(slot: number): number {
    return this.view.getUint8(this.at(slot));
  }

  dst(slot: number): number {
    const registers = this.view.getUint8(this.at(slot) + 1);
    return this.littleEndian ? registers & 15 : registers >> 4;
  }

  src(slot: number): number {
    const registers = this.view.getUint8(this.at(slot) + 1);
    return this.littleEndian ? registers >> 4 : registers & 15;
  }

  /** Signed 16 bits. */
  off(slot: number): number {
    return this.view.getInt16(this.at(slot) + 2, this.littleEndian);
  }

  /** Signed 32 bits. */
  imm(slot: number): number {
    return this.view.getInt32(this.at(slot) + 4, this.littleEndian);
  }

  setOpcode(slot: number, value: number): void {
    this.view.setUint8(this.at(slot), value);
  }

  setDst(slot: number, value: number): void {
    this.setRegisters(slot, value, this.src(slot));
  }

  setSrc(slot: number, value: number): void {
    this.setRegisters(slot, this.dst(slot), value);
  }

  setOff(slot: number, value: number): void {
    this.view.setInt16(this.at(slot) + 2, value, this.littleEndian);
  }

  setImm(slot: number, value: number): void {
    this.view.setInt32(this.at(slot) + 4, value, this.littleEndian);
  }

  /** Whether a whole ldimm64 starts here: the opcode, and a second slot behind it. */
  isWide(slot: number): boolean {
    return isWideLoad(this.opcode(slot)) && slot + 1 < this.length;
  }

  /** Slots of the instruction that starts here: 2 for a whole ldimm64. */
  slots(slot: number): 1 | 2 {
    return this.isWide(slot) ? 2 : 1;
  }

  /** The constant of a ldimm64, unsigned: the low half is in its first slot, whatever the byte order. */
  imm64(slot: number): bigint {
    const low = BigInt(this.imm(slot) >>> 0);
    return (BigInt(this.imm(slot + 1) >>> 0) << 32n) | low;
  }

  setImm64(slot: number, value: bigint): void {
    this.setImm(slot, Number(BigInt.asIntN(32, value)));
    this.setImm(slot + 1, Number(BigInt.asIntN(32, value >> 32n)));
  }

  private setRegisters(slot: number, dst: number, src: number): void {
    const [low, high] = this.littleEndian ? [dst, src] : [src, dst];
    this.view.setUint8(this.at(slot) + 1, (low & 15) | ((high & 15) << 4));
  }

  private at(slot: number): number {
    if (!(slot >= 0 && slot < this.length)) {
      throw new MalformedError(`an instruction below ${this.length}`, `instruction ${slot}`, slot * 8);
    }
    return slot * 8;
  }
}
