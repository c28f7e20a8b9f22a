import { createHash } from "node:crypto";
import { attachTypes, programTypes, type AttachType, type ProgramType } from "../format/abi/index.ts";
import type { FakeObject } from "./fd-table.ts";
import type { FakeMap } from "./map.ts";

/** A program that was loaded into the fake kernel, or is about to be. */
export interface ProgramRequest {
  /** `prog_name`: at most 15 bytes; `""` before 4.15. */
  readonly name: string;
  /** `prog_type`; `"unspec"` for a number that is unknown. */
  readonly type: ProgramType;
  /** `expected_attach_type`; the first one, `"cgroup_inet_ingress"`, also stands for none. */
  readonly expectedAttachType: AttachType;
  /** `license`, as sent. */
  readonly license: string;
  /** `prog_flags`: `BPF_F_*`. */
  readonly flags: number;
  /** Instructions as sent: map references are fds. */
  readonly code: Uint8Array;
  /** `attach_btf_id`: type id in the BTF of the kernel or of the program to replace; 0 = none. */
  readonly attachBtfId: number;
}

/** What a verifier hook says; undefined accepts. */
export interface Refusal {
  /** Positive; default EINVAL. */
  readonly errno?: number;
  /** The verifier's log. */
  readonly log: string;
}

/** A loaded program. */
export class FakeProgram implements FakeObject {
  readonly request: ProgramRequest;
  private used: readonly FakeMap[];
  readonly tag: Uint8Array;
  readonly btfId: number;
  id = 0;
  private readonly drop: (map: FakeMap) => void;

  /** `hash` makes the tag; `drop` gives up the use of a map. */
  constructor(
    request: ProgramRequest,
    maps: readonly FakeMap[],
    btfId: number,
    hash: "sha1" | "sha256",
    drop: (map: FakeMap) => void,
  ) {
    this.request = request;
    this.used = maps;
    this.btfId = btfId;
    this.drop = drop;
    this.tag = tagOf(request.code, hash);
  }

  get maps(): readonly FakeMap[] {
    return this.used;
  }

  /** One more map, unless it is there; `hold` makes the program its user. */
  bind(map: FakeMap, hold: () => void): void {
    if (this.used.includes(map)) return;
    hold();
    this.used = [...this.used, map];
  }

  describe(): string {
    return `program "${this.request.name}" (${this.request.type})`;
  }

  released(): void {
    for (const map of this.maps) this.drop(map);
  }
}

/** A BTF blob in the kernel. */
export class FakeBtf implements FakeObject {
  readonly bytes: Uint8Array;
  id = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  describe(): string {
    return `BTF of ${this.bytes.length} bytes`;
  }
}

/** Names of the numbers in BPF_PROG_LOAD. */
export function programTypeName(type: number): ProgramType {
  return programTypes[type] ?? "unspec";
}

/** The attach type's name; the first one, 0, is also what programs without one send. */
export function attachTypeName(type: number): AttachType {
  return attachTypes[type] ?? attachTypes[0];
}

/** Slots of ldimm64 instructions that refer to maps, with the fds (or fd_array indexes) in them. */
export function mapReferences(
  code: Uint8Array,
): readonly { readonly fd: number; readonly indexed: boolean }[] {
  const view = new DataView(code.buffer, code.byteOffset, code.length);
  const references: { fd: number; indexed: boolean }[] = [];
  for (let at = 0; at + 16 <= code.length; at += 8) {
    if (code[at] !== 0x18) continue;
    const source = (code[at + 1] ?? 0) >> 4;
    const fd = view.getInt32(at + 4, true);
    // BPF_PSEUDO_MAP_FD, _VALUE; _IDX, _IDX_VALUE.
    if (source === 1 || source === 2) references.push({ fd, indexed: false });
    if (source === 5 || source === 6) references.push({ fd, indexed: true });
    at += 8;
  }
  return references;
}

/** Numbers of the helpers that the code calls. */
export function helperCalls(code: Uint8Array): readonly number[] {
  const view = new DataView(code.buffer, code.byteOffset, code.length);
  const calls: number[] = [];
  for (let at = 0; at + 8 <= code.length; at += 8) {
    if (code[at] === 0x18) at += 8;
    else if (code[at] === 0x85 && (code[at + 1] ?? 0) >> 4 === 0) calls.push(view.getInt32(at + 4, true));
  }
  return calls;
}

/**
 * The kernel's tag: the first 8 bytes of a hash of the instructions, without the numbers that differ from load to load
 * (kernel/bpf/core.c, bpf_prog_calc_tag).
 */
function tagOf(code: Uint8Array, hash: "sha1" | "sha256"): Uint8Array {
  const copy = code.slice();
  for (let at = 0; at + 16 <= copy.length; at += 8) {
    if (copy[at] !== 0x18) continue;
    const source = (copy[at + 1] ?? 0) >> 4;
    if (source === 1 || source === 2) {
      copy.fill(0, at + 4, at + 8);
      copy.fill(0, at + 12, at + 16);
    }
    at += 8;
  }
  return Uint8Array.from(createHash(hash).update(copy).digest().subarray(0, 8));
}
