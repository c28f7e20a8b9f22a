import { argumentError, type TsbpfError } from "../../errors.ts";
import { attachTypes } from "../../format/abi/index.ts";
import type { ObjectSpec, ObjectTypes } from "../../program/spec/index.ts";
import type { Link, UsdtSpecs } from "../link/index.ts";
import {
  mapCodecs,
  namedRecord,
  Variables,
  type LoadedParts,
  type LoadSettings,
  type MadeMap,
  type OwnedFd,
} from "../object/index.ts";
import { BpfMap } from "./bpf-map.ts";
import { usdtSpecs } from "./usdt-specs.ts";
import type { KernelAndHost } from "./default-machine.ts";
import { Program } from "./program.ts";

/** The maps of an object by name. */
export type MapsOf<Types extends ObjectTypes> = {
  readonly [Name in keyof Types["maps"]]: BpfMap<
    Types["maps"][Name]["key"],
    Types["maps"][Name]["value"],
    Types["maps"][Name]["event"]
  >;
};

/** How {@link LoadedObject.attach} attaches. */
export interface AttachAllOptions<Types extends ObjectTypes = ObjectTypes> {
  /** Cookies by program. */
  readonly cookies?: { readonly [Name in keyof Types["programs"]]?: bigint | number } | undefined;
  /** The process that uprobes watch (0: this one); the other programs see all processes. Default: all. */
  readonly pid?: number | undefined;
}

/**
 * An object in the kernel. It owns everything in it: `close()` detaches and closes all. Names that the object does not
 * have are ARGUMENT errors with the name that was probably meant.
 */
export class LoadedObject<Types extends ObjectTypes = ObjectTypes> {
  /** The object's name. */
  readonly name: string;
  /** What was loaded. */
  readonly spec: ObjectSpec;
  /** Programs by the name of their C function. */
  readonly programs: { readonly [Name in keyof Types["programs"]]: Program };
  /** Maps by the name of their C variable; sections of global variables by their ELF name, such as `.bss`. */
  readonly maps: MapsOf<Types>;
  /** Global variables, live: reading and assigning go to the memory that the programs use. */
  readonly variables: { -readonly [Name in keyof Types["variables"]]: Types["variables"][Name] };
  /** Programs that were allowed to be refused and were, with the reason. */
  readonly skipped: ReadonlyMap<string, TsbpfError>;
  /** What a reader should know, such as types that this kernel did not take. */
  readonly notes: readonly string[];
  private readonly programList: ReadonlyMap<string, Program>;
  private readonly mapList: ReadonlyMap<string, BpfMap>;
  private readonly btf: OwnedFd | undefined;
  private readonly release: () => void;

  /** @internal */
  constructor(machine: KernelAndHost, spec: ObjectSpec, settings: LoadSettings, parts: LoadedParts) {
    const { kernel, host } = machine;
    this.name = spec.name;
    this.spec = spec;
    this.skipped = parts.skipped;
    this.notes = parts.notes;
    this.btf = parts.btf;
    this.programList = makePrograms(machine, parts, usdtSpecs(machine, spec, settings, parts));
    this.mapList = makeMaps(machine, spec, settings, parts);
    const variables = new Variables(kernel, host, spec, parts.maps, settings.codecs);
    this.release = () => unmapSections(machine, parts.maps);
    // The records answer exactly for the names that the types list: both come from the same object.
    this.programs = this.record("program", this.programList, (name) =>
      this.notLoaded(name),
    ) as typeof this.programs;
    this.maps = this.record("map", this.mapList) as typeof this.maps;
    this.variables = namedRecord({
      what: "variable",
      owner: spec.name,
      names: variables.names(),
      get: (name) => variables.get(name),
      set: (name, value) => variables.set(name, value),
    }) as typeof this.variables;
  }

  /** A program by its name; an ARGUMENT error if there is none. The same as `programs[name]`, for names that are data. */
  requireProgram(name: string): Program {
    return (
      this.programList.get(name) ??
      (this.programs as Record<string, Program>)[name] ??
      absent("program", name)
    );
  }

  /** A map by its name; an ARGUMENT error if there is none. The same as `maps[name]`, for names that are data. */
  requireMap(name: string): BpfMap {
    return this.mapList.get(name) ?? (this.maps as Record<string, BpfMap>)[name] ?? absent("map", name);
  }

  /** All links of its programs that are attached now. */
  get links(): readonly Link[] {
    const structOps = [...this.mapList.values()].flatMap((map) => map.structOpsLink ?? []);
    return [...[...this.programList.values()].flatMap((program) => [...program.links]), ...structOps];
  }

  /**
   * Attaches every program to what its section names. Programs that are attached already, and those whose section names
   * no place, are left as they are (RULES 77): what was attached explicitly wins. If one is refused, those attached by
   * this call are detached again.
   */
  attach(options: AttachAllOptions<Types> = {}): readonly Link[] {
    const known = this.programList;
    const cookies = new Map(Object.entries(options.cookies ?? {}));
    for (const name of cookies.keys()) if (!known.has(name)) this.requireProgram(name);
    const links: Link[] = [];
    try {
      for (const program of known.values()) {
        if (program.links.length > 0) continue;
        const cookie = cookies.get(program.name);
        const link = program.attachBySection({
          cookie,
          pid: program.isInFile ? options.pid : undefined,
        });
        if (link !== undefined) links.push(link);
      }
      for (const map of this.mapList.values()) {
        if (map.type === "struct_ops" && map.structOpsLink === undefined) links.push(map.attachStructOps());
      }
    } catch (error) {
      for (const link of links.reverse()) link.detach();
      throw error;
    }
    return links;
  }

  /** Detaches all links of its programs; they stay loaded. */
  detach(): void {
    for (const link of this.links) link.detach();
  }

  /** Detaches and closes everything; idempotent. Pins stay. */
  close(): void {
    this.detach();
    for (const map of this.mapList.values()) map.close();
    for (const program of this.programList.values()) program.close();
    this.btf?.close();
    this.release();
  }

  /** The same as {@link close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  private record(
    what: string,
    list: ReadonlyMap<string, unknown>,
    missing?: (name: string) => Error | undefined,
  ): object {
    return namedRecord({
      what,
      owner: this.spec.name,
      names: [...list.keys()],
      get: (name) => list.get(name),
      ...(missing === undefined ? {} : { missing }),
    });
  }

  /** Why a program of the object is not there. */
  private notLoaded(name: string): Error | undefined {
    const skipped = this.skipped.get(name);
    if (skipped !== undefined) {
      return argumentError(`${this.name}: program "${name}" was skipped: ${skipped.message}`);
    }
    if (!this.spec.programs.some((program) => program.name === name)) return undefined;
    return argumentError(
      `${this.name}: program "${name}" is not loaded`,
      `load({ autoload: { ${name}: true } })`,
    );
  }
}

function absent(what: string, name: string): never {
  throw argumentError(`no ${what} "${name}"`);
}

function makePrograms(
  { kernel, host }: KernelAndHost,
  parts: LoadedParts,
  specs: () => UsdtSpecs | undefined,
): Map<string, Program> {
  const programs = new Map<string, Program>();
  for (const [name, { prepared, owner, log, expectedAttachType }] of parts.programs) {
    const forMulti = attachTypes[expectedAttachType] === "trace_uprobe_multi";
    const usdt = () => ({ specs: specs(), forMulti });
    programs.set(
      name,
      new Program({ kernel, host, owner, name, type: prepared.spec.type }, prepared, log, usdt),
    );
  }
  return programs;
}

function makeMaps(
  { kernel, host }: KernelAndHost,
  spec: ObjectSpec,
  settings: LoadSettings,
  parts: LoadedParts,
): Map<string, BpfMap> {
  const codecs = settings.codecs ?? {};
  const maps = new Map<string, BpfMap>();
  for (const [name, made] of parts.maps) {
    const layout = parts.structOps.get(name);
    const elements = mapCodecs({
      type: made.spec.type,
      keySize: made.spec.keySize,
      valueSize: layout === undefined ? made.spec.valueSize : layout.value.length,
      btf: spec.btf,
      keyType: made.spec.keyType,
      valueType: layout === undefined ? made.spec.valueType : 0,
      cpus: host.possibleCpus().length,
      keyCodec: codecs[`${name}.key`],
      valueCodec: codecs[`${name}.value`],
    });
    const map = new BpfMap(
      {
        kernel,
        host,
        owner: made.owner,
        name,
        type: made.spec.type,
        maxEntries: made.maxEntries,
        flags: made.flags,
        key: elements.key,
        value: elements.value,
      },
      {
        eventBtf: spec.btf,
        eventType: made.spec.eventType,
        eventCodec: codecs[`${name}.event`],
        structOps: layout,
      },
    );
    maps.set(name, map);
  }
  return maps;
}

/** Mappings of data sections; a copy of constants is no mapping. */
function unmapSections({ kernel }: KernelAndHost, maps: ReadonlyMap<string, MadeMap>): void {
  for (const { section } of maps.values()) {
    if (section?.bytes !== undefined && section.writable) kernel.munmap(section.bytes);
  }
}
