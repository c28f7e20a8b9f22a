import { findKfuncs, KFUNC_MACROS, writeKfuncs, type Kfuncs } from "./c-kfuncs.ts";
import { CNames } from "./c-names.ts";
import { DeclarationWriter } from "./c-order.ts";
import { CText, textBound } from "./c-text.ts";
import {
  KIND_ENUM,
  KIND_ENUM64,
  KIND_FUNC,
  KIND_FWD,
  KIND_STRUCT,
  KIND_TYPEDEF,
  KIND_UNION,
} from "./kind-numbers.ts";
import { recordsOf } from "./read-btf.ts";
import type { Records } from "./records.ts";
import type { Btf } from "./types.ts";

// The guard is the one of bpftool's output: headers test it to learn that kernel types are there.
const GUARD = "__VMLINUX_H__";

const PUSH = `#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
#endif

`;
const POP = `#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif

`;

/** Kinds that {@link DeclarationWriter.add} takes, and among them those that need no name. */
const ROLES = new Uint8Array(128);
const LOOSE = 2;
for (const kind of [KIND_STRUCT, KIND_UNION, KIND_FWD, KIND_TYPEDEF]) ROLES[kind] = 1;
for (const kind of [KIND_ENUM, KIND_ENUM64]) ROLES[kind] = LOOSE;

/** A header and what is in it. */
export interface PrintedHeader {
  readonly bytes: Uint8Array;
  /** Structs, unions, enums and typedefs that it defines. */
  readonly types: number;
  /** Kernel functions that it declares. */
  readonly functions: number;
}

/**
 * Prints one BTF as C headers that agree on names: where a BTF has several types of one name, the one that is `NAME` in
 * the whole header is `NAME` in every other.
 */
export class HeaderPrinter {
  private readonly records: Records;
  private readonly names: CNames;
  private readonly firstOwnId: number;
  private foundKfuncs: Kfuncs | undefined;
  private named = false;

  constructor(btf: Btf) {
    this.records = recordsOf(btf);
    this.names = new CNames(this.records);
    this.firstOwnId = btf.firstId;
  }

  /** Kernel functions that BPF programs may call, by name. */
  get kfuncs(): Kfuncs {
    this.foundKfuncs ??= findKfuncs(this.records);
    return this.foundKfuncs;
  }

  /** All types of the BTF and of its base. */
  whole(): PrintedHeader {
    const print = this.start();
    print.text.ascii(guardHead(GUARD) + this.opening());
    this.everything(print);
    print.text.ascii(POP + guardTail(GUARD));
    return print.result();
  }

  /** What split BTF adds to its base, as a header of the name `vmlinux_NAME.h` that includes the base's `vmlinux.h`. */
  added(name: string): PrintedHeader {
    const print = this.start();
    this.everything(print, () => {
      print.mark();
      print.text.ascii(`${guardHead(guardOf(name))}#include "vmlinux.h"\n\n${this.opening()}`);
    });
    print.text.ascii(POP + guardTail(guardOf(name)));
    return print.result();
  }

  /** Only the types and functions `ids` and all they need. */
  only(ids: Iterable<number>): PrintedHeader {
    this.nameEverything();
    const print = this.start();
    print.text.ascii(guardHead(GUARD) + this.opening());
    this.chosen(print, ids);
    print.text.ascii(POP + guardTail(GUARD));
    return print.result();
  }

  /** The text of {@link only} or, without `ids`, of {@link whole} without include guard and pragma; names by the order of `ids`. */
  declarations(ids?: Iterable<number>): PrintedHeader {
    const print = this.start();
    if (ids === undefined) this.everything(print);
    else this.chosen(print, ids);
    return print.result();
  }

  /** The name under which the whole header knows a type, and those of an enum's values; "" for an anonymous type. */
  printedName(id: number): string {
    this.nameEverything();
    return this.textOf(this.names.of(id));
  }

  /** The names of an enum's values in the whole header. */
  printedValues(id: number): string[] {
    this.nameEverything();
    const { records } = this;
    const kind = records.btf.kind(id);
    if (kind !== "enum" && kind !== "enum64") return [];
    const start = records.start(id);
    const nameOf = this.names.enumerators(id, false);
    const step = kind === "enum" ? 2 : 3;
    return Array.from({ length: records.count(start) }, (_, index) =>
      this.textOf(nameOf(start + 3 + index * step)),
    );
  }

  /** The macros stand in every header of a BTF with kfuncs, so that sources find them whatever was chosen. */
  private opening(): string {
    return this.kfuncs.ids.size === 0 ? PUSH : KFUNC_MACROS + PUSH;
  }

  private textOf(name: number): string {
    const text = new CText(1 << 16);
    this.names.write(text, name);
    return text.toString();
  }

  private start(): Print {
    return new Print(this.records, this.names);
  }

  /** Names are given in the order of the whole header. */
  private nameEverything(): void {
    if (!this.named) this.everything(this.start());
  }

  private everything(print: Print, betweenBaseAndOwn?: () => void): void {
    this.named = true;
    this.range(print, 1, this.firstOwnId);
    betweenBaseAndOwn?.();
    this.range(print, this.firstOwnId, this.records.endId);
  }

  private range(print: Print, from: number, to: number): void {
    if (from === to) return;
    const { records } = this;
    const enums: number[] = [];
    for (let id = from; id < to; id++) {
      // Most types are none of these: pointers, prototypes, functions.
      const role = ROLES[records.kind(id)] ?? 0;
      if (role === 0) continue;
      print.writer.add(id);
      if (role === LOOSE) enums.push(id);
    }
    for (const id of enums) print.writer.addLooseEnum(id);
    this.functions(print, (id) => id >= from && id < to);
  }

  private chosen(print: Print, ids: Iterable<number>): void {
    const wanted = new Set(ids);
    for (const id of wanted) print.writer.add(id);
    for (const id of wanted) print.writer.addLooseEnum(id);
    const hasFunctions = [...wanted].some((id) => this.records.kind(id) === KIND_FUNC);
    if (hasFunctions) this.functions(print, (id) => wanted.has(id));
  }

  private functions(print: Print, isWanted: (id: number) => boolean): void {
    const ids = new Map([...this.kfuncs.ids].filter(([, id]) => isWanted(id)));
    const kfuncs = { ids, fast: this.kfuncs.fast };
    print.functions += ids.size;
    writeKfuncs(kfuncs, this.records, this.names, print.writer, print.text);
  }
}

/** One run over the types: each is written once. */
class Print {
  readonly text: CText;
  readonly writer: DeclarationWriter;
  functions = 0;
  private from = 0;
  private typesBefore = 0;
  private functionsBefore = 0;

  constructor(records: Records, names: CNames) {
    const bytes = records.bytes;
    // The kernel's text is half as long as its BTF; what is not used of the rest is never touched.
    this.text = new CText(textBound(bytes), Math.max(256, (bytes * 5) >>> 3));
    this.writer = new DeclarationWriter(records, names, this.text);
  }

  /** What was written up to here is left out of the result. */
  mark(): void {
    this.from = this.text.length;
    this.typesBefore = this.writer.definitions;
    this.functionsBefore = this.functions;
  }

  result(): PrintedHeader {
    return {
      bytes: this.text.finish().subarray(this.from),
      types: this.writer.definitions - this.typesBefore,
      functions: this.functions - this.functionsBefore,
    };
  }
}

function guardOf(name: string): string {
  return `__VMLINUX_${name.toUpperCase().replace(/\W/g, "_")}_H__`;
}

function guardHead(guard: string): string {
  return `#ifndef ${guard}\n#define ${guard}\n\n`;
}

function guardTail(guard: string): string {
  return `#endif /* ${guard} */\n`;
}
