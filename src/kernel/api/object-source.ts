import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { decompressLz4, fletcher } from "../../format/bytes/index.ts";
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
  /** Bytes of the object file. */
  readonly size: number;
  /** What damage to the embedded bytes is noticed by. */
  readonly checksum: string;
  /** The object file as an LZ4 block in base64. */
  readonly lz4: string;
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

/**
 * For generated modules: the object that one embeds. It is decoded when it is used; importing it costs nothing. A byte
 * that changed since it was generated is a MALFORMED error then.
 */
export function embeddedObject<Types extends ObjectTypes>(source: EmbeddedSource): EmbeddedObject<Types> {
  return new Source<Types>(source.name, () => unpack(source), source.codecs);
}

function unpack({ size, checksum, lz4 }: EmbeddedSource): Uint8Array {
  const packed = Buffer.from(lz4, "base64");
  // Buffer leaves out what is not base64, and bits behind the last byte: there must be none of either.
  const last = packed.subarray(packed.length - (packed.length % 3 || 3)).toString("base64");
  const isWhole = lz4.length === Math.ceil(packed.length / 3) * 4 && lz4.endsWith(last);
  const found = isWhole ? fletcher(packed) : "text that is not base64";
  if (found !== checksum) {
    const expected = `an embedded object with checksum ${checksum}`;
    throw new MalformedError(expected, found, undefined, { remedy: "build it again" });
  }
  return decompressLz4(packed, size);
}
