/**
 * Names of places in generated code. In a function, views and word indexes are local constants made once
 * (`const u32 = m.u32, w = o >>> 2`); in a getter they hang on the cursor.
 */
import type { Memory } from "./types.ts";

/** Where generated expressions find the views and the offset. */
export interface Scope {
  /** The view of that name. */
  view(name: keyof Memory): string;
  /** Index of byte offset `by` in a view of elements of `width` bytes. */
  index(width: 2 | 4 | 8, by: number): string;
  /** The byte offset itself. */
  byte(by: number): string;
  /** The memory, to be passed on. */
  memory(): string;
  /** The record's length. */
  length(): string;
}

const indexNames = { 2: "h", 4: "w", 8: "q" } as const;
const shifts = { 2: 1, 4: 2, 8: 3 } as const;

/** The body of a function with parameters `m`, `o` and, for flexible arrays, `n`. */
export class FunctionScope implements Scope {
  private readonly views = new Set<keyof Memory>();
  private readonly indexes = new Set<2 | 4 | 8>();

  view(name: keyof Memory): string {
    this.views.add(name);
    return name;
  }
  index(width: 2 | 4 | 8, by: number): string {
    this.indexes.add(width);
    return plus(indexNames[width], by / width);
  }
  byte(by: number): string {
    return plus("o", by);
  }
  memory(): string {
    return "m";
  }
  length(): string {
    return "n";
  }
  /** Declarations of the views that were used; "" without any. */
  viewLine(): string {
    return constants([...this.views].sort().map((name) => `${name} = m.${name}`));
  }
  /** Declarations of the indexes that were used; "" without any. */
  indexLine(): string {
    const names = ([2, 4, 8] as const).filter((width) => this.indexes.has(width));
    return constants(names.map((width) => `${indexNames[width]} = o >>> ${shifts[width]}`));
  }
}

/** A getter of a cursor class. Private names: no C member can clash with them. */
export class CursorScope implements Scope {
  readonly views: Set<keyof Memory> = new Set();
  usesMemory: boolean = false;

  view(name: keyof Memory): string {
    this.views.add(name);
    return `this.#${name}`;
  }
  index(width: 2 | 4 | 8, by: number): string {
    return plus(`(this[cursorOffset] >>> ${shifts[width]})`, by / width);
  }
  byte(by: number): string {
    return plus("this[cursorOffset]", by);
  }
  memory(): string {
    this.usesMemory = true;
    return "this.#m";
  }
  length(): string {
    return "this[cursorLength]";
  }
}

function plus(base: string, by: number): string {
  return by === 0 ? base : `${base} + ${by}`;
}

function constants(parts: readonly string[]): string {
  return parts.length === 0 ? "" : `const ${parts.join(", ")};`;
}
