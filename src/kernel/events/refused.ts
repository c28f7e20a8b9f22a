import { getSystemErrorName } from "node:util";
import { SyscallError, TsbpfError } from "../../errors.ts";

/** What a system call answered with -errno, as an error that names the call and what it was for. */
export function refused(call: string, result: number, place: string, remedy?: string): SyscallError {
  return new SyscallError(call, -result, getSystemErrorName(result), { trail: [place], remedy });
}

/** An operation on something that was closed. */
export function closedError(place: string): TsbpfError {
  return new TsbpfError("CLOSED", "expected an open reader, found one that was closed", { trail: [place] });
}
