import { MalformedError, within } from "../../errors.ts";
import { readBtf, type Btf, type BtfSectionVariable } from "../../format/btf/index.ts";
import { ElfConstant, type ElfSymbol } from "../../format/elf/index.ts";
import { BTF_TYPE, btfRecords, btfStrings, type BtfRecord } from "./btf-records.ts";
import type { Externs } from "./externs.ts";
import { isHidden } from "./functions.ts";
import type { ObjectFile } from "./object-file.ts";

/** Bytes of `struct btf_var_secinfo`. */
const SECTION_VARIABLE = 12;
/** `BTF_VAR_STATIC`, `BTF_FUNC_STATIC`, `BTF_VAR_GLOBAL_ALLOCATED`, `BTF_FUNC_GLOBAL`. */
const STATIC = 0;
const GLOBAL = 1;

/**
 * What the compiler could not know and the kernel demands, filled in from the ELF file, in a copy of the bytes:
 * sizes of sections and offsets of their variables (RULES 10), hidden symbols as static ones (RULES 9), the layout
 * of `.kconfig` (RULES 25). Ids do not move. `.ksyms` is left as it is: its types are still needed to find the
 * kernel's, and only loading makes variables of them.
 */
export function fixupBtf(file: ObjectFile, btf: Btf, externs: Externs): Btf {
  return new Fixup(file, btf, externs).run();
}

class Fixup {
  private readonly file: ObjectFile;
  private readonly btf: Btf;
  private readonly externs: Externs;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly records: BtfRecord[];
  /** Global variables by name (RULES 10). */
  private readonly symbols: ReadonlyMap<string, ElfSymbol>;

  constructor(file: ObjectFile, btf: Btf, externs: Externs) {
    this.file = file;
    this.btf = btf;
    this.externs = externs;
    this.bytes = new Uint8Array(btf.bytes);
    this.view = new DataView(this.bytes.buffer);
    this.records = [...btfRecords(btf)];
    this.symbols = new Map(
      file.symbols
        .filter(
          (symbol) => symbol.type === ElfConstant.STT_OBJECT && symbol.binding !== ElfConstant.STB_LOCAL,
        )
        .map((symbol) => [symbol.name, symbol]),
    );
  }

  run(): Btf {
    for (const record of this.records) {
      if (record.kind !== "datasec") continue;
      const name = this.btf.name(record.id);
      within(`section ${name}`, () => {
        if (name === ".kconfig") this.layOutKconfig(record);
        else if (name !== ".ksyms") this.fillSection(record, name);
        this.sortVariables(record);
      });
    }
    this.hideFunctions();
    return readBtf(this.bytes, { littleEndian: this.btf.littleEndian });
  }

  private fillSection(record: BtfRecord, name: string): void {
    // The static linker has filled in sizes and offsets already; hiding remains to be done.
    const fill = this.word(record.offset + 8) === 0;
    if (fill) {
      const size = this.file.byName.get(name)?.size ?? 0;
      if (size === 0) throw this.noSection(name);
      this.setWord(record.offset + 8, size);
    }
    this.variables(record).forEach((variable, index) => {
      const type = this.btf.type(variable.type);
      if (type.kind !== "var") throw new MalformedError("variables", `type ${variable.type}, a ${type.kind}`);
      // A static variable's offset is in the addend, which clang has written into the BTF.
      if (type.linkage !== "global") return;
      const symbol = this.symbols.get(type.name);
      if (symbol === undefined) throw new MalformedError(`an ELF symbol for variable ${type.name}`, "none");
      if (fill) this.setWord(this.variableAt(record, index) + 4, Number(symbol.value & 0xffffffffn));
      if (isHidden(symbol)) this.setLinkage(variable.type, STATIC);
    });
  }

  /** clang 14 moves a lone constant array into `.rodata.cst32` while its BTF says `.rodata`; libbpf refuses it too. */
  private noSection(name: string): MalformedError {
    const moved = [...this.file.byName.keys()].filter((other) => other.startsWith(`${name}.cst`));
    return new MalformedError(
      `an ELF section ${name} with content`,
      moved.length === 0 ? "none" : moved.join(", "),
      undefined,
      { remedy: moved.length === 0 ? undefined : "make the constant volatile, or use a newer clang" },
    );
  }

  private layOutKconfig(record: BtfRecord): void {
    const offsets = new Map(
      this.externs.list.flatMap((extern) =>
        extern.kind === "kconfig" ? [[extern.name, extern.offset]] : [],
      ),
    );
    this.setWord(record.offset + 8, this.externs.kconfigSize);
    this.variables(record).forEach((variable, index) => {
      const offset = offsets.get(this.btf.name(variable.type));
      if (offset === undefined) return;
      this.setWord(this.variableAt(record, index) + 4, offset);
      // The kernel knows static and global variables only (btf_var_check_meta, kernel/bpf/btf.c).
      this.setLinkage(variable.type, GLOBAL);
    });
  }

  /** The kernel wants offsets to ascend. */
  private sortVariables(record: BtfRecord): void {
    const start = this.variableAt(record, 0);
    const entries = Array.from({ length: this.variables(record).length }, (_, index) => {
      const at = start + index * SECTION_VARIABLE;
      return { offset: this.word(at + 4), bytes: this.bytes.slice(at, at + SECTION_VARIABLE) };
    });
    entries.sort((a, b) => a.offset - b.offset);
    entries.forEach((entry, index) => this.bytes.set(entry.bytes, start + index * SECTION_VARIABLE));
  }

  private hideFunctions(): void {
    const text = this.file.text?.index;
    const hidden = new Set(
      this.file.symbols
        .filter(
          (symbol) => symbol.type === ElfConstant.STT_FUNC && symbol.section === text && isHidden(symbol),
        )
        .map((symbol) => symbol.name),
    );
    if (hidden.size === 0) return;
    const strings = btfStrings(this.btf);
    for (const record of this.records) {
      if (record.kind !== "func" || record.length !== GLOBAL) continue;
      if (!hidden.has(strings.at(record.nameOffset))) continue;
      // The linkage of a function stands in the 16 bits of its length.
      this.setWord(record.offset + 4, (this.word(record.offset + 4) & ~0xffff) >>> 0);
    }
  }

  private variables(record: BtfRecord): readonly BtfSectionVariable[] {
    const type = this.btf.type(record.id);
    return type.kind === "datasec" ? type.variables : [];
  }

  private variableAt(record: BtfRecord, index: number): number {
    return record.offset + BTF_TYPE + index * SECTION_VARIABLE;
  }

  private setLinkage(id: number, linkage: number): void {
    const record = this.records[id - this.btf.firstId];
    if (record !== undefined) this.setWord(record.offset + BTF_TYPE, linkage);
  }

  private word(offset: number): number {
    return this.view.getUint32(offset, this.btf.littleEndian);
  }

  private setWord(offset: number, value: number): void {
    this.view.setUint32(offset, value, this.btf.littleEndian);
  }
}
