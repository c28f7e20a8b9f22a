import { typeName } from "../../format/btf/index.ts";
import type { Btf } from "../../format/btf/index.ts";
import type {
  CodeRelocation,
  ExternSpec,
  FunctionSpec,
  MapSpec,
  ObjectSpec,
  ProgramSpec,
  VariableSpec,
} from "./types.ts";

/** A value that JSON.stringify writes as it is. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** How {@link specToJson} writes bytes. */
export interface SpecJsonOptions {
  /** `"hash"` (default): length and a hash, for comparing; `"hex"`: the bytes. */
  readonly bytes?: "hash" | "hex";
}

/**
 * A spec as plain JSON, for `tsbpf inspect --json` and for golden files: types as C text, 64-bit numbers as decimal
 * text, machine code and contents as length and hash or as hex. What is absent or empty is left out.
 */
export function specToJson(spec: ObjectSpec, options: SpecJsonOptions = {}): Json {
  return new Projection(spec.btf, options.bytes ?? "hash").object(spec);
}

class Projection {
  private readonly btf: Btf | undefined;
  private readonly style: "hash" | "hex";

  constructor(btf: Btf | undefined, style: "hash" | "hex") {
    this.btf = btf;
    this.style = style;
  }

  object(spec: ObjectSpec): Json {
    return compact({
      name: spec.name,
      littleEndian: spec.littleEndian,
      license: spec.license,
      kernelVersion: spec.kernelVersion,
      programs: spec.programs.map((program) => this.program(program)),
      subprograms: spec.subprograms.map((subprogram) => this.function(subprogram)),
      maps: spec.maps.map((map) => this.map(map)),
      variables: spec.variables.map((variable) => this.variable(variable)),
      externs: spec.externs.map((extern) => this.extern(extern)),
      btfTypes: spec.btf === undefined ? undefined : spec.btf.endId - 1,
      notes: [...spec.notes],
    });
  }

  private program(program: ProgramSpec): Json {
    const { definition } = program;
    return compact({
      ...(this.function(program) as { [key: string]: Json }), // `function` always answers an object
      sectionName: program.sectionName === program.section ? undefined : program.sectionName,
      definition: definition?.pattern,
      type: program.type,
      expectedAttachType: program.expectedAttachType,
      attach: definition === undefined || definition.attach === "none" ? undefined : definition.attach,
      flags: program.flags || undefined,
      target: program.target,
      autoload: program.autoload ? undefined : false,
    });
  }

  private function(item: FunctionSpec): Json {
    const first = item.lines[0];
    return compact({
      name: item.name,
      section: item.section,
      offset: item.offset,
      instructions: item.code.length / 8,
      code: this.bytes(item.code),
      linkage: item.linkage,
      hidden: item.hidden || undefined,
      prototype: item.btfId === undefined ? undefined : this.prototype(item.btfId),
      source: first === undefined ? undefined : `${first.source.file}:${first.source.line}`,
      lines: item.lines.length || undefined,
      relocations: item.relocations.map(relocationText),
      coreRelocations: item.coreRelocations.map(
        ({ instruction, kind, type, access }) => `${instruction}: ${kind} ${this.type(type)} ${access}`,
      ),
    });
  }

  private map(map: MapSpec): Json {
    const { structOps } = map;
    return compact({
      name: map.name,
      kernelName: map.kernelName === map.name ? undefined : map.kernelName,
      origin: map.origin === "declared" ? undefined : map.origin,
      type: map.type,
      keySize: map.keySize,
      valueSize: map.valueSize,
      maxEntries: map.maxEntries,
      flags: map.flags || undefined,
      numaNode: map.numaNode,
      mapExtra: map.mapExtra === 0n ? undefined : String(map.mapExtra),
      pinning: map.pinning === "none" ? undefined : map.pinning,
      key: this.typeOrNone(map.keyType),
      value: this.typeOrNone(map.valueType),
      inner: map.inner === undefined ? undefined : this.map(map.inner),
      slots: Object.fromEntries(map.slots.map(({ index, target }) => [String(index), target])),
      contents: map.contents === undefined ? undefined : this.bytes(map.contents),
      event: this.typeOrNone(map.eventType),
      autocreate: map.autocreate ? undefined : false,
      structOps:
        structOps === undefined
          ? undefined
          : compact({
              type: this.type(structOps.type),
              link: structOps.link || undefined,
              programs: Object.fromEntries(
                structOps.programs.map(({ offset, program }) => [String(offset), program]),
              ),
            }),
    });
  }

  private variable(variable: VariableSpec): Json {
    return compact({
      name: variable.name,
      map: variable.map,
      offset: variable.offset,
      size: variable.size,
      type: this.typeOrNone(variable.type),
      linkage: variable.linkage,
      hidden: variable.hidden || undefined,
    });
  }

  private extern(extern: ExternSpec): Json {
    const { kind, name } = extern;
    const common = { kind, name, weak: extern.weak || undefined };
    if (extern.kind !== "kconfig") return compact({ ...common, type: this.typeOrNone(extern.type) });
    const { value, signed, offset, size } = extern;
    return compact({
      ...common,
      type: this.type(extern.type),
      value,
      signed: signed || undefined,
      offset,
      size,
    });
  }

  private prototype(id: number): string {
    const type = this.btf?.type(id);
    return type?.kind === "func" ? this.type(type.type) : this.type(id);
  }

  private typeOrNone(id: number): string | undefined {
    return id === 0 ? undefined : this.type(id);
  }

  private type(id: number): string {
    if (this.btf === undefined) return `type ${id}`;
    const type = this.btf.type(id);
    return type.kind === "datasec" ? `section ${type.name}` : typeName(this.btf, id);
  }

  private bytes(bytes: Uint8Array): string {
    return this.style === "hex" ? hex(bytes) : `${bytes.length} bytes ${hash(bytes)}`;
  }
}

function relocationText(relocation: CodeRelocation): string {
  const { instruction, kind } = relocation;
  switch (relocation.kind) {
    case "map":
      return `${instruction}: map ${relocation.map}`;
    case "data":
      return `${instruction}: data ${relocation.map}+${relocation.offset}`;
    case "extern":
      return `${instruction}: extern ${relocation.extern}`;
    default:
      return `${instruction}: ${kind} .text+${relocation.target}`;
  }
}

/** Without members that are undefined, empty lists and empty objects. */
function compact(members: { readonly [key: string]: Json | undefined }): Json {
  const kept: { [key: string]: Json } = {};
  for (const [key, value] of Object.entries(members)) {
    if (value === undefined) continue;
    if (typeof value === "object" && value !== null && Object.keys(value).length === 0) continue;
    kept[key] = value;
  }
  return kept;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** FNV-1a, 32 bits: for telling a change, not for security. */
function hash(bytes: Uint8Array): string {
  let value = 0x811c9dc5;
  for (const byte of bytes) value = Math.imul(value ^ byte, 0x01000193);
  return (value >>> 0).toString(16).padStart(8, "0");
}
