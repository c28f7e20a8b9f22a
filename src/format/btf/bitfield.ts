import { resolve } from "./resolve.ts";
import type { Btf, BtfMember } from "./types.ts";

/** Where a bitfield lies. */
export interface Bitfield {
  /** From the start of the struct. */
  readonly bitOffset: number;
  readonly bitSize: number;
}

/**
 * The place of a member that is a bitfield, undefined for any other. Compilers before kind_flag (Linux 5.0)
 * say it in an int type of fewer bits than its storage instead.
 */
export function bitfieldOf(btf: Btf, member: BtfMember): Bitfield | undefined {
  if (member.bitSize > 0) return member;
  const id = resolve(btf, member.type);
  if (btf.kind(id) !== "int") return undefined;
  const type = btf.type(id);
  if (type.kind !== "int" || type.bits === 0 || (type.bits === type.size * 8 && type.offset === 0)) {
    return undefined;
  }
  return { bitOffset: member.bitOffset + type.offset, bitSize: type.bits };
}
