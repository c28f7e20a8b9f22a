import { mapTypes, type MapType } from "../format/abi/index.ts";
import type { FakeObject } from "./fd-table.ts";
import { errno } from "./errno.ts";

/** What BPF_MAP_CREATE asked for. */
export interface MapRequest {
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly mapExtra: bigint;
  readonly name: string;
  readonly btfId: number;
  readonly btfKeyType: number;
  readonly btfValueType: number;
}

/** What maps ask of the kernel that they live in. */
export interface MapHome {
  readonly pageSize: number;
  /** How many values a per-CPU map has for each key. */
  readonly possibleCpus: number;
  /** The object behind an fd, as one more user. */
  hold(fd: number): FakeObject | undefined;
  drop(object: FakeObject): void;
  /** The object became readable. */
  wake(object: FakeObject): void;
}

/** A map of the fake kernel; operations answer bytes, 0 or -errno. The base refuses everything. */
export abstract class FakeMap implements FakeObject {
  readonly request: MapRequest;
  id = 0;
  frozen = false;
  protected readonly home: MapHome;

  constructor(request: MapRequest, home: MapHome) {
    this.request = request;
    this.home = home;
  }

  get type(): MapType {
    return mapTypes[this.request.type] ?? "unspec";
  }

  /** Bytes of a value buffer in user space (RULES 22). */
  get valueBytes(): number {
    return this.request.valueSize;
  }

  describe(): string {
    return `map "${this.request.name}" (${this.type})`;
  }

  lookup(_key: Uint8Array): Uint8Array | number {
    return -errno.ENOTSUPP;
  }

  update(_key: Uint8Array, _value: Uint8Array, _flags: number): number {
    return -errno.ENOTSUPP;
  }

  delete(_key: Uint8Array): number {
    return -errno.ENOTSUPP;
  }

  /** The key after `key`; the first one for undefined or an unknown key. */
  nextKey(_key: Uint8Array | undefined): Uint8Array | number {
    return -errno.ENOTSUPP;
  }

  lookupAndDelete(_key: Uint8Array): Uint8Array | number {
    return -errno.ENOTSUPP;
  }

  /** Whether batches work on it. */
  get batches(): boolean {
    return false;
  }

  /** The memory that BPF_MAP_FREEZE must find unmapped. */
  get writableMappings(): number {
    return 0;
  }

  released(): void {}
}

/** A map whose operations all answer ENOTSUPP: types that only exist. */
export class InertMap extends FakeMap {}
