import type { TsbpfError } from "../../errors.ts";
import type { Host } from "../host/index.ts";
import type { Kernel } from "../sys/index.ts";
import { btfLoadCall } from "./attr-object.ts";
import { callBpf } from "./bpf-call.ts";
import { Errno } from "./errno.ts";
import { explain } from "./explain.ts";
import { logText } from "./feature-probes.ts";
import { withMemlock } from "./memlock.ts";

/** BPF_BTF_LOAD's answer: an fd, or why not. */
export type BtfLoading = { readonly fd: number } | { readonly fd: undefined; readonly error: TsbpfError };

/**
 * Gives an object's types to the kernel. A refusal is asked for again with a log, which says what was wrong. `needs`: the
 * capabilities of the whole object, as this is the first call that is refused: who lacks several learns it at once.
 */
export function loadBtf(
  kernel: Kernel,
  host: Host,
  bytes: Uint8Array,
  needs: readonly string[],
  token?: number,
): BtfLoading {
  const fd = withMemlock(kernel, host, () => callBpf(kernel, btfLoadCall(bytes, undefined, token)));
  if (fd >= 0) return { fd };
  const log = { level: 1, buffer: new Uint8Array(64 * 1024) };
  const denied = fd === -Errno.EPERM;
  const again = denied ? fd : callBpf(kernel, btfLoadCall(bytes, log, token));
  if (again >= 0) return { fd: again };
  // The last line of the log has the reason: `[12] TYPEDEF (anon) type_id=3 Invalid name`.
  const reason = logText(log.buffer).trim().split("\n").at(-1);
  const error = explain(
    host,
    {
      call: "bpf(BPF_BTF_LOAD)",
      needs,
      locksMemory: true,
      parameters: reason === "" ? undefined : reason,
    },
    -again,
  );
  return { fd: undefined, error };
}
