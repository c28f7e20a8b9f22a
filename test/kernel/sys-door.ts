// The built room under test. Kernel tests run from build/test, so the path to dist is found, not written.
import { readdirSync } from "node:fs";
import type * as Addon from "../../dist/kernel/sys/native-addon.js";
import type * as Sys from "../../dist/kernel/sys/index.js";

/** The repository's root as a URL that ends in "/". */
export const root: URL = new URL(
  import.meta.url.includes("/build/test/") ? "../../../" : "../../",
  import.meta.url,
);

/** The URL of a built module, for child processes and workers. */
export function built(path: string): string {
  return new URL(`dist/${path}`, root).href;
}

// What dist holds is what the types above were made from.
export const sys = (await import(built("kernel/sys/index.js"))) as typeof Sys;
const { loadAddon } = (await import(built("kernel/sys/native-addon.js"))) as typeof Addon;
export const addon: Addon.NativeAddon = loadAddon();

/** Both ways to wait for fds; Node has both. */
export const ways = ["loop", "thread"] as const;

const arm = process.arch === "arm64";
/** System call numbers that only the tests use. */
export const nr = {
  read: arm ? 63 : 0,
  write: arm ? 64 : 1,
  close: arm ? 57 : 3,
  mmap: arm ? 222 : 9,
  getpid: arm ? 172 : 39,
  eventfd2: arm ? 19 : 290,
  pipe2: arm ? 59 : 293,
  readv: arm ? 65 : 19,
  ftruncate: arm ? 46 : 77,
  nanosleep: arm ? 101 : 35,
  clock_gettime: arm ? 113 : 228,
  memfd_create: arm ? 279 : 319,
} as const;

export const EBADF = -9;
export const EAGAIN = -11;
export const EFAULT = -14;
export const EINVAL = -22;

/** Open fds of this process. */
export function countFds(): number {
  return readdirSync("/proc/self/fd").length;
}

/** Threads of this process. */
export function countThreads(): number {
  return readdirSync("/proc/self/task").length;
}

/** Resolves once `condition` holds; the test's own timeout ends the wait. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

export function eventFd(value: number): number {
  return addon.syscall(nr.eventfd2, 2, value, 0o2004000);
}

const one = new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0]);

export function signal(fd: number): number {
  return addon.syscall(nr.write, 3, fd, one, 8);
}

/** Sets an eventfd back to 0; EAGAIN if it was. */
export function drain(fd: number): number {
  return addon.syscall(nr.read, 3, fd, new Uint8Array(8), 8);
}

export function closeFd(fd: number): number {
  return addon.syscall(nr.close, 1, fd);
}

/** A memfd of `size` zero bytes. */
export function memory(size: number): number {
  const fd = addon.syscall(nr.memfd_create, 2, new TextEncoder().encode("tsbpf-test\0"), 1);
  addon.syscall(nr.ftruncate, 2, fd, size);
  return fd;
}
