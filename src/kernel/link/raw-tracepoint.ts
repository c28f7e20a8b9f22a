import { ErrorCode, FeatureError, TsbpfError } from "../../errors.ts";
import { suggest } from "../../suggestion.ts";
import { callBpf, Errno, explain } from "../object/index.ts";
import type { AttachHooks, AttachOptions, Attachable } from "./attachable.ts";
import { rawTracepointOpenCall } from "./attr.ts";
import { linkOf, type Link } from "./link.ts";

/** Attaches a program of type `raw_tracepoint` by the tracepoint's name alone; it needs no tracefs (Linux 4.17). */
export function attachRawTracepoint(
  program: Attachable,
  name: string,
  options: AttachOptions = {},
  hooks: AttachHooks = {},
): Link {
  const { kernel } = program;
  const target = `raw tracepoint ${name}`;
  const cookie = BigInt(options.cookie ?? 0);
  const fd = callBpf(kernel, rawTracepointOpenCall(program.fd, name, cookie));
  if (fd < 0) throw refused(program, name, target, cookie, -fd);
  return linkOf(program, target, fd, hooks);
}

function refused(
  program: Attachable,
  name: string,
  target: string,
  cookie: bigint,
  errno: number,
): TsbpfError {
  const { host, kernel } = program;
  if (errno === Errno.ENOENT) {
    // Names without their category: tracefs lists the same tracepoints, if it is there.
    const known = host.tracepoints().map((path) => path.slice(path.indexOf("/") + 1));
    return new TsbpfError(ErrorCode.ARGUMENT, "this kernel has no such tracepoint", {
      trail: [target],
      remedy: known.length === 0 ? undefined : suggest(name, known),
    });
  }
  if (cookie !== 0n && (errno === Errno.E2BIG || errno === Errno.EINVAL)) {
    // Without the cookie it works: then the cookie is what this kernel does not know.
    const plain = callBpf(kernel, rawTracepointOpenCall(program.fd, name));
    if (plain >= 0) {
      kernel.close(plain);
      return new FeatureError("attach cookies of raw tracepoints", "6.10", host.release, { trail: [target] });
    }
  }
  return explain(
    host,
    {
      call: "bpf(BPF_RAW_TRACEPOINT_OPEN)",
      needs: ["CAP_BPF", "CAP_PERFMON"],
      meanings: {
        [Errno.EINVAL]: ["the program is no raw tracepoint program, or reads more arguments than there are"],
      },
    },
    errno,
  ).within(target);
}
