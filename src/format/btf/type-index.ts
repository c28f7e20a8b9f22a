import { MalformedError } from "../../errors.ts";
import type { BtfSections, KindLayout } from "./header.ts";

/** `BTF_KIND_FUNC`: the one kind that is kept apart in the index. */
export const KIND_FUNC = 12;
const KIND_ENUM64 = 19;

/** Words behind the common three (`name_off`, `info`, `size|type`), at the index of the kind. */
const FIXED_WORDS = Uint8Array.of(0, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0);
/** Words of each of `vlen` elements, at the index of the kind. */
const ELEMENT_WORDS = Uint8Array.of(0, 0, 0, 0, 3, 3, 2, 0, 0, 0, 0, 0, 0, 2, 0, 3, 0, 0, 0, 3);

/** Where the types are. Own types only; `starts[n]` is of the id `firstId + n`. */
export interface TypeIndex {
  /** Index of each type's first word in {@link BtfSections.words}. */
  readonly starts: Uint32Array;
  /** Positions in `starts` of the named types that are no functions. */
  readonly named: Uint32Array;
  /**
   * Positions of the functions. Of the kernel's 71,000 named types four of five are functions, which CO-RE
   * never looks for: apart, its scan of names touches 15,000 types (Linux 6.18).
   */
  readonly functions: Uint32Array;
}

/**
 * One pass over the type section (PERFORMANCE, decision 5): bounds and kinds are checked, nothing is decoded,
 * no string is touched. Memory: at most 12 bytes for every 12 bytes of input.
 */
export function indexTypes(sections: BtfSections, firstId: number): TypeIndex {
  const { words, kindLayouts } = sections;
  const end = words.length;
  const most = Math.floor(end / 3);
  const starts = new Uint32Array(most);
  const named = new Uint32Array(most);
  const functions = new Uint32Array(most);
  let count = 0;
  let namedCount = 0;
  let functionCount = 0;
  // `?? 0` below never takes effect: every index is checked. It costs nothing: V8 folds it for typed arrays.
  for (let at = 0; at < end;) {
    if (at + 3 > end) throw beyondEnd(sections, firstId + count, at, end - at);
    const info = words[at + 1] ?? 0;
    const kind = (info >>> 24) & 0x7f;
    const length = info & 0xffffff;
    let next = at + 3;
    if (kind === 0 || kind > KIND_ENUM64) {
      next += unknownWords(kindLayouts[kind], kind, length, sections, firstId + count, at);
    } else {
      next += (FIXED_WORDS[kind] ?? 0) + length * (ELEMENT_WORDS[kind] ?? 0);
    }
    if (next > end) throw beyondEnd(sections, firstId + count, at, end - at);
    starts[count] = at;
    // Written without branches: the first function comes after 45,000 types, and a branch taken for the
    // first time throws V8 out of the optimised loop (2 ms of 8, Node 20).
    const isFunction = kind === KIND_FUNC ? 1 : 0;
    functions[functionCount] = count;
    functionCount += isFunction;
    named[namedCount] = count;
    namedCount += words[at] === 0 ? 0 : 1 - isFunction;
    count += 1;
    at = next;
  }
  return {
    starts: starts.slice(0, count),
    named: named.slice(0, namedCount),
    functions: functions.slice(0, functionCount),
  };
}

/** A kind from the future can be stepped over if the writer said how long its records are (libbpf 1.8). */
function unknownWords(
  layout: KindLayout | undefined,
  kind: number,
  length: number,
  sections: BtfSections,
  id: number,
  at: number,
): number {
  const bytes = layout === undefined ? -1 : layout.fixed + layout.element * length;
  if (kind !== 0 && bytes >= 0 && bytes % 4 === 0) return bytes / 4;
  throw new MalformedError("a BTF kind from 1 to 19", `kind ${kind}`, sections.typesOffset + at * 4 + 4, {
    trail: [`type ${id}`],
  });
}

function beyondEnd(sections: BtfSections, id: number, at: number, left: number): MalformedError {
  return new MalformedError(
    "a type that ends within the type section",
    `only ${left * 4} bytes left`,
    sections.typesOffset + at * 4,
    { trail: [`type ${id}`] },
  );
}
