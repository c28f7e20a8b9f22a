import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { MalformedError, SyscallError, TsbpfError, within } from "../../errors.ts";
import type { Codec } from "../../program/codec/index.ts";
import { readObject, type ObjectSpec, type ObjectTypes } from "../../program/spec/index.ts";
import { loadParts, type LoadSettings } from "../object/index.ts";
import { machineOf, type MachineOptions } from "./default-machine.ts";
import { LoadedObject } from "./loaded-object.ts";

/** How {@link ObjectSource.load} loads. */
export interface LoadOptions<Types extends ObjectTypes = ObjectTypes>
  extends LoadSettings<Types>, MachineOptions {}

/** A BPF object file that can be looked into and loaded, as often as wanted. It holds nothing that needs closing. */
export interface ObjectSource<Types extends ObjectTypes = ObjectTypes> {
  /** How messages name it: `trace.bpf.o`. */
  readonly name: string;
  /** What the object asks for; read when it is first needed, the same on every machine. */
  readonly spec: ObjectSpec;
  /** Brings the object into the kernel. On any error nothing of it stays there. Close the result. */
  load(options?: LoadOptions<Types>): Promise<LoadedObject<Types>>;
}

/** An object inside a generated module. */
export type EmbeddedObject<Types extends ObjectTypes = ObjectTypes> = ObjectSource<Types>;

/** What a generated module embeds. */
export interface EmbeddedSource {
  /** The object's name (RULES 6). */
  readonly name: string;
  /** The object file in base64. */
  readonly bytes: string;
  /** Codecs by role: `MAP.key`, `MAP.value`, `MAP.event`, or the variable's name. */
  readonly codecs?: Readonly<Record<string, Codec>> | undefined;
}

class Source<Types extends ObjectTypes> implements ObjectSource<Types> {
  readonly name: string;
  private readonly bytes: () => Uint8Array;
  private readonly codecs: EmbeddedSource["codecs"];
  private kept: ObjectSpec | undefined;

  constructor(name: string, bytes: () => Uint8Array, codecs?: EmbeddedSource["codecs"]) {
    this.name = name;
    this.bytes = bytes;
    this.codecs = codecs;
  }

  get spec(): ObjectSpec {
    return (this.kept ??= within(this.name, () => readObject(this.bytes(), { name: this.name })));
  }

  load(options: LoadOptions<Types> = {}): Promise<LoadedObject<Types>> {
    return loadObject<Types>(this.spec, { codecs: this.codecs, ...options }, this.name);
  }
}

/**
 * Brings an object into the kernel. On any error nothing of it stays there. Close the result. `name` stands in front of
 * errors; default: the object's.
 */
export async function loadObject<Types extends ObjectTypes = ObjectTypes>(
  spec: ObjectSpec,
  options: LoadOptions<Types> = {},
  name: string = spec.name,
): Promise<LoadedObject<Types>> {
  try {
    const machine = machineOf(options);
    // Names are checked against the object, whose types these are.
    const settings = options as LoadSettings;
    const parts = await loadParts(machine.kernel, machine.host, spec, settings);
    return new LoadedObject<Types>(machine, spec, settings, parts);
  } catch (error) {
    throw error instanceof TsbpfError ? error.within(name) : error;
  }
}

/**
 * An object file on disk. It is read now, so that a later change of the file does not matter.
 * SYSCALL if it cannot be read; what is wrong inside shows when it is used.
 */
export function readObjectFile<Types extends ObjectTypes = ObjectTypes>(path: string): ObjectSource<Types> {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    const { errno = 0, code = "", syscall = "open" } = cause as NodeJS.ErrnoException;
    throw new SyscallError(syscall, Math.abs(errno), code, { trail: [path], cause });
  }
  return new Source<Types>(basename(path), () => bytes);
}

/** An object file in memory; `bytes` must not change. `name` is what the file would be called. */
export function readObjectBytes<Types extends ObjectTypes = ObjectTypes>(
  bytes: Uint8Array,
  options: { readonly name?: string | undefined } = {},
): ObjectSource<Types> {
  return new Source<Types>(options.name ?? "bpf.o", () => bytes);
}

/** For generated modules: the object that one embeds. It is decoded when it is used; importing it costs nothing. */
export function embeddedObject<Types extends ObjectTypes>(source: EmbeddedSource): EmbeddedObject<Types> {
  return new Source<Types>(source.name, () => decodeBase64(source), source.codecs);
}

function decodeBase64({ name, bytes }: EmbeddedSource): Uint8Array {
  const decoded = Buffer.from(bytes, "base64");
  const padding = bytes.endsWith("==") ? 2 : bytes.endsWith("=") ? 1 : 0;
  const expected = (bytes.length * 3) / 4 - padding;
  // Buffer skips what is not base64: a damaged module would become another object.
  if (decoded.length !== expected) {
    throw new MalformedError(`${expected} bytes of base64`, `${decoded.length}`, undefined, {
      trail: [name],
    });
  }
  return decoded;
}
