/**
 * Waiting for fds over the addon. In Node each watch is a uv_poll in the loop, the shortest wake-up; elsewhere one
 * thread waits on an epoll fd for all of them (PERFORMANCE.md, decision 3). The addon owns the fds of its own, so that
 * a worker that is terminated leaves none behind.
 */
import type { Watch } from "./kernel.ts";
import type { NativeAddon } from "./native-addon.ts";
import type { SystemCall } from "./native-numbers.ts";

// sys/epoll.h, fcntl.h, asm-generic/errno.h
const EPOLLIN = 1;
const EPOLLERR = 8;
const EEXIST = 17;
const CLOEXEC = 0o2000000;
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

/** Each watch is a uv_poll of its own, on a dup: libuv takes an fd number once. Only for Node: Bun aborts on it. */
export function loopWatcher(addon: NativeAddon, numbers: Numbers): Watcher {
  return (fd, ready) => {
    const own = duplicate(addon, numbers, fd);
    if (own < 0) return own;
    const flags = addon.syscall(numbers.fcntl, 3, own, F_GETFL, 0);
    // A negative number is a faulty fd: libuv has stopped by itself.
    const id = addon.watch(own, -1, (events) => {
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
      },
      unref: () => addon.control(id, letGo),
      ref: () => addon.control(id, keep),
    };
  };
}

/**
 * One thread and one epoll fd for all watches; both exist only while there is a watch. What epoll knows is a file
 * under an fd number: watches of one fd share an entry, and a number that was closed and given to another file gets
 * a new one, whatever became of the old.
 */
export function threadWatcher(addon: NativeAddon, numbers: Numbers): Watcher {
  const entries = new Map<number, Entry>();
  const current = new Map<number, Entry>();
  let epoll = -1;
  let thread = 0;
  let last = 0;

  function start(): number {
    epoll = addon.syscall(numbers.epoll_create1, 1, CLOEXEC);
    if (epoll < 0) return epoll;
    const wake = addon.syscall(numbers.eventfd2, 2, 0, CLOEXEC);
    const error = wake < 0 ? wake : addToEpoll(wake, 0);
    thread = error < 0 ? error : addon.watch(epoll, wake, serve);
    if (thread < 0) for (const fd of [epoll, wake]) addon.syscall(numbers.close, 1, fd);
    return thread;
  }

  function addToEpoll(fd: number, key: number): number {
    return addon.syscall(numbers.epoll_ctl, 4, epoll, EPOLL_CTL_ADD, fd, epollEvent(key));
  }

  function serve(events: number, key: number): void {
    const entry = entries.get(key);
    if (entry === undefined) return;
    // A file in error stays so: dropped without a call, as libuv does.
    if ((events & EPOLLERR) !== 0) remove(entry);
    // A listener may stop others: a Set's iteration leaves out what is deleted meanwhile.
    else for (const listener of entry.listeners) listener.ready();
  }

  function add(fd: number): Entry | number {
    const key = nextKey();
    const error = addToEpoll(fd, key);
    const known = current.get(fd);
    if (error === -EEXIST && known !== undefined) return known;
    if (error < 0) return error;
    const entry = { key, fd, listeners: new Set<Listener>() };
    entries.set(key, entry);
    current.set(fd, entry);
    return entry;
  }

  /** Keys go round after 2^32 watches; 0 is what wakes the thread. */
  function nextKey(): number {
    do last = (last + 1) >>> 0 || 1;
    while (entries.has(last));
    return last;
  }

  function remove(entry: Entry): void {
    if (current.get(entry.fd) !== entry) return;
    current.delete(entry.fd);
    addon.syscall(numbers.epoll_ctl, 4, epoll, EPOLL_CTL_DEL, entry.fd, 0);
  }

  /** The thread keeps the process alive while a listener does, and ends with the last one. */
  function settle(): void {
    const listeners = [...entries.values()].flatMap((entry) => [...entry.listeners]);
    if (listeners.length === 0) addon.control(thread, stop);
    else addon.control(thread, listeners.some((listener) => listener.alive) ? keep : letGo);
  }

  function end(entry: Entry, listener: Listener): void {
    if (!entry.listeners.delete(listener)) return;
    if (entry.listeners.size === 0) {
      remove(entry);
      entries.delete(entry.key);
    }
    settle();
  }

  function keepAlive(entry: Entry, listener: Listener, alive: boolean): void {
    listener.alive = alive;
    if (entry.listeners.has(listener)) settle();
  }

  return (fd, ready) => {
    const started = entries.size > 0 ? thread : start();
    if (started < 0) return started;
    const entry = add(fd);
    if (typeof entry === "number") {
      settle();
      return entry;
    }
    const listener = { ready, alive: true };
    entry.listeners.add(listener);
    settle();
    return {
      stop: () => end(entry, listener),
      unref: () => keepAlive(entry, listener, false),
      ref: () => keepAlive(entry, listener, true),
    };
  };
}

interface Listener {
  readonly ready: () => void;
  alive: boolean;
}

interface Entry {
  readonly key: number;
  readonly fd: number;
  readonly listeners: Set<Listener>;
}

/** struct epoll_event: packed on x86-64 only (linux/eventpoll.h). The padding of arm64 is in front of the data. */
function epollEvent(key: number): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, EPOLLIN, true);
  view.setUint32(process.arch === "x64" ? 4 : 8, key, true);
  return bytes;
}
