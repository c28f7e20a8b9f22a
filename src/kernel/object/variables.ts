import { argumentError, within } from "../../errors.ts";
import { memoryOf, type Memory } from "../../program/codec/index.ts";
import type { ObjectSpec, VariableSpec } from "../../program/spec/index.ts";
import type { Host } from "../host/index.ts";
import type { Kernel } from "../sys/index.ts";
import { mapElementCall } from "./attr-map.ts";
import { callBpf } from "./bpf-call.ts";
import { isFrozenSection, variableElement } from "./contents.ts";
import { elementMemory, type ElementCodec } from "./element-codecs.ts";
import { explain } from "./explain.ts";
import type { MadeMap } from "./load-maps.ts";
import type { LoadSettings } from "./load-options.ts";

/**
 * The global variables of a loaded object, live: reading and writing go straight to the memory that the programs use
 * where the section is mapped, and through map calls where it is not (kernels before 5.5, sections without global
 * symbols). No locks: a program may write at the same moment, and a value of more than 8 bytes may be half old.
 */
export class Variables {
  private readonly kernel: Kernel;
  private readonly host: Host;
  private readonly places = new Map<string, { variable: VariableSpec; codec: ElementCodec; map: MadeMap }>();
  private readonly memories = new Map<MadeMap, Memory>();

  constructor(
    kernel: Kernel,
    host: Host,
    spec: ObjectSpec,
    maps: ReadonlyMap<string, MadeMap>,
    codecs: LoadSettings["codecs"],
  ) {
    this.kernel = kernel;
    this.host = host;
    for (const variable of spec.variables) {
      const map = maps.get(variable.map);
      // Of several static variables with one name, the first is the one that can be named.
      if (map === undefined || this.places.has(variable.name)) continue;
      this.places.set(variable.name, { variable, codec: variableElement(spec, variable, codecs), map });
    }
  }

  /** Names of all variables whose section is in the kernel. */
  names(): string[] {
    return [...this.places.keys()];
  }

  /** The value now. */
  get(name: string): unknown {
    const { variable, codec, map } = this.place(name);
    return codec.decode(this.read(map), this.offset(map, variable));
  }

  /** Writes a value; a constant is an ARGUMENT error: the verifier has already counted on it. */
  set(name: string, value: unknown): void {
    const { variable, codec, map } = this.place(name);
    if (isFrozenSection(map.spec)) {
      throw argumentError(
        `variable "${name}": ${map.spec.name} is frozen once the programs are loaded`,
        `set it before: load({ set: { ${name}: … } })`,
      );
    }
    const memory = this.read(map);
    within(`variable "${name}"`, () => codec.encode(value, memory, this.offset(map, variable)));
    if (map.section?.bytes === undefined) this.write(map, memory);
  }

  private place(name: string) {
    const place = this.places.get(name);
    if (place === undefined) throw argumentError(`no variable "${name}"`);
    // CLOSED once the map is: its mapping is gone.
    void place.map.owner.fd;
    return place;
  }

  /** Globals of an arena lie in the last pages of it (RULES 24). */
  private offset(map: MadeMap, variable: VariableSpec): number {
    if (map.spec.origin !== "arena") return variable.offset;
    const { pageSize } = this.host;
    const bytes = Math.ceil((map.spec.contents?.length ?? 0) / pageSize) * pageSize;
    return map.maxEntries * pageSize - bytes + variable.offset;
  }

  private read(map: MadeMap): Memory {
    const { section } = map;
    if (section?.bytes !== undefined) {
      let memory = this.memories.get(map);
      if (memory === undefined) this.memories.set(map, (memory = memoryOf(padded(section.bytes))));
      return memory;
    }
    const memory = elementMemory(map.spec.valueSize);
    const call = mapElementCall("BPF_MAP_LOOKUP_ELEM", map.owner.fd, new Uint8Array(4), memory.u8);
    const result = callBpf(this.kernel, call);
    if (result < 0) throw explain(this.host, { call: "bpf(BPF_MAP_LOOKUP_ELEM)" }, -result);
    return memory;
  }

  private write(map: MadeMap, memory: Memory): void {
    const value = memory.u8.subarray(0, map.spec.valueSize);
    const result = callBpf(
      this.kernel,
      mapElementCall("BPF_MAP_UPDATE_ELEM", map.owner.fd, new Uint8Array(4), value),
    );
    if (result < 0) throw explain(this.host, { call: "bpf(BPF_MAP_UPDATE_ELEM)" }, -result);
  }
}

/** Views want whole words; mappings have whole pages, copies of constants may not. */
function padded(bytes: ArrayBuffer): ArrayBuffer {
  if (bytes.byteLength % 8 === 0) return bytes;
  const whole = new Uint8Array(Math.ceil(bytes.byteLength / 8) * 8);
  whole.set(new Uint8Array(bytes));
  return whole.buffer;
}
