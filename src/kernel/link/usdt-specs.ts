import { argumentError } from "../../errors.ts";
import { flags as bpfFlags, hostIsLittleEndian } from "../../format/abi/index.ts";
import { ByteWriter } from "../../format/bytes/index.ts";
import { usdtAddressMap, usdtSpecsMap, type UsdtLayout } from "../../program/usdt/index.ts";
import type { Host } from "../host/index.ts";
import { callBpf, Errno, explain, mapElementCall, type OwnedFd } from "../object/index.ts";
import type { Kernel } from "../sys/index.ts";

/** What an object's USDT programs look their arguments up in. */
export interface UsdtMaps {
  readonly kernel: Kernel;
  readonly host: Host;
  readonly layout: UsdtLayout;
  readonly specs: { readonly owner: OwnedFd; readonly maxEntries: number };
  /** By the instruction's address in the process, for programs without cookies. */
  readonly addresses: OwnedFd | undefined;
  /** Whether the programs find their spec by attach cookie (Linux 5.15). */
  readonly hasCookies: boolean;
}

/** The specs of one object: which numbers are taken, and what they hold. Numbers come back when a link is detached. */
export class UsdtSpecs {
  readonly layout: UsdtLayout;
  readonly hasCookies: boolean;
  private readonly maps: UsdtMaps;
  private readonly free: number[] = [];
  private next = 0;

  constructor(maps: UsdtMaps) {
    this.maps = maps;
    this.layout = maps.layout;
    this.hasCookies = maps.hasCookies;
  }

  /** Specs of one attachment. */
  begin(): UsdtHolding {
    return new UsdtHolding(this);
  }

  /** @internal Stores a spec under a number that nobody has. */
  store(spec: Uint8Array): number {
    const { specs } = this.maps;
    const id = this.free.pop() ?? this.next;
    if (id >= specs.maxEntries) {
      throw argumentError(
        `expected at most ${specs.maxEntries} kinds of places attached at the same time, found more`,
        `define BPF_USDT_MAX_SPEC_CNT before <bpf/usdt.bpf.h>, or load({ maps: { ${usdtSpecsMap}: { maxEntries: N } } })`,
      );
    }
    if (id === this.next) this.next++;
    try {
      this.update(usdtSpecsMap, specs.owner, number(id, 4), spec);
    } catch (error) {
      this.free.push(id);
      throw error;
    }
    return id;
  }

  /** @internal */
  giveBack(ids: Iterable<number>): void {
    this.free.push(...ids);
  }

  /** @internal Tells programs without cookies which spec is meant at an address. */
  bind(address: bigint, id: number): void {
    const { addresses } = this.maps;
    // Without this map the program was compiled to do without it.
    if (addresses === undefined) return;
    this.update(usdtAddressMap, addresses, number(address, 8), number(id, 4), bpfFlags.BPF_NOEXIST);
  }

  /** @internal */
  unbind(address: bigint): void {
    const { kernel, addresses } = this.maps;
    // A closed map holds nothing any more.
    if (addresses === undefined || addresses.isClosed) return;
    callBpf(kernel, mapElementCall("BPF_MAP_DELETE_ELEM", addresses.fd, number(address, 8), undefined));
  }

  private update(map: string, owner: OwnedFd, key: Uint8Array, value: Uint8Array, flags = 0): void {
    const { kernel, host } = this.maps;
    const result = callBpf(kernel, mapElementCall("BPF_MAP_UPDATE_ELEM", owner.fd, key, value, flags));
    if (result >= 0) return;
    const meanings = {
      [Errno.EEXIST]: [
        "another program of this object is attached at this place, and this kernel has no cookies",
      ],
      [Errno.E2BIG]: ["the map is full", "define BPF_USDT_MAX_IP_CNT before <bpf/usdt.bpf.h>"],
    } as const;
    throw explain(host, { call: "bpf(BPF_MAP_UPDATE_ELEM)", needs: ["CAP_BPF"], meanings }, -result).within(
      `map "${map}"`,
    );
  }
}

/** The specs that one attachment holds: equal ones have one number. */
export class UsdtHolding {
  private readonly specs: UsdtSpecs;
  private readonly ids = new Map<string, number>();
  private readonly addresses: bigint[] = [];

  /** @internal */
  constructor(specs: UsdtSpecs) {
    this.specs = specs;
  }

  /** The number of a spec. `address`: where the instruction is in the process, for programs without cookies. */
  add(spec: Uint8Array, address: bigint | undefined): number {
    const key = spec.join();
    const id = this.ids.get(key) ?? this.specs.store(spec);
    this.ids.set(key, id);
    if (address !== undefined) {
      this.specs.bind(address, id);
      this.addresses.push(address);
    }
    return id;
  }

  /** Gives all of it back; the programs must not run any more. Idempotent. */
  release(): void {
    for (const address of this.addresses.splice(0)) this.specs.unbind(address);
    this.specs.giveBack(this.ids.values());
    this.ids.clear();
  }
}

function number(value: number | bigint, bytes: 4 | 8): Uint8Array {
  const writer = new ByteWriter(hostIsLittleEndian);
  return (bytes === 4 ? writer.u32(Number(value)) : writer.u64(BigInt(value))).finish();
}
