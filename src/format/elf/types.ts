/** Constants of elf(5) that readers of {@link Elf} need. */
export const ElfConstant = {
  ET_REL: 1,
  ET_EXEC: 2,
  ET_DYN: 3,
  EM_NONE: 0,
  EM_BPF: 247,
  SHT_NULL: 0,
  SHT_PROGBITS: 1,
  SHT_SYMTAB: 2,
  SHT_STRTAB: 3,
  SHT_RELA: 4,
  SHT_NOTE: 7,
  SHT_NOBITS: 8,
  SHT_REL: 9,
  SHT_DYNSYM: 11,
  SHT_SYMTAB_SHNDX: 18,
  SHT_LLVM_ADDRSIG: 0x6fff4c03,
  SHF_WRITE: 1,
  SHF_ALLOC: 2,
  SHF_EXECINSTR: 4,
  SHN_UNDEF: 0,
  SHN_LORESERVE: 0xff00,
  SHN_ABS: 0xfff1,
  SHN_COMMON: 0xfff2,
  SHN_XINDEX: 0xffff,
  STB_LOCAL: 0,
  STB_GLOBAL: 1,
  STB_WEAK: 2,
  STT_NOTYPE: 0,
  STT_OBJECT: 1,
  STT_FUNC: 2,
  STT_SECTION: 3,
  STT_FILE: 4,
  STV_DEFAULT: 0,
  STV_INTERNAL: 1,
  STV_HIDDEN: 2,
  STV_PROTECTED: 3,
  PT_LOAD: 1,
  PT_NOTE: 4,
  PF_X: 1,
  PF_W: 2,
  PF_R: 4,
} as const;

/** A decoded ELF64 file. It refers to the bytes it was read from and owns nothing. */
export interface Elf {
  readonly littleEndian: boolean;
  /** `e_type` */
  readonly type: number;
  /** `e_machine` */
  readonly machine: number;
  /** All sections in file order; index 0 is the null section. */
  readonly sections: readonly ElfSection[];
  readonly segments: readonly ElfSegment[];
}

/** A section header and its content. */
export interface ElfSection {
  readonly index: number;
  readonly name: string;
  /** `sh_type` */
  readonly type: number;
  /** `sh_flags` */
  readonly flags: number;
  /** `sh_addr` */
  readonly address: bigint;
  /** File offset in bytes. */
  readonly offset: number;
  /** Bytes, also of a section without content in the file (`SHT_NOBITS`). */
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly alignment: number;
  readonly entrySize: number;
  /** A view of the file's bytes; empty for `SHT_NOBITS`. */
  readonly bytes: Uint8Array;
}

/** A program header. */
export interface ElfSegment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: bigint;
  readonly fileSize: number;
  readonly memorySize: number;
}

/** A symbol of a symbol table. */
export interface ElfSymbol {
  /** Index in its table. */
  readonly index: number;
  readonly name: string;
  /** `st_value`: in relocatable files an offset in its section, elsewhere an address. */
  readonly value: bigint;
  readonly size: number;
  /** `STT_*` */
  readonly type: number;
  /** `STB_*` */
  readonly binding: number;
  /** `STV_*` */
  readonly visibility: number;
  /** `st_shndx`: section index or `SHN_*`; `SHN_XINDEX` is already replaced by the real index. */
  readonly section: number;
}

/** An entry of a `SHT_REL` or `SHT_RELA` section. */
export interface ElfRelocation {
  /** Byte offset in the section that is relocated. */
  readonly offset: number;
  /** Index in the symbol table. */
  readonly symbol: number;
  /** `ELF64_R_TYPE` */
  readonly type: number;
  /** `SHT_RELA` only; 0 for `SHT_REL`. */
  readonly addend: bigint;
}
