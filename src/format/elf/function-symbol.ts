import type { ByteReader } from "../bytes/index.ts";
import type { Executable } from "./executable.ts";
import { ElfConstant } from "./types.ts";

/** `STT_GNU_IFUNC`: a function that chooses another when the program is linked. */
export const STT_GNU_IFUNC = 10;

/** An entry of a symbol table as it stands there. */
export interface SymbolEntry {
  readonly nameOffset: number;
  /** `st_value`: an address. */
  readonly address: number;
  /** Bytes; 0 where the compiler said none. */
  readonly size: number;
  /** `STT_*` */
  readonly type: number;
  /** `STB_*` */
  readonly binding: number;
  /** `st_shndx` */
  readonly section: number;
}

/** A symbol of a function, with what its name says. */
export interface FunctionSymbol extends SymbolEntry {
  readonly name: string;
  /** `GLIBC_2.17`; undefined where the library has no versions. */
  readonly version: string | undefined;
  /** Whether a new link takes this one: `name@@VERSION`. */
  readonly isDefault: boolean;
}

/** Decodes `Elf64_Sym` or `Elf32_Sym`. */
export function readSymbol(file: Executable, reader: ByteReader, at: number): SymbolEntry {
  const wide = file.bits === 64;
  const info = reader.u8(at + (wide ? 4 : 12));
  return {
    nameOffset: reader.u32(at),
    address: wide ? reader.size(at + 8) : reader.u32(at + 4),
    size: wide ? reader.size(at + 16) : reader.u32(at + 8),
    type: info & 0xf,
    binding: info >> 4,
    section: reader.u16(at + (wide ? 6 : 14)),
  };
}

/** Whether a symbol is code that is in this file. */
export function isFunction({ type, section, address }: SymbolEntry): boolean {
  return section !== ElfConstant.SHN_UNDEF && address !== 0 && mayBeFunction(type);
}

/** Whether a symbol of this `STT_*` may be a function: assembly leaves its functions without a type. */
export function mayBeFunction(type: number): boolean {
  return type === ElfConstant.STT_FUNC || type === STT_GNU_IFUNC || type === ElfConstant.STT_NOTYPE;
}
