import { argumentError, FeatureError, type TsbpfError } from "../../errors.ts";
import { flags as bpfFlags } from "../../format/abi/index.ts";
import { suggest } from "../../suggestion.ts";
import { encodeKernelVersion } from "../host/index.ts";
import { callBpf, Errno, explain, type Situation } from "../object/index.ts";
import type { AttachHooks, Attachable } from "./attachable.ts";
import { xdpLinkCall } from "./attr.ts";
import { interfaceIndex } from "./interface-index.ts";
import { linkOf, type Link } from "./link.ts";

/**
 * Where XDP runs: in the driver (`"native"`), behind it with any driver (`"skb"`, slower), or in the card (`"offload"`, for
 * programs that were loaded for it).
 */
export type XdpMode = "native" | "skb" | "offload";

/** How XDP is attached. */
export interface XdpOptions {
  /** Default: native where the driver can, skb elsewhere; the kernel chooses. */
  readonly mode?: XdpMode | undefined;
}

const modeFlags: Readonly<Record<XdpMode, number>> = {
  native: bpfFlags.XDP_FLAGS_DRV_MODE,
  skb: bpfFlags.XDP_FLAGS_SKB_MODE,
  offload: bpfFlags.XDP_FLAGS_HW_MODE,
};

/** Attaches a program of type `xdp` to a network interface, by name or index, with a link (Linux 5.9). */
export function attachXdp(
  program: Attachable,
  target: string | number,
  { mode }: XdpOptions = {},
  hooks: AttachHooks = {},
): Link {
  const { kernel } = program;
  const label = `xdp ${typeof target === "number" ? `interface ${target}` : target}`;
  if (mode !== undefined && !Object.hasOwn(modeFlags, mode)) {
    throw argumentError(`expected a mode of ${Object.keys(modeFlags).join(", ")}, found "${mode}"`).within(
      label,
    );
  }
  const index = typeof target === "number" ? target : requireInterface(program, target, label);
  if (!Number.isInteger(index) || index < 1) {
    throw argumentError(`expected an interface's name or index, found ${index}`).within(label);
  }
  const fd = callBpf(kernel, xdpLinkCall(program.fd, index, mode === undefined ? 0 : modeFlags[mode]));
  if (fd < 0) throw refused(program, label, index, mode, -fd);
  return linkOf(program, label, fd, hooks);
}

function requireInterface({ kernel, host }: Attachable, name: string, label: string): number {
  const index = interfaceIndex(kernel, name);
  if (index > 0) return index;
  if (index === -Errno.ENODEV) {
    throw argumentError(
      "expected a network interface, found none called so in this network namespace",
      suggest(name, host.interfaces()),
    ).within(label);
  }
  throw explain(host, { call: "ioctl(SIOCGIFINDEX)" }, -index).within(label);
}

function refused(
  program: Attachable,
  label: string,
  index: number,
  mode: XdpMode | undefined,
  errno: number,
): TsbpfError {
  const { host } = program;
  if (errno === Errno.EINVAL && host.kernelVersion() < encodeKernelVersion(5, 9, 0)) {
    return new FeatureError("XDP links", "5.9", host.release).within(label);
  }
  const meanings: Situation["meanings"] = {
    [Errno.ENODEV]: [`there is no interface ${index} in this network namespace`],
    [Errno.EINVAL]: [
      `there is no interface ${index} in this network namespace, or its driver does not take the program`,
    ],
    [Errno.EBUSY]: [
      "another program is attached there",
      "detach it first: `ip link set dev NAME xdp off`, or `bpftool link` shows whose it is",
    ],
    [Errno.EEXIST]: ["the interface has a program in another mode", "detach that one first"],
    [Errno.EOPNOTSUPP]: [
      mode === "offload" ? "the card does not run programs" : "the driver has no XDP of its own",
      'use { mode: "skb" }, which works with every driver',
    ],
    [Errno.ERANGE]: [
      "the interface's MTU is too large for its driver's XDP",
      'lower the MTU, or use { mode: "skb" }',
    ],
  };
  return explain(
    host,
    { call: "bpf(BPF_LINK_CREATE)", needs: ["CAP_BPF", "CAP_NET_ADMIN"], meanings },
    errno,
  ).within(label);
}
