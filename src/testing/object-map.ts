import { mapTypes } from "../format/abi/index.ts";
import { errno } from "./errno.ts";
import type { FakeObject } from "./fd-table.ts";
import { FakeMap, type MapHome, type MapRequest } from "./map.ts";
import { indexOf } from "./value-map.ts";

/** An object with an id, which is what a lookup answers. */
interface WithId extends FakeObject {
  readonly id: number;
}

/** What may be put into a map of objects. */
export type Acceptance = (object: FakeObject) => object is WithId;

/**
 * Values are objects: programs, perf events, inner maps. An update takes an fd, a lookup gives an id; each slot is a
 * user of its object, so closing the fd leaves it alive.
 */
export class ObjectMap extends FakeMap {
  private readonly slots = new Map<string, { readonly key: Uint8Array; readonly object: WithId }>();
  private readonly accepts: Acceptance;

  constructor(request: MapRequest, home: MapHome, accepts: Acceptance) {
    super(request, home);
    this.accepts = accepts;
  }

  /** The object in a slot. */
  at(index: number): FakeObject | undefined {
    return [...this.slots.values()].find(({ key }) => indexOf(key) === index)?.object;
  }

  override lookup(key: Uint8Array): Uint8Array | number {
    // perf_event_array: "return ERR_PTR(-EOPNOTSUPP)"-like in kernel/bpf/arraymap.c.
    if (this.type === "perf_event_array") return -errno.ENOTSUPP;
    const object = this.slots.get(key.join())?.object;
    return object === undefined ? -errno.ENOENT : new Uint8Array(Uint32Array.of(object.id).buffer);
  }

  override update(key: Uint8Array, value: Uint8Array, _flags: number): number {
    if (!this.isHash && indexOf(key) >= this.request.maxEntries) return -errno.E2BIG;
    const object = this.home.hold(indexOf(value));
    if (object === undefined) return -errno.EBADF;
    if (!this.accepts(object)) {
      this.home.drop(object);
      // perf_event_get and bpf_prog_get, bpf_map_get differ here.
      return this.type === "perf_event_array" ? -errno.EBADF : -errno.EINVAL;
    }
    const last = this.slots.get(key.join());
    this.slots.set(key.join(), { key: key.slice(), object });
    if (last !== undefined) this.home.drop(last.object);
    return 0;
  }

  override delete(key: Uint8Array): number {
    const slot = this.slots.get(key.join());
    if (slot === undefined) return -errno.ENOENT;
    this.slots.delete(key.join());
    this.home.drop(slot.object);
    return 0;
  }

  override nextKey(key: Uint8Array | undefined): Uint8Array | number {
    if (!this.isHash) {
      const index = key === undefined ? -1 : indexOf(key);
      const next = index >= this.request.maxEntries ? 0 : index + 1;
      return next < this.request.maxEntries ? new Uint8Array(Uint32Array.of(next).buffer) : -errno.ENOENT;
    }
    const keys = [...this.slots.values()].map((slot) => slot.key);
    const index = key === undefined ? -1 : keys.findIndex((one) => one.join() === key.join());
    return keys[index + 1] ?? -errno.ENOENT;
  }

  override released(): void {
    for (const { object } of this.slots.values()) this.home.drop(object);
    this.slots.clear();
  }

  private get isHash(): boolean {
    return mapTypes[this.request.type] === "hash_of_maps";
  }
}
