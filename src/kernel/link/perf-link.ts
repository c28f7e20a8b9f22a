import { FeatureError, type TsbpfError } from "../../errors.ts";
import { flags as bpfFlags, perfEventIoctls } from "../../format/abi/index.ts";
import { callBpf, Errno, explain, OwnedFd, type Situation } from "../object/index.ts";
import type { AttachHooks, AttachOptions, Attachable } from "./attachable.ts";
import { linkCreateCall } from "./attr.ts";
import { Link } from "./link.ts";

/** An open perf event, and what it is called. */
export interface PerfEvent {
  readonly owner: OwnedFd;
  /** `tracepoint syscalls/sys_enter_execve` */
  readonly target: string;
}

/** perf_event_open(2) of an attr; `pid` -1 with `cpu` 0 is what tracepoints take for "everywhere". */
export function openPerfEvent(program: Attachable, attr: Uint8Array, target: string): PerfEvent {
  const { kernel, host } = program;
  const fd = kernel.perfEventOpen(attr, -1, 0, -1, bpfFlags.PERF_FLAG_FD_CLOEXEC);
  if (fd < 0) {
    throw explain(
      host,
      {
        call: "perf_event_open",
        needs: ["CAP_PERFMON"],
        meanings: {
          [Errno.ENOENT]: ["this kernel has no perf events for that"],
          [Errno.EINVAL]: ["the tracepoint is gone"],
        },
      },
      -fd,
    ).within(target);
  }
  return { owner: new OwnedFd(kernel, fd, `perf event of ${target}`), target };
}

/**
 * Attaches a program to a perf event: by a BPF link (Linux 5.15), by ioctl before. Both fds are kept; the link goes
 * first and the event second (RULES 53). Takes the event over, also when it throws.
 */
export function attachPerfEvent(
  program: Attachable,
  event: PerfEvent,
  options: AttachOptions,
  hooks: AttachHooks,
): Link {
  const { kernel, host } = program;
  try {
    const fd = event.owner.fd;
    const link = createLink(program, event, options);
    const enabled = kernel.ioctl(fd, perfEventIoctls.PERF_EVENT_IOC_ENABLE, 0);
    if (enabled < 0) {
      link?.close();
      throw explain(host, { call: "ioctl(PERF_EVENT_IOC_ENABLE)" }, -enabled).within(event.target);
    }
    return new Link({
      kernel,
      host,
      program: program.name,
      target: event.target,
      owner: link,
      others: [event.owner],
      // Without a link the program sits in the event itself: no more calls from here on.
      beforeClose:
        link === undefined ? () => kernel.ioctl(fd, perfEventIoctls.PERF_EVENT_IOC_DISABLE, 0) : undefined,
      afterClose: hooks.afterClose,
    });
  } catch (error) {
    event.owner.close();
    throw error;
  }
}

/** The link's fd; undefined where the kernel has none for perf events and the ioctl did it. */
function createLink(program: Attachable, event: PerfEvent, { cookie }: AttachOptions): OwnedFd | undefined {
  const { kernel, host } = program;
  const fields = cookie === undefined ? {} : { "perf_event.bpf_cookie": BigInt(cookie) };
  const fd = callBpf(kernel, linkCreateCall(program.fd, event.owner.fd, "perf_event", fields));
  if (fd >= 0) return new OwnedFd(kernel, fd, `link of program "${program.name}" to ${event.target}`);
  if (hasPerfLinks(program)) throw refused(program, event, "bpf(BPF_LINK_CREATE)", -fd);
  if (cookie !== undefined) {
    throw new FeatureError("attach cookies", "5.15", host.release).within(event.target);
  }
  const set = kernel.ioctl(event.owner.fd, perfEventIoctls.PERF_EVENT_IOC_SET_BPF, program.fd);
  if (set < 0) throw refused(program, event, "ioctl(PERF_EVENT_IOC_SET_BPF)", -set);
  return undefined;
}

/** A link to fd -1 is EBADF where the kernel has links for perf events, EINVAL where it does not know them. */
function hasPerfLinks({ kernel, fd }: Attachable): boolean {
  return callBpf(kernel, linkCreateCall(fd, -1, "perf_event")) === -Errno.EBADF;
}

function refused(program: Attachable, event: PerfEvent, call: string, errno: number): TsbpfError {
  const situation: Situation = {
    call,
    needs: ["CAP_BPF", "CAP_PERFMON"],
    meanings: {
      [Errno.EINVAL]: ["the program is not of the type that this event takes, or reads beyond its arguments"],
      [Errno.EACCES]: ["the program reads more of its context than this tracepoint has"],
      [Errno.EEXIST]: ["this program is already attached there"],
    },
  };
  return explain(program.host, situation, errno).within(event.target);
}
