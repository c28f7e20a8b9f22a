import { closeSync, constants, openSync, writeSync } from "node:fs";
import { NativeError, SyscallError } from "../../errors.ts";
import type { Kernel, Reference } from "./kernel.ts";
import { loadAddon } from "./native-addon.ts";
import type { CallValue, NativeAddon } from "./native-addon.ts";
import { systemCallNumbers } from "./native-numbers.ts";
import { duplicate, loopWatcher, threadWatcher } from "./native-watches.ts";
import type { Watcher } from "./native-watches.ts";

// asm-generic/mman-common.h, asm-generic/errno.h
const MAP_SHARED = 1;
const MAP_PRIVATE = 2;
const ENOTSUP = 95;
const EIO = 5;

/** How the native kernel is made. */
export interface NativeKernelOptions {
  /**
   * How fds are waited for: in libuv's loop, or by a thread. By default the loop in Node and the thread elsewhere;
   * the loop ends the process in Bun and wakes only once in Deno.
   */
  readonly watch?: "loop" | "thread";
}

/** True in Node itself: Bun and Deno name themselves beside the Node version that they imitate. */
function isNode(): boolean {
  return process.versions["bun"] === undefined && process.versions["deno"] === undefined;
}

/**
 * The running kernel, through the addon, which is loaded here and not at import.
 * @throws NativeError where the addon cannot run: another system or CPU, no place to load it from.
 */
export function nativeKernel(options: NativeKernelOptions = {}): Kernel {
  const addon = loadAddon();
  const nr = systemCallNumbers(process.arch);
  const watcher: Watcher =
    (options.watch ?? (isNode() ? "loop" : "thread")) === "loop"
      ? loopWatcher(addon, nr)
      : threadWatcher(addon, nr);
  return {
    bpf(command, attr, references = none) {
      // The shapes of map access are spelled out: a spread costs as much as half the call.
      const [first, second] = references;
      if (first === undefined) return addon.syscall(nr.bpf, 3, command, attr, attr.length);
      if (references.length > 2 || first.inside !== undefined || second?.inside !== undefined)
        return addon.syscall(nr.bpf, 3, command, attr, attr.length, ...flat(references, 1));
      const { offset, buffer } = first;
      if (second === undefined)
        return addon.syscall(nr.bpf, 3, command, attr, attr.length, 1, offset, buffer);
      return addon.syscall(
        nr.bpf,
        3,
        command,
        attr,
        attr.length,
        1,
        offset,
        buffer,
        1,
        second.offset,
        second.buffer,
      );
    },
    bpfAsync: (command, attr, references = none) =>
      addon.syscallAsync(nr.bpf, 3, command, attr, attr.length, ...flat(references, 1)),
    perfEventOpen: (attr, pid, cpu, groupFd, flags, references = none) =>
      addon.syscall(nr.perf_event_open, 5, attr, pid, cpu, groupFd, flags, ...flat(references, 0)),
    ioctl: (fd, request, argument) => addon.syscall(nr.ioctl, 3, fd, request, argument),
    mmap: (fd, length, protection, offset, sharing = "shared") =>
      map(addon, fd, length, protection, sharing === "shared" ? MAP_SHARED : MAP_PRIVATE, offset),
    munmap: (mapping) => void addon.munmap(mapping),
    close: (fd) => addon.syscall(nr.close, 1, fd),
    dup: (fd) => duplicate(addon, nr, fd),
    appendFile,
    syscall: (name, args) => addon.syscall(nr[name], args.length, ...args),
    watch(fd, ready) {
      const watch = watcher(fd, ready);
      if (typeof watch !== "number") return watch;
      throw new SyscallError(`watch(${fd})`, -watch, `errno ${-watch}`, {
        remedy: "watch an open fd that can be polled, and raise RLIMIT_NOFILE if there are too many",
      });
    },
    loadAcquire: (mapping, offset) => addon.loadAcquire(offset, mapping),
    storeRelease: (mapping, offset, low, high) => addon.storeRelease(offset, low, high, mapping),
  };
}

/** O_APPEND without O_CREAT: a file of tracefs is there or it is not. */
function appendFile(path: string, text: string): number {
  let fd = -1;
  try {
    fd = openSync(path, constants.O_WRONLY | constants.O_APPEND);
    writeSync(fd, text);
    return 0;
  } catch (error) {
    // node:fs gives libuv's errno, which is the system's, negative.
    return (error as NodeJS.ErrnoException).errno ?? -EIO;
  } finally {
    if (fd >= 0) closeSync(fd);
  }
}

const none: readonly Reference[] = [];

/** References as the addon takes them. `attr`: which argument holds those that name no other holder. */
function flat(references: readonly Reference[], attr: number): CallValue[] {
  return references.flatMap(({ inside, offset, buffer }) => [
    inside === undefined ? attr : 6 + inside,
    offset,
    buffer,
  ]);
}

function map(
  addon: NativeAddon,
  fd: number,
  length: number,
  protection: number,
  flags: number,
  offset: number,
): ArrayBuffer | number {
  const mapping = addon.mmap(fd, length, protection, flags, offset);
  if (mapping === -ENOTSUP) {
    throw new NativeError(
      "expected a runtime that takes memory from outside as an ArrayBuffer, found one that refuses it",
      [`mmap of ${length} bytes`],
      [
        "run in Node, Bun or Deno: builds with V8's pointer cage, such as Electron's, cannot map kernel memory",
      ],
    );
  }
  // Not marked as untransferable: Node 24 aborts on detaching what is. A transfer is safe, too: the pages go with
  // the new owner, and munmap of the old one finds nothing.
  return mapping;
}
