import { argumentError, within } from "../../errors.ts";
import { flags as bpfFlags } from "../../format/abi/index.ts";
import type { MapSpec } from "../../program/spec/index.ts";
import { mapCreateCall, mapElementCall, type MapCreation } from "./attr-map.ts";
import { callBpf } from "./bpf-call.ts";
import { isDataSection } from "./contents.ts";
import { Errno } from "./errno.ts";
import { explain } from "./explain.ts";
import { smallArray } from "./feature-probes.ts";
import { fillSection, type SectionView } from "./fill-section.ts";
import type { LoadContext } from "./load-context.ts";
import { planMap, plannedEntries } from "./map-plan.ts";
import { pinNewMap, reusedByOption, reusedByPin, pinPath } from "./map-reuse.ts";
import { withMemlock } from "./memlock.ts";
import type { OwnedFd } from "./owned-fd.ts";
import { mapNeeds } from "./privilege-needs.ts";
import { mapTypeSince } from "./since.ts";
import { planStructOps } from "./struct-ops.ts";

/** A map of the object that is in the kernel. */
export interface MadeMap {
  readonly spec: MapSpec;
  readonly owner: OwnedFd;
  /** As created. */
  readonly maxEntries: number;
  readonly flags: number;
  /** Path of the pin that this load made or found; undefined without. */
  readonly pin: string | undefined;
  /** It was there before: its contents are not this object's. */
  readonly reused: boolean;
  /** Data sections only: where their bytes are. */
  readonly section: SectionView | undefined;
}

/** Creates, reuses, fills, freezes and pins all maps of the object, then fills the maps of maps. */
export function makeMaps(
  context: LoadContext,
  contents: ReadonlyMap<string, Uint8Array>,
): Map<string, MadeMap> {
  const made = new Map<string, MadeMap>();
  for (const spec of context.spec.maps) {
    if (!isWanted(context, spec)) continue;
    const map = within(`map "${spec.name}"`, () => makeMap(context, spec, contents.get(spec.name)));
    made.set(spec.name, map);
  }
  for (const map of made.values()) {
    if (map.spec.inner !== undefined && !map.reused) {
      within(`map "${map.spec.name}"`, () => fillInnerMaps(context, map, made));
    }
  }
  return made;
}

function isWanted(context: LoadContext, spec: MapSpec): boolean {
  const create = context.settings.maps?.[spec.name]?.create;
  if (create !== undefined) return create;
  // Kernels before 5.2 have no global data: what refers to it is poisoned instead (RULES 23).
  if (isDataSection(spec) && spec.type === "array" && !context.features.has("globalData")) return false;
  return spec.autocreate;
}

function makeMap(context: LoadContext, spec: MapSpec, contents: Uint8Array | undefined): MadeMap {
  const { host, settings, btfFd } = context;
  const options = settings.maps?.[spec.name];
  const maxEntries = plannedEntries(spec.type, options?.maxEntries ?? spec.maxEntries, host);
  const plan = spec.origin === "struct_ops" ? planStructOps(context, spec) : planMap(spec, maxEntries, btfFd);
  const pin = pinPath(context, spec);

  const found = reusedByOption(context, spec, plan) ?? reusedByPin(context, spec, plan, pin);
  if (found !== undefined) {
    const section = isDataSection(spec) ? { bytes: undefined, writable: false } : undefined;
    return { spec, owner: found, maxEntries, flags: plan.flags, pin, reused: true, section };
  }
  const created = createWithInner(context, spec, plan);
  const owner = context.scope.own(created.fd, `map "${spec.name}"`);
  const section =
    contents === undefined ? undefined : fillSection(context, spec, owner, created.plan, contents);
  if (pin !== undefined) {
    const winner = pinNewMap(context, spec, plan, owner, pin);
    if (winner !== owner) {
      // Somebody else's map of this name: our own section and its mapping are nobody's any more.
      if (section?.bytes !== undefined && section.writable) context.kernel.munmap(section.bytes);
      const theirs = section === undefined ? undefined : { bytes: undefined, writable: false };
      return { spec, owner: winner, maxEntries, flags: plan.flags, pin, reused: true, section: theirs };
    }
  }
  return { spec, owner, maxEntries, flags: created.plan.flags, pin, reused: false, section };
}

/** The template of the inner maps is a map of its own that the kernel looks at once (RULES 18). */
function createWithInner(
  context: LoadContext,
  spec: MapSpec,
  plan: MapCreation,
): { fd: number; plan: MapCreation } {
  if (spec.inner === undefined) return createMap(context, plan);
  const { inner } = spec;
  const entries = plannedEntries(inner.type, inner.maxEntries, context.host);
  const template = within("inner map", () =>
    createMap(context, {
      ...planMap(inner, entries, context.btfFd),
      name: `${spec.kernelName}.inner`.slice(0, 15),
    }),
  );
  try {
    return createMap(context, { ...plan, innerMapFd: template.fd });
  } finally {
    context.kernel.close(template.fd);
  }
}

/** Creates a map, leaving out what older kernels do not know, one thing after the other. */
function createMap(context: LoadContext, plan: MapCreation): { fd: number; plan: MapCreation } {
  const { kernel, host } = context;
  let current = plan;
  let first: number | undefined;
  for (;;) {
    const result = withMemlock(kernel, host, () =>
      callBpf(kernel, mapCreateCall({ ...current, tokenFd: context.tokenFd })),
    );
    if (result >= 0) return { fd: result, plan: current };
    first ??= result;
    const simpler = result === -Errno.EPERM ? undefined : simplified(current);
    if (simpler === undefined) throw refused(context, plan, -first);
    current = simpler;
  }
}

/** The same map with one thing less; undefined if there is nothing left that can be spared. */
function simplified(plan: MapCreation): MapCreation | undefined {
  // BTF ids: wrong for this kind of map, or the kernel is older than 4.16 (RULES 15).
  if (plan.btfFd !== 0 && plan.kernelValueType === 0) return { ...plan, btfFd: 0, keyType: 0, valueType: 0 };
  // Mappable arrays: Linux 5.5. Variables are then read and written through the map.
  if (plan.type === "array" && (plan.flags & bpfFlags.BPF_F_MMAPABLE) !== 0) {
    return { ...plan, flags: plan.flags & ~bpfFlags.BPF_F_MMAPABLE };
  }
  // Names: Linux 4.15 (RULES 8).
  if (plan.name !== "") return { ...plan, name: "" };
  return undefined;
}

/** Whether max_entries is left to the loading program, as libbpf's tools do; only storage maps need none. */
function isUnsized({ type, maxEntries }: MapCreation): boolean {
  return maxEntries === 0 && !type.endsWith("_storage") && type !== "struct_ops";
}

const unsized: readonly [string, string] = [
  "the source does not say how many entries the map has",
  "write __uint(max_entries, N) or load({ maps: { NAME: { maxEntries: N } } })",
];

const structOpsLink: readonly [string, string] = [
  "links of struct_ops came with Linux 6.4, or this kernel has no such operations",
  'SEC(".struct_ops") without .link registers by the map itself',
];

function refused(context: LoadContext, plan: MapCreation, errno: number): Error {
  const { host } = context;
  return explain(
    host,
    {
      call: "bpf(BPF_MAP_CREATE)",
      needs: mapNeeds(plan.type),
      locksMemory: true,
      feature:
        errno === Errno.EINVAL && lacksType(context, plan)
          ? { name: `maps of type ${plan.type}`, since: mapTypeSince[plan.type] }
          : undefined,
      parameters:
        `type ${plan.type}, ${plan.keySize}-byte keys, ${plan.valueSize}-byte values, ` +
        `${plan.maxEntries} entries, flags 0x${plan.flags.toString(16)}`,
      meanings: {
        [Errno.E2BIG]: ["the map is too large for this kernel"],
        ...(isUnsized(plan) ? { [Errno.EINVAL]: unsized } : {}),
        ...(plan.type === "struct_ops" && (plan.flags & bpfFlags.BPF_F_LINK) !== 0
          ? { [Errno.EINVAL]: structOpsLink }
          : {}),
      },
    },
    errno,
  );
}

/** Whether the kernel has no such maps: small ones of types that need nothing else are tried. */
function lacksType({ kernel, host }: LoadContext, plan: MapCreation): boolean {
  const small: Partial<MapCreation> | undefined =
    plan.type === "ringbuf" || plan.type === "user_ringbuf"
      ? { keySize: 0, valueSize: 0, maxEntries: host.pageSize }
      : plan.type === "queue" || plan.type === "stack" || plan.type === "bloom_filter"
        ? { keySize: 0 }
        : plan.type === "prog_array" || plan.type === "perf_event_array" || plan.type === "cgroup_array"
          ? { valueSize: 4 }
          : plan.type === "arena"
            ? { keySize: 0, valueSize: 0, maxEntries: 1, flags: bpfFlags.BPF_F_MMAPABLE }
            : /^(lru_)?(percpu_)?(hash|array)$/.test(plan.type)
              ? {}
              : undefined;
  if (small === undefined) return false;
  const result = callBpf(kernel, mapCreateCall({ ...smallArray(), ...small, type: plan.type }));
  if (result >= 0) kernel.close(result);
  return result === -Errno.EINVAL;
}

/** Puts the maps that the source names into a map of maps (RULES 18). */
function fillInnerMaps(
  { kernel, host }: LoadContext,
  map: MadeMap,
  made: ReadonlyMap<string, MadeMap>,
): void {
  for (const { index, target } of map.spec.slots) {
    const inner = made.get(target);
    if (inner === undefined) throw argumentError(`slot ${index}: map "${target}" is not created`);
    const key = new Uint8Array(new Uint32Array([index]).buffer);
    const value = new Uint8Array(new Uint32Array([inner.owner.fd]).buffer);
    const result = callBpf(kernel, mapElementCall("BPF_MAP_UPDATE_ELEM", map.owner.fd, key, value));
    if (result < 0) {
      throw explain(
        host,
        {
          call: "bpf(BPF_MAP_UPDATE_ELEM)",
          meanings: { [Errno.EINVAL]: [`"${target}" does not have the form of the inner map`] },
        },
        -result,
      ).within(`slot ${index}`);
    }
  }
}
