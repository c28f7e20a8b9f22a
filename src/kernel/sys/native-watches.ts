/**
 * Waiting for fds over the addon. In Node each watch is a uv_poll in the loop, the shortest wake-up; elsewhere one
 * thread waits on an epoll fd for all of them (PERFORMANCE.md, decision 3). Both wait on a dup, so that the caller may
 * close its fd first and may watch one fd twice.
 */
import type { Watch } from "./kernel.ts";
import type { NativeAddon } from "./native-addon.ts";
import type { SystemCall } from "./native-numbers.ts";

// sys/epoll.h, fcntl.h
const EPOLLIN = 1;
const EPOLLERR = 8;
const EPOLL_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const F_GETFL = 3;
const F_SETFL = 4;
const F_DUPFD_CLOEXEC = 1030;
const O_NONBLOCK = 0o4000;

/** An errno where a watch would be: the kernel's answer, as everywhere in this room. */
export type WatchResult = Watch | number;

/** Starts watches. */
export type Watcher = (fd: number, ready: () => void) => WatchResult;

type Numbers = Readonly<Record<SystemCall, number>>;

const stop = 0;
const letGo = 1;
const keep = 2;

/** dup above stdio, close-on-exec. */
export function duplicate(addon: NativeAddon, numbers: Numbers, fd: number): number {
  return addon.syscall(numbers.fcntl, 3, fd, F_DUPFD_CLOEXEC, 3);
}

/** Each watch is a uv_poll of its own. Only for Node: Bun aborts on it. */
export function loopWatcher(addon: NativeAddon, numbers: Numbers): Watcher {
  return (fd, ready) => {
    const own = duplicate(addon, numbers, fd);
    if (own < 0) return own;
    const flags = addon.syscall(numbers.fcntl, 3, own, F_GETFL, 0);
    // A negative number is a faulty fd: libuv has stopped by itself.
    const id = addon.watch(own, EPOLLIN, (events) => {
      if (events > 0) ready();
    });
    // uv_poll_init makes the file non-blocking, which a dup shares with the caller and polling does not need.
    if (flags >= 0 && (flags & O_NONBLOCK) === 0) addon.syscall(numbers.fcntl, 3, own, F_SETFL, flags);
    if (id < 0) {
      addon.syscall(numbers.close, 1, own);
      return id;
    }
    let running = true;
    return {
      stop: () => {
        if (!running) return;
        running = false;
        addon.control(id, stop);
        addon.syscall(numbers.close, 1, own);
      },
      unref: () => void addon.control(id, letGo),
      ref: () => void addon.control(id, keep),
    };
  };
}

/** One thread and one epoll fd for all watches; both exist only while there is a watch. */
export function threadWatcher(addon: NativeAddon, numbers: Numbers): Watcher {
  const entries = new Map<number, Entry>();
  let epoll = -1;
  let thread = 0;
  let last = 0;

  function start(): number {
    epoll = addon.syscall(numbers.epoll_create1, 1, EPOLL_CLOEXEC);
    if (epoll < 0) return epoll;
    thread = addon.watch(epoll, 0, serve);
    if (thread < 0) addon.syscall(numbers.close, 1, epoll);
    return thread;
  }

  function serve(events: number, key: number): void {
    const entry = entries.get(key);
    if (entry === undefined) return;
    // A file in error stays so: told once, as libuv does.
    if ((events & EPOLLERR) === 0) entry.ready();
    else addon.syscall(numbers.epoll_ctl, 4, epoll, EPOLL_CTL_DEL, entry.fd, 0);
  }

  function settle(): void {
    const alive = [...entries.values()].some((entry) => entry.alive);
    addon.control(thread, alive ? keep : letGo);
  }

  function end(key: number): void {
    const entry = entries.get(key);
    if (entry === undefined) return;
    entries.delete(key);
    addon.syscall(numbers.epoll_ctl, 4, epoll, EPOLL_CTL_DEL, entry.fd, 0);
    addon.syscall(numbers.close, 1, entry.fd);
    if (entries.size > 0) return settle();
    addon.control(thread, stop);
    addon.syscall(numbers.close, 1, epoll);
  }

  function keepAlive(key: number, alive: boolean): void {
    const entry = entries.get(key);
    if (entry === undefined) return;
    entry.alive = alive;
    settle();
  }

  return (fd, ready) => {
    const own = duplicate(addon, numbers, fd);
    if (own < 0) return own;
    const started = entries.size > 0 ? thread : start();
    if (started < 0) {
      addon.syscall(numbers.close, 1, own);
      return started;
    }
    // Keys go round after 2^32 watches; 0 is the addon's.
    do last = (last + 1) >>> 0 || 1;
    while (entries.has(last));
    const key = last;
    entries.set(key, { fd: own, ready, alive: true });
    const error = addon.syscall(numbers.epoll_ctl, 4, epoll, EPOLL_CTL_ADD, own, epollEvent(key));
    if (error < 0) {
      end(key);
      return error;
    }
    settle();
    return {
      stop: () => end(key),
      unref: () => keepAlive(key, false),
      ref: () => keepAlive(key, true),
    };
  };
}

interface Entry {
  readonly fd: number;
  readonly ready: () => void;
  alive: boolean;
}

/** struct epoll_event: packed on x86-64 only (linux/eventpoll.h). The padding of arm64 is in front of the data. */
function epollEvent(key: number): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, EPOLLIN, true);
  view.setUint32(process.arch === "x64" ? 4 : 8, key, true);
  return bytes;
}
