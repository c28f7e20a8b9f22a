/** TypeScript declarations of C types: interfaces, and constant objects for enums. */
import { typeName, type Btf } from "../../format/btf/index.ts";
import type { CompositeShape, EnumShape, Field, Shape, TypedNames } from "../codec/index.ts";
import { TypeNames } from "./type-names.ts";

/** What a text is: a TypeScript module, the same as JavaScript, or the declarations of that. */
export type ModuleForm = "typescript" | "javascript" | "declarations";

/** Collects the declarations of all types it is asked for. */
export class TypeDeclarations implements TypedNames {
  private readonly names = new TypeNames();
  private readonly btf: Btf;
  private readonly form: ModuleForm;
  private readonly blocks = new Map<number, string>();

  constructor(btf: Btf, form: ModuleForm) {
    this.btf = btf;
    this.form = form;
  }

  /** The declarations, in the order in which types were met. */
  text(): string {
    return [...this.blocks.values()].filter((block) => block !== "").join("\n\n");
  }

  /** The TypeScript type of a shape; declares what it refers to, `path` names what has no name. */
  typeOf(shape: Shape, path: readonly string[] = []): string {
    switch (shape.kind) {
      case "integer":
        if (shape.enum !== undefined && shape.enum.type.values.length > 0) {
          return this.declareEnum(shape.enum, shape.size, path);
        }
        return shape.size > 4 ? "bigint" : "number";
      case "boolean":
        return "boolean";
      case "float":
        return "number";
      case "text":
        return "string";
      case "bytes":
        return "Uint8Array";
      case "array":
        return `${this.typeOf(shape.element, path)}[]`;
      default:
        return this.declareComposite(shape, path);
    }
  }

  /** The TypeScript type of a member: narrow bitfields of 64-bit types are numbers. */
  typeOfField(field: Field, path: readonly string[] = []): string {
    const { bits, shape } = field;
    if (bits > 0 && bits <= 32 && shape.kind === "integer" && shape.size > 4) return "number";
    return this.typeOf(shape, path);
  }

  private declareComposite(shape: CompositeShape, path: readonly string[]): string {
    const name = this.names.name(shape, path);
    if (this.blocks.has(shape.typeId)) return name;
    // Its place comes before the types of its members.
    this.blocks.set(shape.typeId, "");
    const word = shape.union ? "union" : "struct";
    const title = shape.name === "" ? `an anonymous ${word}` : this.title(shape);
    const given = shape.union
      ? " All members lie on the same bytes; to write one, give the one you mean."
      : "";
    const lines = [`/** ${title}, ${bytes(shape.size)}.${given} */`, `export interface ${name} {`];
    for (const field of shape.fields) {
      const type = this.typeOfField(field, [...(shape.name === "" ? path : [shape.name]), field.name]);
      lines.push(`  /** ${this.fieldTitle(field, shape)} */`, `  ${property(field.name)}: ${type};`);
    }
    lines.push("}");
    if (this.form !== "javascript") this.blocks.set(shape.typeId, lines.join("\n"));
    return name;
  }

  private declareEnum(shape: EnumShape, size: number, path: readonly string[]): string {
    const name = this.names.name(shape, path);
    if (this.blocks.has(shape.typeId)) return name;
    const title = shape.name === "" ? "an anonymous enum" : this.title(shape);
    const suffix = size > 4 ? "n" : "";
    const values = shape.type.values.map((item) => [property(item.name), `${item.value}${suffix}`] as const);
    const doc = `/** ${title}, ${bytes(size)}. The kernel may know values that this list does not. */`;
    const type = `export type ${name} = (typeof ${name})[keyof typeof ${name}];`;
    const members = values.map(([key, value]) => `  ${key}: ${value},`);
    const lines = {
      typescript: [doc, `export const ${name} = {`, ...members, "} as const;", type],
      javascript: [doc, `export const ${name} = {`, ...members, "};"],
      declarations: [
        doc,
        `export declare const ${name}: {`,
        ...values.map(([key, value]) => `  readonly ${key}: ${value};`),
        "};",
        type,
      ],
    };
    this.blocks.set(shape.typeId, lines[this.form].join("\n"));
    return name;
  }

  private title(shape: CompositeShape | EnumShape): string {
    const type = this.btf.type(shape.typeId);
    return code(type.name === "" ? shape.name : typeName(this.btf, shape.typeId));
  }

  private fieldTitle(field: Field, owner: CompositeShape): string {
    const type = typeName(this.btf, field.typeId);
    const offset = `offset ${Math.floor(field.bitOffset / 8)}`;
    if (field.bits > 0)
      return `${code(`${type} : ${field.bits}`)}, ${offset}, from bit ${field.bitOffset % 8}`;
    return `${code(type)}, ${offset}${field === owner.flexible ? ", as many as the record holds" : ""}`;
  }
}

/** A member name as it stands in a type or an object literal. */
export function property(name: string): string {
  return /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name) && name !== "__proto__" ? name : JSON.stringify(name);
}

/** C text in a comment: nothing in a name may end it. */
export function code(text: string): string {
  return `\`${text.replaceAll("*/", "* /").replace(/[`\r\n\u2028\u2029]/g, " ")}\``;
}

function bytes(size: number): string {
  return size === 1 ? "1 byte" : `${size} bytes`;
}
