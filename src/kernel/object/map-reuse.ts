import { argumentError, type TsbpfError } from "../../errors.ts";
import { flags as bpfFlags } from "../../format/abi/index.ts";
import type { MapSpec } from "../../program/spec/index.ts";
import type { MapCreation } from "./attr-map.ts";
import { Errno } from "./errno.ts";
import { explain } from "./explain.ts";
import { readMapInfo, type MapInfo } from "./info.ts";
import type { LoadContext } from "./load-context.ts";
import type { OwnedFd } from "./owned-fd.ts";
import { defaultPinRoot } from "./mount-refusals.ts";
import { openPin, tryPin, unpinObject } from "./pins.ts";

/** Where this map is pinned; undefined: nowhere (RULES 12). */
export function pinPath({ settings }: LoadContext, spec: MapSpec): string | undefined {
  const pin = settings.maps?.[spec.name]?.pin ?? spec.pinning === "by-name";
  if (pin === false) return undefined;
  return pin === true ? `${settings.pinRoot ?? defaultPinRoot}/${spec.name}` : pin;
}

/** The map that the user gave, by a new fd of its own; undefined if none was given. */
export function reusedByOption(context: LoadContext, spec: MapSpec, plan: MapCreation): OwnedFd | undefined {
  const given = context.settings.maps?.[spec.name]?.reuse;
  if (given === undefined) return undefined;
  const fd = context.kernel.dup(typeof given === "number" ? given : given.fd);
  if (fd < 0) throw explain(context.host, { call: "fcntl(F_DUPFD_CLOEXEC)" }, -fd);
  const owner = context.scope.own(fd, `map "${spec.name}"`);
  requireFit(readMapInfo(context.kernel, context.host, fd), plan, "the map to reuse");
  return owner;
}

/** What is pinned at the path; undefined if nothing is. */
export function reusedByPin(
  context: LoadContext,
  spec: MapSpec,
  plan: MapCreation,
  path: string | undefined,
): OwnedFd | undefined {
  if (path === undefined) return undefined;
  const fd = openPin(context.kernel, context.host, path);
  if (fd === undefined) return undefined;
  const owner = context.scope.own(fd, `map "${spec.name}"`);
  requireFit(readMapInfo(context.kernel, context.host, fd), plan, `the map pinned at ${path}`);
  return owner;
}

/**
 * Pins a map that was just created. If somebody was faster, theirs is taken and ours is closed (RULES 13). A pin that
 * this load made goes when the load is refused later.
 */
export function pinNewMap(
  context: LoadContext,
  spec: MapSpec,
  plan: MapCreation,
  owner: OwnedFd,
  path: string,
): OwnedFd {
  const result = tryPin(context.kernel, context.host, owner.fd, path);
  if (result >= 0) {
    context.scope.undo(() => unpinObject(path));
    return owner;
  }
  const other = result === -Errno.EEXIST ? reusedByPin(context, spec, plan, path) : undefined;
  if (other === undefined) {
    throw explain(context.host, { call: "bpf(BPF_OBJ_PIN)" }, -result).within(path);
  }
  owner.close();
  return other;
}

/** Refuses a map that is not what the object's code was compiled for: the verifier would see another one. */
function requireFit(found: MapInfo, wanted: MapCreation, what: string): void {
  // The kernel adds this flag to device maps by itself (RULES 13).
  const isDeviceMap = wanted.type === "devmap" || wanted.type === "devmap_hash";
  const flags = isDeviceMap ? found.flags & ~bpfFlags.BPF_F_RDONLY_PROG : found.flags;
  const rows: readonly (readonly [string, string | number | bigint, string | number | bigint])[] = [
    ["type", wanted.type, found.type],
    ["key size", wanted.keySize, found.keySize],
    ["value size", wanted.valueSize, found.valueSize],
    ["entries", wanted.maxEntries, found.maxEntries],
    ["flags", wanted.flags, flags],
    ["map_extra", wanted.mapExtra, found.mapExtra],
  ];
  const wrong = rows.filter(([, left, right]) => left !== right);
  if (wrong.length > 0) throw misfit(what, wrong);
}

function misfit(
  what: string,
  rows: readonly (readonly [string, string | number | bigint, string | number | bigint])[],
): TsbpfError {
  const differences = rows.map(([name, wanted, found]) => `${name} ${wanted}, found ${found}`).join("; ");
  return argumentError(
    `expected of ${what}: ${differences}`,
    "remove the pin, choose another path, or give the map the same form",
  );
}
