/** Source of decoders and cursors: bytes to values. */
import { CursorScope, FunctionScope, type Scope } from "./generate-scope.ts";
import { alignmentAt, functionName, indent, propertyName, type SourceText } from "./source-text.ts";
import type { ArrayShape, CompositeShape, Field, FloatShape, IntegerShape, Shape } from "./shape.ts";

/** Arrays of up to so many numbers are written out; longer ones are loops. */
const INLINE_ELEMENTS = 8;

/** Writes functions that read, and expressions that call them. */
export class DecodeWriter {
  private readonly source: SourceText;

  constructor(source: SourceText) {
    this.source = source;
  }

  /** The body of `decode(m, o, n)`. */
  root(shape: Shape, alignment: number): string[] {
    const scope = new FunctionScope();
    const flexible = shape.kind === "composite" && shape.flexible !== undefined;
    const value = flexible
      ? `${this.composite(shape, alignment)}(m, o, n ?? 0)`
      : this.value(shape, 0, alignment, scope);
    return [
      ...this.checks(shape, alignment, flexible),
      scope.viewLine(),
      scope.indexLine(),
      `return ${this.asEnum(shape, value)};`,
    ];
  }

  /**
   * What comes before reading: records shorter than the type are completed, places outside the memory refused. The
   * comparisons cost 0.6 ns a record (of 7); without them a wrong offset would give members that are undefined.
   */
  private checks(shape: Shape, alignment: number, flexible: boolean): string[] {
    const { source } = this;
    const { size } = shape;
    if (size === 0 && !flexible) return [];
    const bytes = flexible ? `Math.max(n ?? 0, ${size})` : `${size}`;
    const inside = `o >= 0 && o + ${bytes} <= m.u8.length && (o & ${alignment - 1}) === 0`;
    const refuse = `if (!(${inside})) ${source.support("checkRoom")}(m, o, ${bytes}, ${alignment});`;
    if (size === 0) return [refuse];
    const short = source.once(`short:${size}`, "short", (name) => {
      return [`const ${name} = new ${source.support("ShortRecord")}(${size});`];
    });
    return [
      `if (${source.ts("n !== undefined && ")}n < ${size}) {`,
      `  m = ${short}.take(m, o, n);`,
      "  o = 0;",
      `} else ${refuse}`,
    ];
  }

  /** The class of a composite's cursor. */
  cursorClass(shape: CompositeShape, alignment: number): string {
    return this.source.once(`cursor:${shape.typeId}:${alignment}`, functionName("cursor", shape), (name) => {
      const { source } = this;
      const scope = new CursorScope();
      const getters = shape.fields.map((field) => {
        const value = this.field(field, shape, alignment, scope);
        return `get ${propertyName(field.name)}()${source.t(source.fieldType(field))} { return ${value}; }`;
      });
      source.support("cursorOffset");
      source.support("cursorLength");
      const views = [...scope.views].sort();
      const slots = views.map((view) => `#${view}${source.ts(`: Memory["${view}"]`)};`);
      const fills = views.map((view) => `this.#${view} = m.${view};`);
      if (scope.usesMemory) {
        slots.push(`#m${source.t("Memory")};`);
        fills.push("this.#m = m;");
      }
      return [
        `class ${name} {`,
        ...indent(["[cursorOffset] = 0;", "[cursorLength] = 0;", ...slots]),
        ...indent([
          `constructor(${fills.length === 0 ? "_m" : "m"}${source.t("Memory")}) {`,
          ...indent(fills),
          "}",
        ]),
        ...indent(getters),
        "}",
      ];
    });
  }

  /** The function that decodes a composite at a place of this alignment. */
  private composite(shape: CompositeShape, alignment: number): string {
    return this.source.once(`decode:${shape.typeId}:${alignment}`, functionName("decode", shape), (name) => {
      const { source } = this;
      const scope = new FunctionScope();
      const members = shape.fields.map(
        (field) => `${propertyName(field.name)}: ${this.field(field, shape, alignment, scope)},`,
      );
      const length = shape.flexible === undefined ? "" : `, n${source.t("number")}`;
      const open = `function ${name}(m${source.t("Memory")}, o${source.t("number")}${length})`;
      return [
        `${open}${source.t(source.type(shape))} {`,
        ...indent([scope.viewLine(), scope.indexLine()]),
        ...indent(members.length === 0 ? ["return {};"] : ["return {", ...indent(members), "};"]),
        "}",
      ];
    });
  }

  private field(field: Field, owner: CompositeShape, alignment: number, scope: Scope): string {
    const { shape, bits, bitOffset } = field;
    if (field === owner.flexible) return this.open(shape, bitOffset / 8, alignment, scope);
    const value =
      bits > 0
        ? this.bitfield(field, owner.size, alignment, scope)
        : this.value(shape, bitOffset / 8, alignment, scope);
    return this.source.fieldType(field) === this.source.type(shape) ? this.asEnum(shape, value) : value;
  }

  private asEnum(shape: Shape, value: string): string {
    return shape.kind === "integer" && shape.enum !== undefined
      ? this.source.ts(`(${value}) as ${this.source.type(shape)}`) || value
      : value;
  }

  /** The value of a whole shape, `by` bytes behind the scope's place, which has this alignment. */
  private value(shape: Shape, by: number, alignment: number, scope: Scope): string {
    const here = alignmentAt(alignment, by);
    switch (shape.kind) {
      case "integer":
        return this.integer(shape, by, here, scope);
      case "boolean": {
        const unsigned = { kind: "integer", size: shape.size, signed: false, enum: undefined } as const;
        return `${this.integer(unsigned, by, here, scope)} !== ${shape.size === 8 ? "0n" : "0"}`;
      }
      case "float":
        return this.float(shape, by, here, scope);
      case "text":
        return this.text(shape.size, by, here, scope);
      case "bytes":
        return `${scope.view("u8")}.slice(${scope.byte(by)}, ${scope.byte(by + shape.size)})`;
      case "array":
        return this.array(shape, by, here, scope);
      default: {
        const length = shape.flexible === undefined ? "" : ", 0";
        return `${this.composite(shape, here)}(${scope.memory()}, ${scope.byte(by)}${length})`;
      }
    }
  }

  private integer(shape: IntegerShape, by: number, here: number, scope: Scope): string {
    const { source } = this;
    const { size } = shape;
    const sign = shape.signed ? "i" : "u";
    if (size === 1) return source.element(scope.view(`${sign}8`), scope.byte(by));
    if (size === 16) {
      const load = source.support(shape.signed ? "loadI128" : "loadU128");
      return `${load}(${scope.view("u8")}, ${scope.byte(by)})`;
    }
    if (here >= size) {
      const view = `${sign}${size * 8}` as "u16" | "i16" | "u32" | "i32" | "u64" | "i64"; // size is 2, 4 or 8
      return source.element(scope.view(view), scope.index(size, by));
    }
    if (size === 8) {
      if (here === 4) {
        const load = source.support(shape.signed ? "loadI64" : "loadU64");
        return `${load}(${scope.view("u32")}, ${scope.index(4, by)})`;
      }
      const load = source.support(shape.signed ? "loadI64Bytes" : "loadU64Bytes");
      return `${load}(${scope.view("u8")}, ${scope.byte(by)})`;
    }
    const value = `${source.support("loadBits")}(${scope.view("u8")}, ${scope.byte(by)}, 0, ${size * 8})`;
    return shape.signed ? signExtend(value, size * 8) : value;
  }

  private float(shape: FloatShape, by: number, here: number, scope: Scope): string {
    const { source } = this;
    if (here >= shape.size) {
      const view = shape.size === 4 ? "f32" : "f64";
      return source.element(scope.view(view), scope.index(shape.size, by));
    }
    if (shape.size === 8 && here === 4) {
      return `${source.support("loadF64")}(${scope.view("u32")}, ${scope.index(4, by)})`;
    }
    const load = source.support(shape.size === 4 ? "loadF32Bytes" : "loadF64Bytes");
    return `${load}(${scope.view("u8")}, ${scope.byte(by)})`;
  }

  private text(size: number, by: number, here: number, scope: Scope): string {
    if (size === 0) return '""';
    const { source } = this;
    // One table for all texts of a size: names of threads and of their parents are the same names.
    const cache = source.once(`text:${size}`, `text${size}`, (name) => {
      return [`const ${name} = new ${source.support("TextCache")}(${size});`];
    });
    if (here < 4 || size % 4 !== 0) return `${cache}.readBytes(${scope.view("u8")}, ${scope.byte(by)})`;
    return `${cache}.${size === 16 ? "read16" : "read"}(${scope.view("i32")}, ${scope.index(4, by)})`;
  }

  private array(shape: ArrayShape, by: number, here: number, scope: Scope): string {
    const { element, length } = shape;
    if (length === 0) return "[]";
    const plain = element.kind === "integer" || element.kind === "boolean" || element.kind === "float";
    if (plain && length <= INLINE_ELEMENTS) {
      const values = Array.from({ length }, (_, index) => {
        return this.asEnum(
          element,
          this.value(element, by + index * element.size, alignmentAt(here, index * element.size), scope),
        );
      });
      return `[${values.join(", ")}]`;
    }
    return `${this.list(element, here)}(${scope.memory()}, ${scope.byte(by)}, ${length})`;
  }

  /** A function that decodes `length` elements one behind the other. */
  private list(element: Shape, here: number): string {
    const alignment = alignmentAt(here, element.size);
    const inner = element.kind === "array" ? "rows" : "elements";
    return this.source.once(`list:${shapeKey(element)}:${alignment}`, inner, (name) => {
      const { source } = this;
      const scope = new FunctionScope();
      const value = this.asEnum(element, this.value(element, 0, alignment, scope));
      const type = source.type(element);
      const parameters = `m${source.t("Memory")}, o${source.t("number")}, length${source.t("number")}`;
      return [
        `function ${name}(${parameters})${source.t(`(${type})[]`)} {`,
        ...indent([scope.viewLine(), `const list${source.t(`(${type})[]`)} = [];`]),
        `  for (let i = 0; i < length; i++, o += ${element.size}) {`,
        ...indent(indent([scope.indexLine(), `list.push(${value});`])),
        "  }",
        "  return list;",
        "}",
      ];
    });
  }

  /** A flexible array: as much as the record's length leaves. */
  private open(shape: Shape, by: number, alignment: number, scope: Scope): string {
    const room = `Math.max(${scope.length()} - ${by}, 0)`;
    if (shape.kind === "text") {
      return `${this.source.support("textIn")}(${scope.view("u8")}, ${scope.byte(by)}, ${room})`;
    }
    if (shape.kind === "array") {
      const list = this.list(shape.element, alignmentAt(alignment, by));
      return `${list}(${scope.memory()}, ${scope.byte(by)}, Math.floor(${room} / ${shape.element.size}))`;
    }
    return `${scope.view("u8")}.slice(${scope.byte(by)}, ${scope.byte(by)} + ${room})`;
  }

  /** Bits of the smallest aligned unit that holds them all and lies within the composite; else byte by byte. */
  private bitfield(field: Field, ownerSize: number, alignment: number, scope: Scope): string {
    const { source } = this;
    const { bits, bitOffset, shape } = field;
    const signed = shape.kind === "integer" && shape.signed;
    let value: string;
    const unit = bits > 32 ? undefined : unitOf(bitOffset, bits, ownerSize, alignment);
    if (unit !== undefined) {
      const { width, at, shift } = unit;
      const view = scope.view(`u${(width * 8) as 8 | 16 | 32}`); // width is 1, 2 or 4
      const word = source.element(view, width === 1 ? scope.byte(at) : scope.index(width, at));
      if (signed) {
        const up = 32 - shift - bits;
        return `${up === 0 ? word : `(${word} << ${up})`} >> ${32 - bits}`;
      }
      const down = shift === 0 ? word : `(${word} >>> ${shift})`;
      value = bits === 32 ? word : `${down} & 0x${(2 ** bits - 1).toString(16)}`;
      // `&` gives a signed number only with bit 31 set, which a mask below 32 bits has not.
      if (shape.kind === "boolean") return `(${value}) !== 0`;
      return value;
    }
    const place = `${scope.view("u8")}, ${scope.byte(bitOffset >>> 3)}, ${bitOffset & 7}, ${bits}`;
    if (bits > 32) {
      value = `${source.support("loadWideBits")}(${place})`;
      if (shape.kind === "boolean") return `${value} !== 0n`;
      return signed ? `BigInt.asIntN(${bits}, ${value})` : value;
    }
    value = `${source.support("loadBits")}(${place})`;
    if (shape.kind === "boolean") return `${value} !== 0`;
    return signed ? signExtend(value, bits) : value;
  }
}

function unitOf(
  bitOffset: number,
  bits: number,
  ownerSize: number,
  alignment: number,
): { width: 1 | 2 | 4; at: number; shift: number } | undefined {
  for (const width of [1, 2, 4] as const) {
    const at = Math.floor(bitOffset / (width * 8)) * width;
    const shift = bitOffset - at * 8;
    if (shift + bits > width * 8) continue;
    return width <= alignment && at + width <= ownerSize ? { width, at, shift } : undefined;
  }
  return undefined;
}

function signExtend(value: string, bits: number): string {
  return bits === 32 ? `${value} | 0` : `(${value} << ${32 - bits}) >> ${32 - bits}`;
}

/** Equal for shapes whose elements are decoded by the same code. */
export function shapeKey(shape: Shape): string {
  switch (shape.kind) {
    case "composite":
      return `composite${shape.typeId}`;
    case "array":
      return `${shape.length}x(${shapeKey(shape.element)})`;
    case "integer":
      return `${shape.signed ? "i" : "u"}${shape.size}e${shape.enum?.typeId ?? 0}`;
    default:
      return `${shape.kind}${shape.size}`;
  }
}
