import { MalformedError, TsbpfError, ErrorCode, within } from "../../errors.ts";
import { alignOf, resolve, sizeOf, type Btf } from "../../format/btf/index.ts";
import { ElfConstant, type ElfSymbol } from "../../format/elf/index.ts";
import type { ObjectFile } from "./object-file.ts";
import type { ExternSpec, KconfigExtern } from "./types.ts";

/** The extern declarations of an object and what the `.kconfig` map looks like. */
export interface Externs {
  /** kconfig externs in their layout's order, then ksyms and kfuncs by name: libbpf's order. */
  readonly list: readonly ExternSpec[];
  /** Bytes of the `.kconfig` map; 0 if there is none. */
  readonly kconfigSize: number;
}

/** An undefined symbol that something outside the object is to define. */
export function isExtern(symbol: ElfSymbol): boolean {
  return (
    symbol.section === ElfConstant.SHN_UNDEF &&
    symbol.type === ElfConstant.STT_NOTYPE &&
    symbol.binding !== ElfConstant.STB_LOCAL &&
    symbol.name !== ""
  );
}

/**
 * Finds the declarations behind the undefined symbols: `__kconfig` puts a variable into the BTF section
 * `.kconfig`, `__ksym` a variable or function into `.ksyms`. A symbol in neither is no extern;
 * an instruction that refers to it is an error later.
 */
export function collectExterns(file: ObjectFile, btf: Btf | undefined): Externs {
  if (btf === undefined) return { list: [], kconfigSize: 0 };
  const symbols = new Map(file.symbols.filter(isExtern).map((symbol) => [symbol.name, symbol]));
  const declared = (section: string, read: (id: number, symbol: ElfSymbol) => ExternSpec): ExternSpec[] => {
    const found: ExternSpec[] = [];
    for (const id of sectionMembers(btf, section)) {
      const name = btf.name(id);
      const symbol = symbols.get(name);
      if (symbol === undefined) file.notes.push(`extern ${name} has no ELF symbol and was ignored`);
      else found.push(within(`extern "${name}"`, () => read(id, symbol)));
    }
    return found;
  };
  const kconfig = declared(".kconfig", (id, symbol) => kconfigExtern(btf, id, symbol));
  const kernel = declared(".ksyms", (id, symbol) => kernelExtern(btf, id, symbol));
  const laidOut = layOut(
    btf,
    kconfig.filter((extern) => extern.kind === "kconfig"),
  );
  return {
    list: [...laidOut.list, ...kernel.sort(byName)],
    kconfigSize: laidOut.size,
  };
}

function sectionMembers(btf: Btf, name: string): number[] {
  const id = btf.find(name, "datasec");
  const section = id === undefined ? undefined : btf.type(id);
  return section?.kind === "datasec" ? section.variables.map((variable) => variable.type) : [];
}

function kernelExtern(btf: Btf, id: number, symbol: ElfSymbol): ExternSpec {
  const { name } = symbol;
  const weak = symbol.binding === ElfConstant.STB_WEAK;
  const type = btf.type(id);
  if (type.kind === "func") return { kind: "kfunc", name, weak, type: type.type };
  if (type.kind !== "var") throw new MalformedError("a variable or function in .ksyms", type.kind);
  // `extern const void name __ksym` has no type: only its address is wanted (RULES 27).
  return { kind: "ksym", name, weak, type: resolve(btf, type.type) };
}

function kconfigExtern(btf: Btf, id: number, symbol: ElfSymbol): KconfigExtern {
  const type = btf.type(id);
  if (type.kind !== "var") {
    throw new TsbpfError(ErrorCode.UNSUPPORTED, `expected a variable in .kconfig, found ${type.kind}`);
  }
  const shape = kconfigShape(btf, type.type);
  return {
    kind: "kconfig",
    name: symbol.name,
    weak: symbol.binding === ElfConstant.STB_WEAK,
    type: type.type,
    ...shape,
    offset: 0,
    size: sizeOf(btf, type.type),
  };
}

/** The types that libbpf accepts: bool, char, integers, `enum libbpf_tristate` and `char[]`. */
function kconfigShape(btf: Btf, id: number): Pick<KconfigExtern, "value" | "signed"> {
  const type = btf.type(resolve(btf, id));
  if (type.kind === "int") {
    if (type.encoding === "bool" && type.size === 1) return { value: "bool", signed: false };
    const signed = type.encoding === "signed";
    if (type.encoding !== "bool" && type.size === 1) return { value: "char", signed };
    if (type.encoding !== "bool" && [2, 4, 8].includes(type.size)) return { value: "int", signed };
  }
  if ((type.kind === "enum" || type.kind === "enum64") && type.name === "libbpf_tristate") {
    return { value: "tristate", signed: false };
  }
  if (type.kind === "array" && type.length > 0) {
    const element = btf.type(resolve(btf, type.type));
    if (element.kind === "int" && element.size === 1 && element.encoding !== "bool") {
      return { value: "string", signed: false };
    }
  }
  throw new TsbpfError(
    ErrorCode.UNSUPPORTED,
    `expected bool, char, an integer, enum libbpf_tristate or char[] for a kconfig value, found ${type.kind} ${type.name}`,
  );
}

/** RULES 25: sorted by alignment (largest first), size (smallest first) and name; each offset aligned. */
function layOut(btf: Btf, externs: readonly KconfigExtern[]): { list: KconfigExtern[]; size: number } {
  const aligned = externs.map((extern) => ({ extern, alignment: Math.max(1, alignOf(btf, extern.type)) }));
  aligned.sort(
    (a, b) => b.alignment - a.alignment || a.extern.size - b.extern.size || byName(a.extern, b.extern),
  );
  let size = 0;
  const list = aligned.map(({ extern, alignment }) => {
    const offset = Math.ceil(size / alignment) * alignment;
    size = offset + extern.size;
    return { ...extern, offset };
  });
  if (size > 0xffffffff) throw new MalformedError("a .kconfig map below 4 GiB", `${size} bytes`);
  return { list, size };
}

/** strcmp of ASCII names. */
function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
