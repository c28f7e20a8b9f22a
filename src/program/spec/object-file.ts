import { ErrorCode, MalformedError, TsbpfError } from "../../errors.ts";
import { ByteReader, decodeUtf8 } from "../../format/bytes/index.ts";
import {
  ElfConstant,
  readElf,
  readSymbols,
  type Elf,
  type ElfSection,
  type ElfSymbol,
} from "../../format/elf/index.ts";

/** What a section is for, by its name, type and flags. */
export type SectionRole =
  | "code"
  | "data"
  | "rodata"
  | "bss"
  | "arena"
  | "maps"
  | "legacy-maps"
  | "struct_ops"
  | "jumptables"
  | "btf"
  | "btf-ext"
  | "license"
  | "version"
  | "relocations"
  | "ignored"
  | "unknown";

/** An ELF file that is known to be a BPF object, its symbols and the roles of its sections. */
export interface ObjectFile {
  readonly elf: Elf;
  readonly symbols: readonly ElfSymbol[];
  /** At the index of the section. */
  readonly roles: readonly SectionRole[];
  /** The first section of each name. */
  readonly byName: ReadonlyMap<string, ElfSection>;
  /** Relocation sections by the index of the section that they relocate. */
  readonly relocations: ReadonlyMap<number, readonly ElfSection[]>;
  /** The section of subprograms, if it has code. */
  readonly text: ElfSection | undefined;
  /** Grows while the object is read. */
  readonly notes: string[];
}

/** RULES 1: a relocatable ELF64 file for BPF, or for no machine (LLVM before 3.9), with one symbol table. */
export function openObject(bytes: Uint8Array): ObjectFile {
  const elf = readElf(bytes);
  if (elf.type !== ElfConstant.ET_REL) {
    throw new MalformedError("a relocatable object (ET_REL, 1)", `e_type ${elf.type}`, 0x10);
  }
  if (elf.machine !== ElfConstant.EM_BPF && elf.machine !== ElfConstant.EM_NONE) {
    throw new TsbpfError(
      ErrorCode.UNSUPPORTED,
      `expected an object for BPF (e_machine ${ElfConstant.EM_BPF}), found e_machine ${elf.machine}`,
      { remedy: "compile with clang -target bpf" },
    );
  }
  const tables = elf.sections.filter((section) => section.type === ElfConstant.SHT_SYMTAB);
  const [table] = tables;
  if (table === undefined || tables.length > 1) {
    throw new MalformedError("exactly one symbol table", String(tables.length), undefined, {
      remedy: tables.length === 0 ? "do not strip symbols; llvm-strip -g keeps them" : undefined,
    });
  }
  const roles = elf.sections.map(roleOf);
  refuseDuplicates(elf, roles);
  const notes: string[] = [];
  elf.sections.forEach((section, index) => {
    if (roles[index] === "unknown") notes.push(`section ${section.name} is not known and was ignored`);
  });
  return {
    elf,
    symbols: readSymbols(elf, table),
    roles,
    byName: new Map(elf.sections.toReversed().map((section) => [section.name, section])),
    relocations: relocationsByTarget(elf, roles),
    text: elf.sections.find((section) => section.name === ".text" && roles[section.index] === "code"),
    notes,
  };
}

function relocationsByTarget(elf: Elf, roles: readonly SectionRole[]): Map<number, ElfSection[]> {
  const found = new Map<number, ElfSection[]>();
  for (const section of elf.sections) {
    if (roles[section.index] !== "relocations") continue;
    const list = found.get(section.info);
    if (list === undefined) found.set(section.info, [section]);
    else list.push(section);
  }
  return found;
}

/** Code may be spread over sections of one name; everything else that is found by its name has one section. */
function refuseDuplicates(elf: Elf, roles: readonly SectionRole[]): void {
  const seen = new Map<string, number>();
  for (const { index, name } of elf.sections) {
    const role = roles[index];
    if (role === "code" || role === "relocations" || role === "ignored" || role === "unknown") continue;
    const other = seen.get(name);
    if (other !== undefined) {
      throw new MalformedError(`one section ${name}`, `sections ${other} and ${index}`);
    }
    seen.set(name, index);
  }
}

/** The sections with a role, in file order. */
export function sectionsOf(file: ObjectFile, ...wanted: readonly SectionRole[]): ElfSection[] {
  return file.elf.sections.filter((section) => wanted.includes(file.roles[section.index] ?? "ignored"));
}

/** RULES 2: at most 63 characters of the `license` section; "" where there is none. */
export function readLicense(file: ObjectFile): string {
  const bytes = sectionsOf(file, "license")[0]?.bytes.subarray(0, 63);
  if (bytes === undefined) return "";
  const end = bytes.indexOf(0);
  return decodeUtf8(end < 0 ? bytes : bytes.subarray(0, end));
}

/** RULES 2: the four bytes of the `version` section. */
export function readKernelVersion(file: ObjectFile): number | undefined {
  const section = sectionsOf(file, "version")[0];
  if (section === undefined) return undefined;
  if (section.bytes.length !== 4) {
    throw new MalformedError("4 bytes in section version", `${section.bytes.length}`, section.offset);
  }
  return new ByteReader(section.bytes, file.elf.littleEndian).u32(0);
}

const BY_NAME: ReadonlyMap<string, SectionRole> = new Map<string, SectionRole>([
  ["license", "license"],
  ["version", "version"],
  ["maps", "legacy-maps"],
  [".maps", "maps"],
  [".BTF", "btf"],
  [".BTF.ext", "btf-ext"],
]);

const DATA: ReadonlyMap<string, SectionRole> = new Map<string, SectionRole>([
  [".struct_ops", "struct_ops"],
  [".struct_ops.link", "struct_ops"],
  ["?.struct_ops", "struct_ops"],
  ["?.struct_ops.link", "struct_ops"],
  // clang's name for address space 1, which bpf_arena programs use (libbpf's ARENA_SEC).
  [".addr_space.1", "arena"],
  [".jumptables", "jumptables"],
]);

/** The decisions of libbpf's bpf_object__elf_collect; what no loader looks at is "ignored" without a note. */
function roleOf(section: ElfSection): SectionRole {
  const { name, type } = section;
  if (type === ElfConstant.SHT_REL || type === ElfConstant.SHT_RELA) {
    return /^\.rela?\.(debug_|BTF)/.test(name) ? "ignored" : "relocations";
  }
  if (type === ElfConstant.SHT_NOBITS) {
    return isFamily(name, ".bss") && section.size > 0 ? "bss" : "ignored";
  }
  if (type !== ElfConstant.SHT_PROGBITS || name.startsWith(".debug_")) return "ignored";
  const named = BY_NAME.get(name);
  if (named !== undefined) return named;
  if (section.size === 0) return "ignored";
  if ((section.flags & ElfConstant.SHF_EXECINSTR) !== 0) return "code";
  if (isFamily(name, ".data")) return "data";
  if (isFamily(name, ".rodata")) return "rodata";
  // Compilers' remarks, such as the version string of Debian's clang.
  if (name === ".comment" || name.startsWith(".note") || name === ".eh_frame") return "ignored";
  return DATA.get(name) ?? "unknown";
}

function isFamily(name: string, stem: string): boolean {
  return name === stem || name.startsWith(`${stem}.`);
}
