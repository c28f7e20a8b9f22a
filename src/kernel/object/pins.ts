import { mkdirSync, unlinkSync } from "node:fs";
import { dirname } from "node:path";
import { DeniedError, SyscallError, type TsbpfError } from "../../errors.ts";
import type { Host } from "../host/index.ts";
import type { Kernel } from "../sys/index.ts";
import { openPinCall, pinCall } from "./attr-object.ts";
import { callBpf } from "./bpf-call.ts";
import { Errno, errnoName } from "./errno.ts";
import { explain } from "./explain.ts";
import { bpffsRefusal } from "./mount-refusals.ts";

/**
 * Pins an fd's object. The directory must lie on a BPF file system; the last level of it is made (mode 0700) if it is
 * missing, no more than that (RULES 12).
 */
export function pinObject(kernel: Kernel, host: Host, fd: number, path: string): void {
  const result = tryPin(kernel, host, fd, path);
  if (result < 0) throw refused(host, "BPF_OBJ_PIN", path, -result);
}

/** The same with -errno as answer, for who expects EEXIST. */
export function tryPin(kernel: Kernel, host: Host, fd: number, path: string): number {
  const directory = dirname(path);
  if (host.fileSystemType(directory) === undefined) makeDirectory(host, directory, path);
  requireBpfFileSystem(host, directory, path);
  return callBpf(kernel, pinCall(fd, path));
}

/** Removes a pin; one that is gone is none. */
export function unpinObject(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    const { errno = 0, code = "" } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT")
      throw new SyscallError("unlink", Math.abs(errno), code, { trail: [path], cause: error });
  }
}

/** The fd of a pinned object, the caller's to close; undefined if there is no such path. */
export function openPin(kernel: Kernel, host: Host, path: string, flags = 0): number | undefined {
  const fd = callBpf(kernel, openPinCall(path, flags));
  if (fd === -Errno.ENOENT) return undefined;
  if (fd < 0) throw refused(host, "BPF_OBJ_GET", path, -fd);
  return fd;
}

/** The error for a pin that must be there and is not. */
export function missingPin(path: string): TsbpfError {
  return new SyscallError(
    "bpf(BPF_OBJ_GET)",
    Errno.ENOENT,
    errnoName(Errno.ENOENT),
    { trail: [path] },
    "nothing is pinned there",
  );
}

/** The kernel makes no directories, and mkdir in bpffs is an ordinary one. */
function makeDirectory(host: Host, directory: string, path: string): void {
  requireBpfFileSystem(host, dirname(directory), path);
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    const { errno = 0, code = "" } = error as NodeJS.ErrnoException;
    if (code !== "EEXIST") {
      throw new SyscallError("mkdir", Math.abs(errno), code, { trail: [directory], cause: error });
    }
  }
}

function requireBpfFileSystem(host: Host, directory: string, path: string): void {
  const refusal = bpffsRefusal(host, directory);
  if (refusal === undefined) return;
  const { reason, needs, remedy } = refusal;
  throw new DeniedError(reason, needs, { trail: [`pin ${path}`], remedy });
}

function refused(host: Host, command: string, path: string, errno: number): TsbpfError {
  return explain(
    host,
    {
      call: `bpf(${command})`,
      meanings: {
        [Errno.EEXIST]: ["something is pinned there", "unpin it, or open it instead"],
        [Errno.EPERM]: ["this is no BPF file system, or the path may not be used by this user"],
        [Errno.ENOENT]: ["no such directory"],
      },
    },
    errno,
  ).within(path);
}
