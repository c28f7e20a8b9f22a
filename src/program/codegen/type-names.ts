import type { EnumShape, CompositeShape } from "../codec/index.ts";

/** Names that a generated module imports or relies on; a struct of that name gets a number. */
const RESERVED = (
  "Codec Cursor Memory Types EmbeddedObject Uint8Array ReadonlySet Set Math BigInt Object " +
  "String Number Boolean Array Symbol"
).split(" ");

/** Gives each struct, union and enum its TypeScript name: the C name in PascalCase. */
export class TypeNames {
  private readonly taken = new Set(RESERVED);
  private readonly names = new Map<number, string>();

  /** The name of a type; for one without tag and typedef made from `path`, the names on the way to it. */
  name(shape: CompositeShape | EnumShape, path: readonly string[]): string {
    const known = this.names.get(shape.typeId);
    if (known !== undefined) return known;
    const wanted = pascalCase(shape.name) || pascalCase(path.join("_")) || "Anonymous";
    let name = wanted;
    for (let count = 2; this.taken.has(name); count++) name = `${wanted}${count}`;
    this.taken.add(name);
    this.names.set(shape.typeId, name);
    return name;
  }
}

/** `trace_event_raw_sys_enter` → `TraceEventRawSysEnter`; capitals of the C name stay. */
export function pascalCase(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const joined = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return /^[0-9]/.test(joined) ? `_${joined}` : joined;
}

/** `TraceExecve` → `traceExecve` */
export function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
