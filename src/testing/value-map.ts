import { flags as abiFlags } from "../format/abi/index.ts";
import { errno } from "./errno.ts";
import { FakeMap, type MapHome, type MapRequest } from "./map.ts";

const PROT_WRITE = 2;

/** `NOEXIST` and `EXIST` in the low bits of an update's flags; undefined: go on. */
function refusal(flags: number, exists: boolean): number | undefined {
  if ((flags & ~abiFlags.BPF_F_LOCK) > abiFlags.BPF_EXIST) return -errno.EINVAL;
  if ((flags & abiFlags.BPF_NOEXIST) !== 0 && exists) return -errno.EEXIST;
  if ((flags & abiFlags.BPF_EXIST) !== 0 && !exists) return -errno.ENOENT;
  return undefined;
}

/** Bytes of a value for user space: one for each possible CPU, each rounded up to 8 (RULES 22). */
function valueBytes(request: MapRequest, home: MapHome, perCpu: boolean): number {
  return perCpu ? ((request.valueSize + 7) & ~7) * home.possibleCpus : request.valueSize;
}

/** Keys by content: hash maps of all kinds, and other tables. The order is that of insertion. */
export class HashMap extends FakeMap {
  private readonly entries = new Map<string, { readonly key: Uint8Array; value: Uint8Array }>();

  override get valueBytes(): number {
    return valueBytes(this.request, this.home, this.type.includes("percpu"));
  }

  override get batches(): boolean {
    return true;
  }

  override lookup(key: Uint8Array): Uint8Array | number {
    return this.entries.get(key.join())?.value.slice() ?? -errno.ENOENT;
  }

  override update(key: Uint8Array, value: Uint8Array, flags: number): number {
    const known = this.entries.get(key.join());
    const refused = refusal(flags, known !== undefined);
    if (refused !== undefined) return refused;
    if (known === undefined && this.entries.size >= this.request.maxEntries) {
      if (!this.type.startsWith("lru")) return -errno.E2BIG;
      // The oldest goes, which is near enough to the kernel's approximation of "least recently used".
      const oldest = this.entries.keys().next().value;
      if (oldest !== undefined) this.entries.delete(oldest);
    }
    this.entries.set(key.join(), { key: key.slice(), value: value.slice() });
    return 0;
  }

  override delete(key: Uint8Array): number {
    return this.entries.delete(key.join()) ? 0 : -errno.ENOENT;
  }

  override nextKey(key: Uint8Array | undefined): Uint8Array | number {
    const keys = [...this.entries.values()].map((entry) => entry.key);
    const wanted = key?.join();
    const index = wanted === undefined ? -1 : keys.findIndex((one) => one.join() === wanted);
    return keys[index + 1] ?? -errno.ENOENT;
  }

  override lookupAndDelete(key: Uint8Array): Uint8Array | number {
    const value = this.lookup(key);
    if (typeof value !== "number") this.delete(key);
    return value;
  }
}

/** Longest prefix first: a key is `u32 bits` and the bytes. */
export class PrefixMap extends HashMap {
  override lookup(key: Uint8Array): Uint8Array | number {
    const view = new DataView(key.buffer, key.byteOffset, key.length);
    // Little-endian like the machines that this runs on; the order of bits in the data is the network's.
    for (let bits = view.getUint32(0, true); bits >= 0; bits--) {
      const prefix = key.slice();
      new DataView(prefix.buffer).setUint32(0, bits, true);
      for (let bit = bits; bit < (key.length - 4) * 8; bit++) {
        const at = 4 + (bit >> 3);
        prefix[at] = (prefix[at] ?? 0) & ~(0x80 >> (bit & 7));
      }
      const value = super.lookup(prefix);
      if (typeof value !== "number") return value;
    }
    return -errno.ENOENT;
  }
}

/** Values at indexes 0 to maxEntries - 1, all there from the start. Data sections are arrays of one value. */
export class ArrayMap extends FakeMap {
  private storage: ArrayBuffer;
  private readonly stride: number;
  private mappings = 0;
  private writable = 0;

  constructor(request: MapRequest, home: MapHome) {
    super(request, home);
    this.stride = (this.valueBytes + 7) & ~7;
    const bytes = this.stride * request.maxEntries;
    // What mmap(2) gives is whole pages (RULES 20).
    this.storage = new ArrayBuffer(Math.ceil(bytes / home.pageSize) * home.pageSize);
  }

  override get valueBytes(): number {
    return valueBytes(this.request, this.home, this.type === "percpu_array");
  }

  override get batches(): boolean {
    return true;
  }

  override get writableMappings(): number {
    return this.writable;
  }

  override lookup(key: Uint8Array): Uint8Array | number {
    const index = indexOf(key);
    if (index >= this.request.maxEntries) return -errno.ENOENT;
    return new Uint8Array(this.storage, index * this.stride, this.valueBytes).slice();
  }

  override update(key: Uint8Array, value: Uint8Array, flags: number): number {
    const index = indexOf(key);
    if ((flags & ~abiFlags.BPF_F_LOCK) > abiFlags.BPF_EXIST) return -errno.EINVAL;
    if (index >= this.request.maxEntries) return -errno.E2BIG;
    if ((flags & abiFlags.BPF_NOEXIST) !== 0) return -errno.EEXIST;
    new Uint8Array(this.storage).set(value.subarray(0, this.valueBytes), index * this.stride);
    return 0;
  }

  override delete(_key: Uint8Array): number {
    return -errno.EINVAL;
  }

  override nextKey(key: Uint8Array | undefined): Uint8Array | number {
    const index = key === undefined ? -1 : indexOf(key);
    const next = index >= this.request.maxEntries ? 0 : index + 1;
    return next < this.request.maxEntries ? indexKey(next) : -errno.ENOENT;
  }

  map(length: number, protection: number, offset: number): ArrayBuffer | number {
    if ((this.request.flags & abiFlags.BPF_F_MMAPABLE) === 0) return -errno.EINVAL;
    if (offset !== 0 || length > this.storage.byteLength) return -errno.EINVAL;
    const writing = (protection & PROT_WRITE) !== 0;
    // bpf_map_mmap (kernel/bpf/syscall.c).
    if (writing && this.frozen) return -errno.EPERM;
    this.mappings += 1;
    if (writing) this.writable += 1;
    return this.storage;
  }

  unmap(mapping: ArrayBuffer): void {
    if (mapping !== this.storage || this.mappings === 0) return;
    this.mappings -= 1;
    if (this.writable > 0) this.writable -= 1;
    // The user's views must die with the mapping, the content must not.
    if (this.mappings === 0) this.storage = structuredClone(mapping, { transfer: [mapping] });
  }
}

/** FIFO or LIFO; no keys. Also the values of a bloom filter, which are only ever added. */
export class QueueMap extends FakeMap {
  private readonly values: Uint8Array[] = [];

  override lookup(value: Uint8Array): Uint8Array | number {
    if (this.type === "bloom_filter") {
      return this.values.some((one) => one.join() === value.join()) ? value : -errno.ENOENT;
    }
    return (this.type === "stack" ? this.values.at(-1) : this.values[0])?.slice() ?? -errno.ENOENT;
  }

  override update(_key: Uint8Array, value: Uint8Array, flags: number): number {
    const force = (flags & abiFlags.BPF_EXIST) !== 0;
    if (this.values.length >= this.request.maxEntries && this.type !== "bloom_filter") {
      if (!force) return -errno.E2BIG;
      this.values.shift();
    }
    this.values.push(value.slice());
    return 0;
  }

  override lookupAndDelete(_key: Uint8Array): Uint8Array | number {
    return (this.type === "stack" ? this.values.pop() : this.values.shift()) ?? -errno.ENOENT;
  }
}

/** The index in an array's key, in the machine's order. */
export function indexOf(key: Uint8Array): number {
  return new Uint32Array(key.slice(0, 4).buffer)[0] ?? 0;
}

/** The key of an index. */
export function indexKey(index: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(index).buffer);
}
