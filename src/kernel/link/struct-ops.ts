import type { TsbpfError } from "../../errors.ts";
import type { Host } from "../host/index.ts";
import { callBpf, Errno, explain, mapElementCall, OwnedFd, type StructOpsLayout } from "../object/index.ts";
import type { Kernel } from "../sys/index.ts";
import type { AttachHooks } from "./attachable.ts";
import { linkCreateCall } from "./attr.ts";
import { Link } from "./link.ts";

/** What registering a struct_ops needs. */
export interface StructOpsMap {
  readonly kernel: Kernel;
  readonly host: Host;
  readonly name: string;
  readonly fd: number;
  readonly layout: StructOpsLayout;
}

/**
 * Registers a `struct_ops` with its subsystem: the update of the map does it, and for `.struct_ops.link` a link on top
 * of that (Linux 6.4). Without a link, the removal of the element ends it.
 */
export function attachStructOps(map: StructOpsMap, hooks: AttachHooks = {}): Link {
  const { kernel, host, layout } = map;
  const target = `struct_ops "${map.name}"`;
  const key = new Uint8Array(4);
  const updated = callBpf(kernel, mapElementCall("BPF_MAP_UPDATE_ELEM", map.fd, key, layout.value));
  // EBUSY: a map for links holds its value since the first time.
  if (updated < 0 && !(layout.link && updated === -Errno.EBUSY)) {
    throw refused(map, target, "bpf(BPF_MAP_UPDATE_ELEM)", -updated);
  }
  let owner: OwnedFd | undefined;
  if (layout.link) {
    const fd = callBpf(kernel, linkCreateCall(map.fd, 0, "struct_ops"));
    if (fd < 0) throw refused(map, target, "bpf(BPF_LINK_CREATE)", -fd);
    owner = new OwnedFd(kernel, fd, `link of ${target}`);
  }
  return new Link({
    kernel,
    host,
    program: map.name,
    target,
    owner,
    others: [],
    beforeClose: layout.link
      ? undefined
      : () => callBpf(kernel, mapElementCall("BPF_MAP_DELETE_ELEM", map.fd, key, undefined)),
    afterClose: hooks.afterClose,
  });
}

function refused(map: StructOpsMap, target: string, call: string, errno: number): TsbpfError {
  return explain(
    map.host,
    {
      call,
      needs: ["CAP_BPF", "CAP_NET_ADMIN"],
      meanings: {
        [Errno.EEXIST]: ["something of this name is registered already"],
        [Errno.EINVAL]: ["the subsystem wants more of the struct filled in"],
      },
    },
    errno,
  ).within(target);
}
