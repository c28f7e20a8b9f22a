import { closeSync, openSync } from "node:fs";
import { DeniedError, SyscallError } from "../../errors.ts";
import { structs } from "../../format/abi/index.ts";
import type { Host } from "../host/index.ts";
import type { Kernel } from "../sys/index.ts";
import { bpfCall, callBpf, type BpfCall } from "./bpf-call.ts";
import { Errno } from "./errno.ts";
import { explain } from "./explain.ts";
import { defaultPinRoot } from "./mount-refusals.ts";

/** `directory`: an fd of a directory on the BPF file system that delegates. */
export function tokenCreateCall(directory: number): BpfCall {
  return bpfCall("BPF_TOKEN_CREATE", structs.bpfAttrTokenCreate, { bpffs_fd: directory });
}

/** Where libbpf's users say that a token is to be had (RULES 52). */
const variable = "LIBBPF_BPF_TOKEN_PATH";

/** What the user says about tokens: a path; undefined: nothing; `""`: none wanted. */
export function tokenPath(setting: string | undefined): string | undefined {
  return setting ?? process.env[variable];
}

/**
 * A BPF token (Linux 6.9): what a process in a user namespace shows instead of capabilities, made from a BPF file
 * system that was mounted for it with `delegate_…` options. The fd is the caller's to close.
 */
export function openToken(kernel: Kernel, host: Host, path: string): number {
  let directory: number;
  try {
    directory = openSync(path, "r");
  } catch (cause) {
    const { errno = 0, code = "" } = cause as NodeJS.ErrnoException;
    throw new SyscallError("open", Math.abs(errno), code, { trail: [`BPF token ${path}`], cause });
  }
  try {
    const fd = callBpf(kernel, tokenCreateCall(directory));
    if (fd >= 0) return fd;
    if (fd === -Errno.ENOENT) {
      throw new DeniedError(
        "this BPF file system delegates nothing",
        ["a bpffs mounted with delegate_cmds=…"],
        {
          trail: [`BPF token ${path}`],
          remedy:
            "mount it with delegate_cmds, delegate_maps, delegate_progs and delegate_attachs for this namespace",
        },
      );
    }
    throw explain(
      host,
      {
        call: "bpf(BPF_TOKEN_CREATE)",
        feature: fd === -Errno.EINVAL ? { name: "BPF tokens", since: "6.9" } : undefined,
        meanings: {
          [Errno.EOPNOTSUPP]: ["tokens are for user namespaces; this is the initial one", "use capabilities"],
          [Errno.EPERM]: ["the BPF file system belongs to another user namespace"],
          [Errno.EINVAL]: ["the path is not the root of a BPF file system"],
        },
      },
      -fd,
    ).within(`BPF token ${path}`);
  } finally {
    closeSync(directory);
  }
}

/**
 * After a refusal: a token from the usual place, if this is a user namespace and there is one. Nobody asked for it, so
 * that there is none is no error (RULES 52).
 */
export function implicitToken(kernel: Kernel, host: Host): number | undefined {
  if (host.privileges().initialUserNamespace !== false) return undefined;
  try {
    return openToken(kernel, host, defaultPinRoot);
  } catch {
    return undefined;
  }
}
