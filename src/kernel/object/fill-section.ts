import { flags as bpfFlags } from "../../format/abi/index.ts";
import type { MapSpec } from "../../program/spec/index.ts";
import { mapElementCall, mapFreezeCall, type MapCreation } from "./attr-map.ts";
import { callBpf } from "./bpf-call.ts";
import { isFrozenSection } from "./contents.ts";
import { Errno } from "./errno.ts";
import { explain } from "./explain.ts";
import type { LoadContext } from "./load-context.ts";
import { mappedBytes } from "./map-plan.ts";
import type { OwnedFd } from "./owned-fd.ts";

const PROT_READ_WRITE = 3;

/** How the bytes of a section of variables are reached from here. */
export interface SectionView {
  /** The bytes themselves; undefined: they are reached through map calls only. */
  readonly bytes: ArrayBuffer | undefined;
  /** A frozen section never changes: its view is a copy, as writing to a read-only mapping would end the process. */
  readonly writable: boolean;
}

/** Gives a section its first value, freezes it if it is constant, and maps it if it can be mapped. */
export function fillSection(
  context: LoadContext,
  spec: MapSpec,
  owner: OwnedFd,
  plan: MapCreation,
  contents: Uint8Array,
): SectionView {
  const { kernel, host } = context;
  if (spec.origin === "arena") return fillArena(context, owner, plan, contents);
  const key = new Uint8Array(4);
  // Zeros are what the kernel starts with: .bss needs no update unless `set` wrote to it.
  if (contents.some((byte) => byte !== 0)) {
    const result = callBpf(kernel, mapElementCall("BPF_MAP_UPDATE_ELEM", owner.fd, key, contents));
    if (result < 0) throw explain(host, { call: "bpf(BPF_MAP_UPDATE_ELEM)", needs: ["CAP_BPF"] }, -result);
  }
  if (isFrozenSection(spec)) {
    // Before programs are loaded: the verifier takes values of frozen maps for constants (RULES 19).
    const result = callBpf(kernel, mapFreezeCall(owner.fd));
    // Linux 5.2 has read-only maps and no freeze of ours to fear; EINVAL there is harmless.
    if (result < 0 && result !== -Errno.EINVAL) {
      throw explain(host, { call: "bpf(BPF_MAP_FREEZE)", needs: ["CAP_BPF"] }, -result);
    }
    return { bytes: contents.slice().buffer, writable: false };
  }
  if ((plan.flags & bpfFlags.BPF_F_MMAPABLE) === 0) return { bytes: undefined, writable: true };
  const length = mappedBytes(plan.valueSize, plan.maxEntries, host.pageSize);
  const mapping = kernel.mmap(owner.fd, length, PROT_READ_WRITE, 0);
  if (typeof mapping === "number") return { bytes: undefined, writable: true };
  context.scope.undo(() => kernel.munmap(mapping));
  return { bytes: mapping, writable: true };
}

/**
 * An arena is shared memory of pages: it must be mapped before programs are loaded, and globals lie at its end where
 * the kernel can address the whole of it, which it can since it has arenas with clang's full-range ldimm64 (RULES 24).
 */
function fillArena(
  { kernel, host, scope }: LoadContext,
  owner: OwnedFd,
  plan: MapCreation,
  contents: Uint8Array,
): SectionView {
  const length = plan.maxEntries * host.pageSize;
  const mapping = kernel.mmap(owner.fd, length, PROT_READ_WRITE, 0);
  if (typeof mapping === "number") throw explain(host, { call: "mmap of the arena" }, -mapping);
  scope.undo(() => kernel.munmap(mapping));
  if (contents.length > 0) {
    const start = length - Math.ceil(contents.length / host.pageSize) * host.pageSize;
    new Uint8Array(mapping).set(contents, start);
  }
  return { bytes: mapping, writable: true };
}
