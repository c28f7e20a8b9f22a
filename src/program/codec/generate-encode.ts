/** Source of encoders: values to bytes, every value checked. */
import { FunctionScope } from "./generate-scope.ts";
import { shapeKey } from "./generate-decode.ts";
import { alignmentAt, functionName, indent, propertyName, type SourceText } from "./source-text.ts";
import type { CompositeShape, Field, IntegerShape, Shape } from "./shape.ts";

/** Writes functions that store, and statements that call them. */
export class EncodeWriter {
  private readonly source: SourceText;

  constructor(source: SourceText) {
    this.source = source;
  }

  /** The body of `encode(v, m, o)`. */
  root(shape: Shape, name: string, alignment: number): string[] {
    const { source } = this;
    const scope = new FunctionScope();
    const store = this.store(shape, 0, alignment, scope, "v", '""');
    return [
      `${source.support("checkRoom")}(m, o, ${shape.size}, ${alignment});`,
      `m.u8.fill(0, o, o + ${shape.size});`,
      "try {",
      ...indent([scope.viewLine(), scope.indexLine(), store]),
      "} catch (e) {",
      `  throw ${source.support("placeError")}(${JSON.stringify(name)}, e);`,
      "}",
    ];
  }

  /** The function that stores a composite's members over zeros. */
  private composite(shape: CompositeShape, alignment: number): string {
    return this.source.once(`encode:${shape.typeId}:${alignment}`, functionName("encode", shape), (name) => {
      const { source } = this;
      const names = source.once(`members:${shape.typeId}`, functionName("members", shape), (set) => {
        const list = shape.fields.map((field) => JSON.stringify(field.name)).join(", ");
        return [`const ${set}${source.t("ReadonlySet<string>")} = new Set([${list}]);`];
      });
      const scope = new FunctionScope();
      const stores = inOrder(shape.fields).map((field) => this.member(field, shape, alignment, scope));
      const parameters = `v${source.t(source.type(shape))}, m${source.t("Memory")}, o${source.t("number")}`;
      return [
        `function ${name}(${parameters})${source.t("void")} {`,
        `  ${source.support("checkMembers")}(v, ${names});`,
        ...indent([scope.viewLine(), scope.indexLine(), ...stores]),
        "}",
      ];
    });
  }

  private member(field: Field, owner: CompositeShape, alignment: number, scope: FunctionScope): string {
    const { name, shape, bits, bitOffset } = field;
    const inherited = name in Object.prototype;
    const property = propertyName(name);
    const plain = /^["[]/.test(property) ? `v[${JSON.stringify(name)}]` : `v.${property}`;
    const value = inherited ? `${this.source.support("ownMember")}(v, ${JSON.stringify(name)})` : plain;
    // TypeScript cannot carry the check over two calls of ownMember.
    const given = inherited ? `${value}${this.source.ts("!")}` : value;
    const place = JSON.stringify(name);
    let store: string;
    if (field === owner.flexible) store = this.open(shape, bitOffset / 8, alignment, scope, given, place);
    else if (bits > 0) store = this.bitfield(field, scope, given, place);
    else store = this.store(shape, bitOffset / 8, alignment, scope, given, place);
    return `if (${value} !== undefined) ${store}`;
  }

  private store(
    shape: Shape,
    by: number,
    alignment: number,
    scope: FunctionScope,
    value: string,
    place: string,
  ): string {
    const { source } = this;
    const here = alignmentAt(alignment, by);
    const bytes = (): string => `${scope.view("u8")}, ${scope.byte(by)}, ${shape.size}`;
    switch (shape.kind) {
      case "integer": {
        const { size } = shape;
        const checked = this.checked(shape, size * 8, value, place);
        if (size === 1) return `${scope.view("u8")}[${scope.byte(by)}] = ${checked};`;
        if (size === 16 || here < size) return `${source.support("storeInteger")}(${bytes()}, ${checked});`;
        const view = `${size === 8 && shape.signed ? "i" : "u"}${size * 8}` as "u16" | "u32" | "u64" | "i64"; // size is 2, 4 or 8
        return `${scope.view(view)}[${scope.index(size, by)}] = ${checked};`;
      }
      case "boolean": {
        const checked = `${source.support("asBoolean")}(${value}, ${place})`;
        return shape.size === 1
          ? `${scope.view("u8")}[${scope.byte(by)}] = ${checked};`
          : `${source.support("storeInteger")}(${bytes()}, ${checked});`;
      }
      case "float": {
        const checked = `${source.support("asFloat")}(${value}, ${place})`;
        if (here < shape.size) return `${source.support("storeFloat")}(${bytes()}, ${checked});`;
        const view = shape.size === 4 ? "f32" : "f64";
        return `${scope.view(view)}[${scope.index(shape.size, by)}] = ${checked};`;
      }
      case "text":
        return `${source.support("storeText")}(${bytes()}, ${value}, ${place});`;
      case "bytes":
        return `${source.support("storeByteArray")}(${bytes()}, ${value}, ${place});`;
      case "array": {
        const list = `${source.support("asList")}(${value}, ${shape.length})`;
        return this.nested(place, `${this.list(shape.element, here)}(${list}, m, ${scope.byte(by)});`);
      }
      default:
        return this.nested(place, `${this.composite(shape, here)}(${value}, m, ${scope.byte(by)});`);
    }
  }

  private nested(place: string, call: string): string {
    if (place === '""') return call;
    return `try { ${call} } catch (e) { throw ${this.source.support("placeError")}(${place}, e); }`;
  }

  private checked(shape: IntegerShape, bits: number, value: string, place: string): string {
    const { source } = this;
    if (bits > 32) return `${source.support("asBigInteger")}(${value}, ${bits}, ${shape.signed}, ${place})`;
    const low = shape.signed ? -(2 ** (bits - 1)) : 0;
    const high = shape.signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
    return `${source.support("asInteger")}(${value}, ${low}, ${high}, ${place})`;
  }

  private bitfield(field: Field, scope: FunctionScope, value: string, place: string): string {
    const { source } = this;
    const { shape, bits, bitOffset } = field;
    const checked =
      shape.kind === "integer"
        ? this.checked(shape, bits, value, place)
        : `${source.support("asBoolean")}(${value}, ${place})`;
    const at = `${scope.view("u8")}, ${scope.byte(bitOffset >>> 3)}, ${bitOffset & 7}, ${bits}`;
    return `${source.support("storeBits")}(${at}, ${checked});`;
  }

  /** A function that stores the elements of a list one behind the other. */
  private list(element: Shape, here: number): string {
    const alignment = alignmentAt(here, element.size);
    return this.source.once(`store:${shapeKey(element)}:${alignment}`, "storeElements", (name) => {
      const { source } = this;
      const scope = new FunctionScope();
      const store = this.store(element, 0, alignment, scope, `list[i]${source.ts("!")}`, "i");
      const type = source.t(`readonly (${source.type(element)})[]`);
      return [
        `function ${name}(list${type}, m${source.t("Memory")}, o${source.t("number")})${source.t("void")} {`,
        ...indent([scope.viewLine()]),
        `  for (let i = 0; i < list.length; i++, o += ${element.size}) {`,
        ...indent(indent([scope.indexLine(), store])),
        "  }",
        "}",
      ];
    });
  }

  /** A flexible array is written behind the other members, as far as the memory goes. */
  private open(
    shape: Shape,
    by: number,
    alignment: number,
    scope: FunctionScope,
    value: string,
    place: string,
  ): string {
    const { source } = this;
    const at = scope.byte(by);
    if (shape.kind === "array") {
      const list = `${source.support("asOpenList")}(${value}, m, ${at}, ${shape.element.size})`;
      const store = this.list(shape.element, alignmentAt(alignment, by));
      return this.nested(place, `${store}(${list}, m, ${at});`);
    }
    const store = source.support(shape.kind === "text" ? "storeOpenText" : "storeOpenBytes");
    return `${store}(${scope.view("u8")}, ${at}, ${value}, ${place});`;
  }
}

/**
 * Members of a union overlap, and a decoded value gives them all: those that may lose something (text loses what
 * is behind its NUL) go first, so that an encoded copy has the same bytes where exact members lie.
 */
function inOrder(fields: readonly Field[]): Field[] {
  return [
    ...fields.filter((field) => isLossy(field.shape)),
    ...fields.filter((field) => !isLossy(field.shape)),
  ];
}

function isLossy(shape: Shape): boolean {
  if (shape.kind === "array") return isLossy(shape.element);
  if (shape.kind === "composite") return shape.fields.some((field) => isLossy(field.shape));
  return shape.kind === "text" || shape.kind === "boolean" || shape.kind === "float";
}
