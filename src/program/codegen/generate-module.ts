import type { Btf } from "../../format/btf/index.ts";
import { ErrorCode, TsbpfError } from "../../errors.ts";
import { shapeKey, shapeOf, SourceWriter, type Shape } from "../codec/index.ts";
import type { MapSpec, ObjectSpec } from "../spec/index.ts";
import { base64Lines } from "./base64.ts";
import { code, property, TypeDeclarations, type ModuleForm } from "./declare-types.ts";
import { hasIndexKey, holdsObjects, isPerCpu, rolesOf, variablesOf, type Role } from "./roles.ts";
import { lowerFirst } from "./type-names.ts";

/** What goes into every generated text beside the spec. */
interface TextOptions {
  /** How errors name the object, such as `trace.bpf.o`; the spec's name by default. */
  readonly name?: string | undefined;
  /** What the header names as the origin, such as `trace.bpf.c`. */
  readonly source?: string | undefined;
  /** The module specifier of tsbpf; "tsbpf" by default. */
  readonly import?: string | undefined;
}

/** What goes into a generated module beside the spec. */
export interface GenerateOptions extends TextOptions {
  /** The object file, embedded as it is. */
  readonly object: Uint8Array;
  /** What runs without a compiler is JavaScript; TypeScript by default. */
  readonly form?: "typescript" | "javascript" | undefined;
}

/**
 * The text of `NAME.bpf.gen.ts`: the object's bytes, TypeScript types for every C type that events, maps and
 * globals use, codecs for them as plain code (no `new Function`), and the literal names of programs, maps and
 * variables. As JavaScript it is the same without types, which {@link generateDeclarations} then gives. The same input
 * gives the same text. UNSUPPORTED: a big-endian object.
 */
export function generateModule(spec: ObjectSpec, options: GenerateOptions): string {
  const { form = "typescript", object } = options;
  return writerFor(spec, options, form).module(object);
}

/** The text of the declaration file for what {@link generateModule} gives as JavaScript. */
export function generateDeclarations(spec: ObjectSpec, options: TextOptions): string {
  return writerFor(spec, options, "declarations").declarations();
}

function writerFor(spec: ObjectSpec, options: TextOptions, form: ModuleForm): ModuleWriter {
  if (!spec.littleEndian) {
    throw new TsbpfError(
      ErrorCode.UNSUPPORTED,
      "expected a little-endian object for a generated module, found big endian",
      { remedy: "compile with --target=bpfel: tsbpf loads on little-endian machines only" },
    );
  }
  return new ModuleWriter(spec, options, form);
}

/** A role whose type has values, and how they look. */
interface TypedRole extends Role {
  readonly shape: Shape;
  readonly type: string;
}

/** A codec of a module. */
interface NamedCodec {
  /** The shape's. */
  readonly key: string;
  readonly name: string;
  /** Of a struct or union: exported. */
  readonly named: boolean;
  readonly alignment: 4 | 8;
  readonly role: TypedRole;
}

class ModuleWriter {
  private readonly spec: ObjectSpec;
  private readonly options: TextOptions;
  private readonly form: ModuleForm;
  private readonly types: TypeDeclarations | undefined;
  private readonly roles = new Map<string, TypedRole>();

  constructor(spec: ObjectSpec, options: TextOptions, form: ModuleForm) {
    this.spec = spec;
    this.options = options;
    this.form = form;
    if (spec.btf === undefined) return;
    this.types = new TypeDeclarations(spec.btf, form);
    for (const role of rolesOf(spec)) this.addRole(role, spec.btf, this.types);
  }

  private addRole(role: Role, btf: Btf, types: TypeDeclarations): void {
    let shape: Shape;
    try {
      shape = shapeOf(btf, role.typeId);
    } catch (error) {
      // A type without values (void, a function) stays what it is without BTF: bytes.
      if (error instanceof TsbpfError && error.code === ErrorCode.UNSUPPORTED) return;
      throw error instanceof TsbpfError ? error.within(`types of "${role.key}"`) : error;
    }
    const type = types.typeOf(shape, [role.key.replace(/\.value$/, "")]);
    this.roles.set(role.key, { ...role, shape, type });
  }

  module(bytes: Uint8Array): string {
    const { codecs, entries, symbols } = this.codecs();
    const imports = ["embeddedObject", ...(codecs === "" ? [] : ["codecSupport as s", ...symbols])];
    const importedTypes = ["EmbeddedObject", ...(codecs === "" ? [] : ["Codec", "Cursor", "Memory"])];
    const names = [...imports, ...(this.typed ? importedTypes.map((name) => `type ${name}`) : [])];
    return [
      ...this.head(),
      `import { ${names.join(", ")} } from ${this.from()};`,
      ...block(this.types?.text() ?? ""),
      ...(this.typed ? block(this.names()) : []),
      ...block(codecs),
      "",
      `/** The object file, ${bytes.length} bytes, and what is known of it. */`,
      this.typed
        ? "const object: EmbeddedObject<Types> = embeddedObject<Types>({"
        : "const object = embeddedObject({",
      `  name: ${JSON.stringify(this.options.name ?? this.spec.name)},`,
      "  bytes: [",
      ...base64Lines(bytes).map((line) => `    "${line}",`),
      '  ].join(""),',
      ...(entries.length === 0 ? [] : ["  codecs: {", ...entries.map((entry) => `    ${entry},`), "  },"]),
      "});",
      "export default object;",
      "",
    ].join("\n");
  }

  declarations(): string {
    const codecs = this.namedCodecs().filter(({ named }) => named);
    const names = ["EmbeddedObject", ...(codecs.length === 0 ? [] : ["Codec"])];
    return [
      ...this.head(),
      `import type { ${names.join(", ")} } from ${this.from()};`,
      ...block(this.types?.text() ?? ""),
      ...block(this.names()),
      ...codecs.flatMap(({ name, role }) => [
        "",
        codecDoc(role),
        `export declare const ${name}: Codec<${role.type}>;`,
      ]),
      "",
      "/** The compiled program. */",
      "declare const object: EmbeddedObject<Types>;",
      "export default object;",
      "",
    ].join("\n");
  }

  private get typed(): boolean {
    return this.form === "typescript";
  }

  private head(): string[] {
    const { source } = this.options;
    const origin = source === undefined ? "" : ` from ${source.replace(/[\r\n\u2028\u2029]/g, " ")}`;
    return [`// Generated by tsbpf${origin}. Do not edit: build it again.`, "/* eslint-disable */"];
  }

  private from(): string {
    return JSON.stringify(this.options.import ?? "tsbpf");
  }

  /** Codecs by name, one for each type. */
  private namedCodecs(): NamedCodec[] {
    const byType = new Map<string, { alignment: 4 | 8; role: TypedRole }>();
    for (const role of this.roles.values()) {
      const known = byType.get(shapeKey(role.shape));
      // 4 suits a place at a multiple of 8 as well.
      const alignment =
        known === undefined ? role.alignment : (Math.min(known.alignment, role.alignment) as 4 | 8);
      byType.set(shapeKey(role.shape), { alignment, role: known?.role ?? role });
    }
    const taken = new Set<string>();
    return [...byType].map(([key, { alignment, role }]) => {
      const { shape, type } = role;
      const named = shape.kind === "composite";
      const base = named ? `${lowerFirst(type)}Codec` : `${codecWord(shape, type)}Codec`;
      let name = base;
      for (let count = 2; taken.has(name); count++) name = `${base}${count}`;
      taken.add(name);
      return { key, name, named, alignment, role };
    });
  }

  /** Declarations of codecs, and which role uses which. */
  private codecs(): { codecs: string; entries: string[]; symbols: readonly string[] } {
    const { types } = this;
    if (types === undefined || this.roles.size === 0) return { codecs: "", entries: [], symbols: [] };
    const codecs = this.namedCodecs();
    const reserved = ["object", "embeddedObject", ...codecs.map(({ role }) => role.type)];
    const writer = new SourceWriter(this.typed ? types : undefined, reserved);
    const declarations = codecs.map(({ name, named, alignment, role }) => {
      const { shape, type } = role;
      const text = writer.codec(shape, shape.kind === "composite" ? shape.name || type : type, alignment);
      const annotation = this.typed ? `: Codec<${type}>` : "";
      const doc = named ? [codecDoc(role)] : [];
      return [...doc, `${named ? "export " : ""}const ${name}${annotation} = ${text};`].join("\n");
    });
    const names = new Map(codecs.map(({ key, name }) => [key, name]));
    const entries = [...this.roles.values()].map(
      (role) => `${JSON.stringify(role.key)}: ${names.get(shapeKey(role.shape)) ?? ""}`,
    );
    return { codecs: [writer.text(), ...declarations].join("\n\n"), entries, symbols: writer.imports() };
  }

  /** The interface of literal names. */
  private names(): string {
    const { spec } = this;
    const programs = spec.programs.map(
      (program) =>
        `    /** ${code(`SEC("${program.sectionName}")`)} */\n    ${property(program.name)}: ${quoted(program.type)};`,
    );
    const maps = spec.maps.map((map) => {
      const event = this.roles.get(`${map.name}.event`)?.type ?? "Uint8Array";
      const types = `key: ${this.keyType(map)}; value: ${this.valueType(map)}; event: ${event}`;
      return `    ${property(map.name)}: { type: ${quoted(map.type)}; ${types} };`;
    });
    const variables = variablesOf(spec).map((variable) => {
      const type = this.roles.get(variable.name)?.type ?? "Uint8Array";
      return `    /** In ${code(variable.map)}. */\n    ${property(variable.name)}: ${type};`;
    });
    return [
      "/** Programs, maps and variables of the object. */",
      "export interface Types {",
      ...group("programs", programs),
      ...group("maps", maps),
      ...group("variables", variables),
      "}",
    ].join("\n");
  }

  private keyType(map: MapSpec): string {
    if (map.keySize === 0) return "undefined";
    if (hasIndexKey(map)) return "number";
    return this.roles.get(`${map.name}.key`)?.type ?? "Uint8Array";
  }

  private valueType(map: MapSpec): string {
    if (map.valueSize === 0) return "undefined";
    if (holdsObjects(map)) return "number";
    const type = this.roles.get(`${map.name}.value`)?.type ?? "Uint8Array";
    return isPerCpu(map) ? `${type}[]` : type;
  }
}

function codecDoc(role: TypedRole): string {
  return `/** Decodes and encodes {@link ${role.type}}. */`;
}

function group(name: string, members: readonly string[]): string[] {
  return members.length === 0 ? [`  ${name}: {};`] : [`  ${name}: {`, ...members, "  };"];
}

function block(text: string): string[] {
  return text === "" ? [] : ["", text];
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

/** A word for codecs of types without a name of their own. */
function codecWord(shape: Shape, type: string): string {
  switch (shape.kind) {
    case "integer":
      return shape.enum === undefined || shape.enum.type.values.length === 0
        ? `${shape.signed ? "i" : "u"}${shape.size * 8}`
        : lowerFirst(type);
    case "float":
      return `f${shape.size * 8}`;
    case "array":
      return `${codecWord(shape.element, type.replace(/\[\]$/, ""))}List`;
    case "composite":
      return lowerFirst(type);
    default:
      return shape.kind === "boolean" ? "boolean" : `${shape.kind}${shape.size}`;
  }
}
