import type { TsbpfError } from "../../errors.ts";
import type { AttachType } from "../../format/abi/index.ts";
import { callBpf, Errno, explain } from "../object/index.ts";
import type { AttachHooks, AttachOptions, Attachable } from "./attachable.ts";
import { linkCreateCall, rawTracepointOpenCall } from "./attr.ts";
import { linkOf, type Link } from "./link.ts";

/** A place that the kernel knows since the program's load. */
export interface TracePlace {
  readonly type: AttachType;
  /** For messages: `tp_btf/sched_switch`. */
  readonly section: string;
}

/**
 * Attaches a program whose place was fixed when it was loaded: `tp_btf`, `fentry`, `fexit`, `fmod_ret`, `lsm`. Kernels
 * that have no link for it take the older call (RULES 65), which knows no cookies.
 */
export function attachTrace(
  program: Attachable,
  place: TracePlace,
  options: AttachOptions = {},
  hooks: AttachHooks = {},
): Link {
  const { kernel } = program;
  const { cookie } = options;
  const fields = cookie === undefined ? {} : { "tracing.cookie": BigInt(cookie) };
  let fd = callBpf(kernel, linkCreateCall(program.fd, 0, place.type, fields));
  if (fd === -Errno.EINVAL && cookie === undefined) {
    fd = callBpf(kernel, rawTracepointOpenCall(program.fd, undefined));
  }
  if (fd < 0) throw refused(program, place, cookie !== undefined, -fd);
  return linkOf(program, place.section, fd, hooks);
}

function refused(program: Attachable, place: TracePlace, hasCookie: boolean, errno: number): TsbpfError {
  return explain(
    program.host,
    {
      call: "bpf(BPF_LINK_CREATE)",
      needs: ["CAP_BPF", "CAP_PERFMON"],
      feature:
        hasCookie && errno === Errno.EINVAL
          ? { name: "cookies of tracing programs", since: "5.19" }
          : undefined,
      meanings: {
        [Errno.EBUSY]: ["the program is attached there already, or the function takes no more programs"],
        [Errno.ENOTSUPP]: ["this kernel cannot attach to that function"],
      },
    },
    errno,
  ).within(place.section);
}
