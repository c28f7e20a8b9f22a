import type { Btf, BtfKind } from "./types.ts";

/**
 * Gives every printed type and enumerator a name that is unique in its C namespace. BTF may hold several
 * structs of one name, C may not: the second becomes `NAME___2` (RULES 80), which CO-RE reads as `NAME` (RULES 37).
 */
export class CNames {
  private readonly btf: Btf;
  /** struct, union and enum tags share one namespace. */
  private readonly tags = new Map<string, number>();
  /** Typedefs and enumerators share another. */
  private readonly identifiers = new Map<string, number>();
  private readonly byId: (string | undefined)[] = [];

  constructor(btf: Btf) {
    this.btf = btf;
  }

  /** The name of a struct, union, enum, typedef or basic type; "" if it is anonymous. Each id keeps its name. */
  of(id: number): string {
    let name = this.byId[id];
    if (name === undefined) {
      const kind = this.btf.kind(id);
      name = this.btf.name(id);
      if (kind === "int" || kind === "float") name = name.replace(/[^\w ]/gu, "_");
      else {
        name = cIdentifier(name);
        if (name !== "" && this.takesPart(id, kind)) {
          name = unique(kind === "typedef" ? this.identifiers : this.tags, name);
        }
      }
      this.byId[id] = name;
    }
    return name;
  }

  /** The name of an enumerator; asked for once per print of its enum. */
  enumerator(name: string): string {
    return unique(this.identifiers, cIdentifier(name));
  }

  /** Forward declarations name a type that is defined elsewhere, and an enum without values is one. */
  private takesPart(id: number, kind: BtfKind): boolean {
    if (kind === "fwd") return false;
    if (kind !== "enum" && kind !== "enum64") return true;
    const type = this.btf.type(id);
    return "values" in type && type.values.length > 0;
  }
}

function unique(taken: Map<string, number>, name: string): string {
  let count = taken.get(name);
  if (count === undefined) {
    taken.set(name, 1);
    return name;
  }
  let numbered: string;
  // The BTF of a program built with a printed header has a `NAME___2` of its own.
  do {
    count += 1;
    numbered = `${name}___${count}`;
  } while (taken.has(numbered));
  taken.set(name, count);
  taken.set(numbered, 1);
  return numbered;
}

/** A BTF name as C takes it: what no identifier may hold (a compiler's `.0`, or damage) becomes `_`. */
export function cIdentifier(name: string): string {
  return /[^\w$]/.test(name) ? name.replace(/[^\w$]/gu, "_") : name;
}

/**
 * Typedefs that every C compiler has built in and lets nobody define. What is behind them is printed instead:
 * the kernel's `va_list` has 24 bytes, that of a BPF compiler 8.
 */
export function isBuiltIn(typedef: string): boolean {
  return typedef === "__builtin_va_list";
}
