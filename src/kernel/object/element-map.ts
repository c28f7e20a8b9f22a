import { argumentError, SyscallError, type TsbpfError } from "../../errors.ts";
import { bpfCmd, flags as bpfFlags, type MapType } from "../../format/abi/index.ts";
import { memoryOf, type Memory } from "../../program/codec/index.ts";
import type { Host } from "../host/index.ts";
import type { Kernel, Reference } from "../sys/index.ts";
import { mapElementCall, type ElementCommand } from "./attr-map.ts";
import { elementMemory, type ElementCodec } from "./element-codecs.ts";
import { Errno, errnoName } from "./errno.ts";
import { explain } from "./explain.ts";
import { readMapInfo, type MapInfo } from "./info.ts";
import { mappedBytes } from "./map-plan.ts";
import { scanMap } from "./map-scan.ts";
import type { OwnedFd } from "./owned-fd.ts";
import { pinObject, unpinObject } from "./pins.ts";

const PROT_READ_WRITE = 3;

/** How `set` of a map treats an element that is there or not. */
export interface SetOptions {
  /** `"noexist"`: only create (BPF_NOEXIST). `"exist"`: only replace (BPF_EXIST). Default: either (BPF_ANY). */
  readonly flags?: "any" | "noexist" | "exist" | undefined;
}

/** What a map is made of. */
export interface MapParts<Key, Value> {
  readonly kernel: Kernel;
  readonly host: Host;
  readonly owner: OwnedFd;
  readonly name: string;
  readonly type: MapType;
  readonly maxEntries: number;
  /** `BPF_F_*` as the kernel has them. */
  readonly flags: number;
  readonly key: ElementCodec<Key>;
  readonly value: ElementCodec<Value>;
}

/** An element operation with its attr and buffers made once: a call then costs little more than the system call. */
interface Prepared {
  readonly command: number;
  readonly attr: Uint8Array;
  readonly references: readonly Reference[];
}

/**
 * A map in the kernel: keys and values as JavaScript values where BTF describes them, as bytes where it does not.
 * Calls are synchronous. It owns its fd.
 */
export class ElementMap<Key = unknown, Value = unknown> {
  /** The C variable's name; for data sections the section's. */
  readonly name: string;
  /** The map type, such as `"hash"`; data sections are `"array"`. */
  readonly type: MapType;
  /** As created: of a ring buffer the rounded bytes (RULES 14). */
  readonly maxEntries: number;
  /** `BPF_F_*` */
  readonly flags: number;
  /** Bytes of a key. */
  readonly keySize: number;
  /** Bytes of a value as the kernel moves it: of all possible CPUs together in a per-CPU map. */
  readonly valueSize: number;
  /** @internal */
  protected readonly parts: MapParts<Key, Value>;
  private readonly keyMemory: Memory;
  private readonly valueMemory: Memory;
  private readonly lookup: Prepared;
  private readonly update: Prepared;
  private readonly removal: Prepared;
  private pins: string[] = [];
  private mapping: ArrayBuffer | undefined;

  /** @internal */
  constructor(parts: MapParts<Key, Value>) {
    this.parts = parts;
    this.name = parts.name;
    this.type = parts.type;
    this.maxEntries = parts.maxEntries;
    this.flags = parts.flags;
    this.keySize = parts.key.size;
    this.valueSize = parts.value.size;
    this.keyMemory = elementMemory(this.keySize);
    this.valueMemory = elementMemory(this.valueSize);
    this.lookup = this.prepare("BPF_MAP_LOOKUP_ELEM");
    this.update = this.prepare("BPF_MAP_UPDATE_ELEM");
    this.removal = this.prepare("BPF_MAP_DELETE_ELEM");
  }

  /** The fd, this map's to close; CLOSED after {@link close}. */
  get fd(): number {
    return this.parts.owner.fd;
  }

  /** The value of a key; undefined if there is none. */
  get(key: Key): Value | undefined {
    this.encodeKey(key);
    return this.read(this.lookup) ? this.parts.value.decode(this.valueMemory, 0) : undefined;
  }

  /** Whether there is an element with this key. */
  has(key: Key): boolean {
    this.encodeKey(key);
    return this.read(this.lookup);
  }

  /**
   * Creates or replaces an element. SYSCALL with E2BIG when a hash is full, EEXIST or ENOENT where `flags` forbid it.
   * A map or program may be given as value where the map holds such.
   */
  set(key: Key, value: Value, options?: SetOptions): this {
    this.encodeKey(key);
    this.encodeValue(value);
    // Byte 24 of the attr is the low byte of `flags`: 0 any, 1 create only, 2 replace only.
    this.update.attr[24] = this.updateFlags(options?.flags ?? "any");
    const result = this.call(this.update);
    if (result < 0) throw this.refused("BPF_MAP_UPDATE_ELEM", -result);
    return this;
  }

  /** Removes an element; whether it was there. Elements of arrays cannot be removed (EINVAL). */
  delete(key: Key): boolean {
    this.encodeKey(key);
    const result = this.call(this.removal);
    if (result >= 0) return true;
    if (result === -Errno.ENOENT) return false;
    throw this.refused("BPF_MAP_DELETE_ELEM", -result);
  }

  /** Takes an element out in one step; undefined if there is none. Hashes can since Linux 5.14. */
  lookupAndDelete(key: Key): Value | undefined {
    this.encodeKey(key);
    const found = this.read(this.prepare("BPF_MAP_LOOKUP_AND_DELETE_ELEM"), "BPF_MAP_LOOKUP_AND_DELETE_ELEM");
    return found ? this.parts.value.decode(this.valueMemory, 0) : undefined;
  }

  /** Puts a value into a queue, a stack or a bloom filter; E2BIG when it is full. */
  push(value: Value): void {
    this.encodeValue(value);
    this.update.attr[24] = 0;
    const result = this.call(this.update);
    if (result < 0) throw this.refused("BPF_MAP_UPDATE_ELEM", -result);
  }

  /** Takes the next value out of a queue or stack; undefined if it is empty. */
  pop(): Value | undefined {
    const found = this.read(this.prepare("BPF_MAP_LOOKUP_AND_DELETE_ELEM"), "BPF_MAP_LOOKUP_AND_DELETE_ELEM");
    return found ? this.parts.value.decode(this.valueMemory, 0) : undefined;
  }

  /** The next value of a queue or stack, left where it is; undefined if it is empty. */
  peek(): Value | undefined {
    return this.read(this.lookup) ? this.parts.value.decode(this.valueMemory, 0) : undefined;
  }

  /**
   * All elements. They are fetched in batches (Linux 5.6) or one by one; what others add or remove meanwhile may be
   * seen or not, but nothing is seen twice.
   */
  *entries(): Generator<[Key, Value]> {
    const { key, value } = this.parts;
    for (const { keys, values, count } of this.scan()) {
      for (let index = 0; index < count; index++) {
        yield [key.decode(keys, index * this.keySize), value.decode(values, index * this.valueSize)];
      }
    }
  }

  /** All keys; see {@link entries}. */
  *keys(): Generator<Key> {
    for (const { keys, count } of this.scan()) {
      for (let index = 0; index < count; index++) yield this.parts.key.decode(keys, index * this.keySize);
    }
  }

  /** All values; see {@link entries}. */
  *values(): Generator<Value> {
    for (const { values, count } of this.scan()) {
      for (let index = 0; index < count; index++) {
        yield this.parts.value.decode(values, index * this.valueSize);
      }
    }
  }

  /** The same as {@link entries}. */
  [Symbol.iterator](): Generator<[Key, Value]> {
    return this.entries();
  }

  /** Removes every element of a hash; the number of those removed. */
  clear(): number {
    let removed = 0;
    // All keys first: removing while walking may send the walk back to its start.
    const keys = [...this.keys()];
    for (const key of keys) if (this.delete(key)) removed++;
    return removed;
  }

  /**
   * The values of an array with BPF_F_MMAPABLE as memory that programs and this process share (Linux 5.5): element
   * `i` starts at byte `i * roundup(value size, 8)`. It goes with {@link close}.
   */
  memory(): Memory {
    const { kernel, host } = this.parts;
    if (this.type !== "array" || (this.flags & bpfFlags.BPF_F_MMAPABLE) === 0) {
      throw argumentError(
        `map "${this.name}": expected an array with BPF_F_MMAPABLE, found ${this.type}, flags 0x${this.flags.toString(16)}`,
      );
    }
    if (this.mapping === undefined) {
      const length = mappedBytes(this.valueSize, this.maxEntries, host.pageSize);
      // Readable and writable or not at all: a write to a read-only mapping would end the process.
      const mapping = kernel.mmap(this.fd, length, PROT_READ_WRITE, 0);
      if (typeof mapping === "number") {
        throw explain(host, { call: "mmap" }, -mapping).within(`map "${this.name}"`);
      }
      this.mapping = mapping;
    }
    return memoryOf(this.mapping);
  }

  /** What the kernel says of it now. */
  info(): MapInfo {
    return readMapInfo(this.parts.kernel, this.parts.host, this.fd);
  }

  /** Makes the map reachable under a path of a BPF file system: it then outlives this process. */
  pin(path: string): void {
    pinObject(this.parts.kernel, this.parts.host, this.fd, path);
    this.pins.push(path);
  }

  /** Removes the path given, or all that {@link pin} made. */
  unpin(path?: string): void {
    for (const one of path === undefined ? this.pins : [path]) unpinObject(one);
    this.pins = path === undefined ? [] : this.pins.filter((one) => one !== path);
  }

  /** Gives the fd back; idempotent. The map lives on while programs, pins or other processes hold it. */
  close(): void {
    if (this.mapping !== undefined) this.parts.kernel.munmap(this.mapping);
    this.mapping = undefined;
    this.parts.owner.close();
  }

  /** The same as {@link close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  private scan(): ReturnType<typeof scanMap> {
    const { kernel, host } = this.parts;
    if (this.keySize === 0) throw argumentError(`map "${this.name}": a ${this.type} has no keys to walk`);
    return scanMap({
      kernel,
      host,
      fd: this.fd,
      name: this.name,
      keySize: this.keySize,
      valueSize: this.valueSize,
      maxEntries: this.maxEntries,
    });
  }

  private prepare(command: ElementCommand): Prepared {
    const value = command === "BPF_MAP_DELETE_ELEM" ? undefined : this.valueMemory.u8;
    const key = this.keySize === 0 ? undefined : this.keyMemory.u8;
    const call = mapElementCall(command, this.parts.owner.fd, key, value);
    return { command: bpfCmd[command], attr: call.attr, references: call.references };
  }

  /** The fd number is in the attr: it may be another object's by now, so ask for it each time. */
  private call(prepared: Prepared): number {
    if (this.parts.owner.isClosed) return this.fd;
    return this.parts.kernel.bpf(prepared.command, prepared.attr, prepared.references);
  }

  private read(prepared: Prepared, command: ElementCommand = "BPF_MAP_LOOKUP_ELEM"): boolean {
    const result = this.call(prepared);
    if (result >= 0) return true;
    if (result === -Errno.ENOENT) return false;
    throw this.refused(command, -result);
  }

  private updateFlags(mode: NonNullable<SetOptions["flags"]>): number {
    const known = { any: bpfFlags.BPF_ANY, noexist: bpfFlags.BPF_NOEXIST, exist: bpfFlags.BPF_EXIST };
    if (Object.hasOwn(known, mode)) return known[mode];
    throw argumentError(
      `map "${this.name}": option "flags": expected "any", "noexist" or "exist", found ${JSON.stringify(mode)}`,
    );
  }

  private encodeKey(key: Key): void {
    try {
      this.parts.key.encode(key, this.keyMemory, 0);
    } catch (error) {
      throw this.located(error, "key");
    }
  }

  private encodeValue(value: Value): void {
    try {
      this.parts.value.encode(value, this.valueMemory, 0);
    } catch (error) {
      throw this.located(error, "value");
    }
  }

  private located(error: unknown, what: string): unknown {
    const named = error as Partial<TsbpfError>;
    return typeof named.within === "function" ? named.within(what).within(`map "${this.name}"`) : error;
  }

  private refused(command: string, errno: number): TsbpfError {
    const call = `bpf(${command})`;
    const place = `map "${this.name}"`;
    const meaning = meanings[errno]?.(this);
    if (meaning !== undefined)
      return new SyscallError(call, errno, errnoName(errno), { trail: [place] }, meaning);
    return explain(this.parts.host, { call, needs: ["CAP_BPF"] }, errno).within(place);
  }
}

/** What errnos of element commands say (kernel/bpf/hashtab.c, arraymap.c, syscall.c). */
const meanings: Readonly<Record<number, (map: ElementMap) => string>> = {
  [Errno.E2BIG]: (map) => `the map is full or the index is not below its ${map.maxEntries} entries`,
  [Errno.EEXIST]: () => "there is an element with this key",
  [Errno.ENOENT]: () => "there is no element with this key",
  [Errno.EINVAL]: (map) => `maps of type ${map.type} do not do this, or not with this key`,
  [Errno.EOPNOTSUPP]: (map) => `maps of type ${map.type} do not do this from user space`,
  [Errno.ENOTSUPP]: (map) => `maps of type ${map.type} do not do this from user space`,
  [Errno.EBADF]: (map) => `expected the fd of what a map of type ${map.type} holds`,
  [Errno.EPERM]: () => "the map is frozen, or was opened without this access",
};
