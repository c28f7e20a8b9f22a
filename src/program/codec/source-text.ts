/**
 * The text that generators write to: declarations made once each under fresh names, in JavaScript or TypeScript.
 */
import type { CompositeShape, Field, Shape } from "./shape.ts";
import * as support from "./support.ts";

/** How the text becomes TypeScript. */
export interface TypedNames {
  /** The TypeScript type of a shape. */
  typeOf(shape: Shape): string;
  /** The TypeScript type of a member: a narrow bitfield of a 64-bit type is a number. */
  typeOfField(field: Field): string;
}

/** What a typed module with cursors imports beside the support functions. */
export const cursorSymbols: readonly string[] = ["cursorLength", "cursorOffset"];

/** Declarations and names shared by everything that one module or one `new Function` holds. */
export class SourceText {
  private readonly blocks: string[] = [];
  private readonly used = new Set<string>();
  private readonly taken: Set<string>;
  private readonly known = new Map<string, string>();
  private readonly typed: TypedNames | undefined;

  /** With `typed` the text is TypeScript; `reserved` names are left alone. */
  constructor(typed?: TypedNames, reserved: Iterable<string> = []) {
    this.typed = typed;
    this.taken = new Set([...reserved, ...Object.keys(support), ...usedByGenerators]);
  }

  /** The declarations that the expressions so far need. */
  text(): string {
    // TypeScript keeps the types of unique symbols through an import, not through destructuring.
    const symbols = new Set(this.typed === undefined ? [] : cursorSymbols);
    const names = [...this.used].filter((name) => !symbols.has(name)).sort();
    const head = names.length === 0 ? [] : [`const { ${names.join(", ")} } = s;`];
    return [...head, ...this.blocks].join("\n");
  }

  /** Whether TypeScript text needs {@link cursorSymbols} imported. */
  get usesCursors(): boolean {
    return this.typed !== undefined && cursorSymbols.some((name) => this.used.has(name));
  }

  /** Marks a function of support.ts as used, and gives its name. */
  support(name: keyof typeof support): string {
    this.used.add(name);
    return name;
  }

  /** `: TYPE` in TypeScript, nothing in JavaScript. */
  t(type: string): string {
    return this.typed === undefined ? "" : `: ${type}`;
  }

  /** What only TypeScript has. */
  ts(text: string): string {
    return this.typed === undefined ? "" : text;
  }

  type(shape: Shape): string {
    return this.typed?.typeOf(shape) ?? "";
  }

  fieldType(field: Field): string {
    return this.typed?.typeOfField(field) ?? "";
  }

  /** A view's element: under noUncheckedIndexedAccess TypeScript must be told that it is there. */
  element(view: string, index: string): string {
    return `${view}[${index}]${this.ts("!")}`;
  }

  /** The declaration for `key`, written by `write` when first asked for; the name begins with `wanted`. */
  once(key: string, wanted: string, write: (name: string) => readonly string[]): string {
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const name = this.fresh(wanted);
    this.known.set(key, name);
    const lines = write(name);
    this.blocks.push(lines.join("\n"));
    return name;
  }

  private fresh(wanted: string): string {
    const base = wanted.replace(/[^A-Za-z0-9_$]/g, "_");
    let name = base;
    for (let count = 2; this.taken.has(name); count++) name = `${base}_${count}`;
    this.taken.add(name);
    return name;
  }
}

/** How functions of a composite are called: by its tag, so that stack traces and profiles can be read. */
export function functionName(verb: string, shape: CompositeShape): string {
  return `${verb}_${shape.name === "" ? `anonymous_${shape.typeId}` : shape.name}`;
}

/** A member's name as a property: computed where the plain name means something else (`__proto__`, `constructor`). */
export function propertyName(name: string): string {
  if (name === "__proto__" || name === "constructor") return `["${name}"]`;
  return /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name) ? name : JSON.stringify(name);
}

/** The largest alignment (up to 8) that `offset` bytes behind a place with `alignment` has. */
export function alignmentAt(alignment: number, offset: number): number {
  return offset === 0 ? alignment : Math.min(alignment, offset & -offset);
}

/** Locals, views and globals of generated functions: a declaration of that name would be shadowed or shadow them. */
const usedByGenerators = (
  "m o n v w h q i e s u8 i8 u16 i16 u32 i32 u64 i64 f32 f64 list length name Math Set BigInt " +
  "Memory Codec Cursor ReadonlySet Uint8Array"
).split(" ");

/** Two columns further right. */
export function indent(lines: readonly string[]): string[] {
  return lines.filter((line) => line !== "").map((line) => `  ${line}`);
}
