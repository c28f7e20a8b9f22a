import { argumentError } from "../../errors.ts";
import type { MapType } from "../../format/abi/index.ts";
import { decodeUtf8 } from "../../format/bytes/index.ts";
import { memoryOf, type Codec, type Memory } from "../../program/codec/index.ts";

/** What a map's keys or values need of a codec. */
export type ElementCodec<T = unknown> = Pick<Codec<T>, "size" | "decode" | "encode">;

/** Bytes as they are, for maps without BTF. */
export function rawElement(size: number): ElementCodec<Uint8Array> {
  return {
    size,
    decode: (memory, offset) => memory.u8.slice(offset, offset + size),
    encode(value, memory, offset) {
      if (!(value instanceof Uint8Array) || value.length !== size) {
        const found = value instanceof Uint8Array ? `${value.length} bytes` : typeof value;
        throw argumentError(`expected a Uint8Array of ${size} bytes (the map has no BTF), found ${found}`);
      }
      memory.u8.set(value, offset);
    },
  };
}

/** An index or id of 32 bits. */
export const numberElement: ElementCodec<number> = {
  size: 4,
  decode: (memory, offset) => memory.u32[offset >>> 2] ?? 0,
  encode(value, memory, offset) {
    if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) {
      throw argumentError(`expected an integer from 0 to 4294967295, found ${shown(value)}`);
    }
    memory.u32[offset >>> 2] = value;
  },
};

/** Something with an fd: what goes into a map of maps or programs. */
export interface HasFd {
  /** An open fd; who gives it keeps it and closes it. */
  readonly fd: number;
}

/** Written as an fd, read as a kernel id. */
export const fdElement: ElementCodec<number | HasFd> = {
  size: 4,
  decode: numberElement.decode,
  encode(value, memory, offset) {
    const fd = typeof value === "object" && value !== null ? value.fd : value;
    numberElement.encode(fd, memory, offset);
  },
};

/** No bytes: the key of queues, stacks and bloom filters. */
export const emptyElement: ElementCodec<undefined> = {
  size: 0,
  decode: () => undefined,
  encode: () => {},
};

/** Bytes between the values of two CPUs (RULES 22). */
export function cpuStride(valueSize: number): number {
  return Math.ceil(valueSize / 8) * 8;
}

/**
 * One value per possible CPU, in the order of their ids: the kernel packs the possible ones without gaps (RULES 76)
 * and writes roundup(size, 8) bytes for each, whatever the caller's buffer holds (RULES 22).
 */
export function perCpuElement<T>(value: ElementCodec<T>, cpus: number): ElementCodec<T[]> {
  const stride = cpuStride(value.size);
  return {
    size: stride * cpus,
    decode: (memory, offset) =>
      Array.from({ length: cpus }, (_, cpu) => value.decode(memory, offset + cpu * stride)),
    encode(values, memory, offset) {
      if (!Array.isArray(values) || values.length !== cpus) {
        throw argumentError(
          `expected one value for each of the ${cpus} possible CPUs, found ${shown(values)}`,
        );
      }
      for (const [cpu, one] of values.entries()) value.encode(one, memory, offset + cpu * stride);
    },
  };
}

/** Maps with a value for each CPU. */
export function isPerCpu(type: MapType): boolean {
  return /^(lru_)?percpu_/.test(type);
}

/** Maps whose key is an index of 32 bits by the kernel's rules, whatever type the source gives it. */
export function hasIndexKey(type: MapType): boolean {
  return indexed.has(type);
}

const indexed: ReadonlySet<MapType> = new Set<MapType>([
  "array",
  "percpu_array",
  "prog_array",
  "perf_event_array",
  "cgroup_array",
  "array_of_maps",
  "devmap",
  "cpumap",
  "xskmap",
  "sockmap",
  "reuseport_sockarray",
]);

/** Maps whose values are other objects. */
export function holdsFds(type: MapType): boolean {
  return holders.has(type);
}

const holders: ReadonlySet<MapType> = new Set<MapType>([
  "prog_array",
  "perf_event_array",
  "cgroup_array",
  "array_of_maps",
  "hash_of_maps",
]);

/** A buffer that codecs and the kernel share, in whole words. */
export function elementMemory(size: number): Memory {
  return memoryOf(new ArrayBuffer(Math.max(8, Math.ceil(size / 8) * 8)));
}

/** `text` up to its NUL: names in the kernel's answers. */
export function textField(bytes: Uint8Array, offset: number, width: number): string {
  const field = bytes.subarray(offset, offset + width);
  const end = field.indexOf(0);
  return decodeUtf8(end < 0 ? field : field.subarray(0, end));
}

/** Eight bytes as the kernel writes a tag: hexadecimal. */
export function hexField(bytes: Uint8Array, offset: number, width: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + offset, width).toString("hex");
}

function shown(value: unknown): string {
  if (typeof value === "object") return Array.isArray(value) ? `${value.length} values` : "an object";
  return typeof value === "string"
    ? JSON.stringify(value)
    : `${value as number | bigint | boolean | undefined}`;
}
