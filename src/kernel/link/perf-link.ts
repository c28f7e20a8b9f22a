import { argumentError, FeatureError, type TsbpfError } from "../../errors.ts";
import { flags as bpfFlags, perfEventIoctls } from "../../format/abi/index.ts";
import { callBpf, Errno, explain, OwnedFd, type Situation } from "../object/index.ts";
import type { Reference } from "../sys/index.ts";
import type { AttachHooks, AttachOptions, Attachable } from "./attachable.ts";
import { linkCreateCall } from "./attr.ts";
import { Link } from "./link.ts";

/** An open perf event, and what it is called. */
export interface PerfEvent {
  readonly owner: OwnedFd;
  /** `tracepoint syscalls/sys_enter_execve` */
  readonly target: string;
  /** Runs when nothing holds the event any more: removes the tracefs event that it was opened for (RULES 53). */
  readonly remove?: (() => void) | undefined;
}

/** perf_event_open(2) as data. */
export interface PerfOpen {
  readonly attr: Uint8Array;
  readonly references?: readonly Reference[] | undefined;
  /** Process whose threads count; -1 or undefined: all, 0: this one. */
  readonly pid?: number | undefined;
  /** For messages: `tracepoint syscalls/sys_enter_execve`. */
  readonly target: string;
  /** What errnos mean for this kind of event. */
  readonly meanings?: Situation["meanings"];
}

/** Opens an event. One for all processes needs a CPU, which for what is no hardware may be any (RULES 54). */
export function openPerfEvent(program: Attachable, open: PerfOpen): PerfEvent {
  const { kernel, host } = program;
  const { attr, target, pid = -1 } = open;
  const cpu = pid < 0 ? 0 : -1;
  const fd = kernel.perfEventOpen(attr, pid, cpu, -1, bpfFlags.PERF_FLAG_FD_CLOEXEC, open.references);
  if (fd < 0) {
    const meanings = {
      ...(pid > 0 ? { [Errno.ESRCH]: noProcess(pid) } : {}),
      ...open.meanings,
    };
    throw explain(host, { call: "perf_event_open", needs: ["CAP_PERFMON"], meanings }, -fd).within(target);
  }
  return { owner: new OwnedFd(kernel, fd, `perf event of ${target}`), target };
}

function noProcess(pid: number): [string, string] {
  return [`there is no process ${pid}`, "leave pid out to see all processes"];
}

/** How {@link attachPerfEvent} attaches. */
export interface PerfAttachOptions extends AttachOptions {
  /** Default: by a link, and by ioctl on kernels that have none. */
  readonly by?: "link" | "ioctl" | undefined;
}

/**
 * Attaches a program to a perf event: by a BPF link (Linux 5.15), by ioctl before. Both fds are kept; the link goes
 * first and the event second (RULES 53). Takes the event over, also when it throws.
 */
export function attachPerfEvent(
  program: Attachable,
  event: PerfEvent,
  options: PerfAttachOptions,
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
      afterClose: () => {
        event.remove?.();
        hooks.afterClose?.();
      },
    });
  } catch (error) {
    event.owner.close();
    event.remove?.();
    throw error;
  }
}

/** The link's fd; undefined where the kernel has none for perf events and the ioctl did it. */
function createLink(
  program: Attachable,
  event: PerfEvent,
  { cookie, by }: PerfAttachOptions,
): OwnedFd | undefined {
  const { kernel, host } = program;
  if (by !== "ioctl") {
    const fields = cookie === undefined ? {} : { "perf_event.bpf_cookie": BigInt(cookie) };
    const fd = callBpf(kernel, linkCreateCall(program.fd, event.owner.fd, "perf_event", fields));
    if (fd >= 0) return new OwnedFd(kernel, fd, `link of program "${program.name}" to ${event.target}`);
    if (hasPerfLinks(program)) throw refused(program, event, "bpf(BPF_LINK_CREATE)", -fd);
    if (by === "link")
      throw new FeatureError("links to perf events", "5.15", host.release).within(event.target);
    if (cookie !== undefined) {
      throw new FeatureError("attach cookies", "5.15", host.release).within(event.target);
    }
  } else if (cookie !== undefined) {
    throw argumentError("expected no cookie: an attachment by ioctl cannot carry one").within(event.target);
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
