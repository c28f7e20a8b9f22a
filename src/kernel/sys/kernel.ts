/**
 * The one door to the machine's system calls. Everything above takes a `Kernel` as a parameter; the native one
 * goes through the addon, the fake one (src/testing) answers from memory.
 *
 * Conventions: a result >= 0 is the call's answer, a negative one is -errno. Nothing throws for an errno: the
 * caller knows what it was trying and explains (kernel/object/explain). Nothing here knows what the bytes mean.
 */
export interface Kernel {
  /**
   * bpf(2), in this thread. `attr` is sent as it is; each reference's buffer address is written into it just
   * before the call and cleared after, so that no address is ever a JavaScript value.
   */
  bpf(command: number, attr: Uint8Array, references?: readonly Reference[]): number;
  /** The same in a thread of its own with signals blocked: for BPF_PROG_LOAD, which can take seconds (RULES 48). */
  bpfAsync(command: number, attr: Uint8Array, references?: readonly Reference[]): Promise<number>;
  /** perf_event_open(2); the result is an fd. */
  perfEventOpen(
    attr: Uint8Array,
    pid: number,
    cpu: number,
    groupFd: number,
    flags: number,
    references?: readonly Reference[],
  ): number;
  /** ioctl(2) with an integer or a buffer. */
  ioctl(fd: number, request: number, argument: number | Uint8Array): number;
  /**
   * mmap(2) of a whole fd range; offset and length in bytes. Shared unless `"private"` is asked for: the kernel's
   * BTF file refuses shared mappings (kernel/bpf/sysfs_btf.c).
   */
  mmap(
    fd: number,
    length: number,
    protection: number,
    offset: number,
    sharing?: "shared" | "private",
  ): ArrayBuffer | number;
  /** Unmaps what `mmap` gave and detaches the buffer. Idempotent. */
  munmap(mapping: ArrayBuffer): void;
  /** close(2) */
  close(fd: number): number;
  /** fcntl(F_DUPFD_CLOEXEC, 3): fds stay above stdio (RULES 16). */
  dup(fd: number): number;
  /**
   * Appends `text` to an existing file with one write(2), as tracefs takes its commands: 0 or -errno. The reading of
   * files is the host's; this is here because it changes the kernel.
   */
  appendFile(path: string, text: string): number;
  /** A syscall by name for the few that have no method of their own. */
  syscall(
    name: "prlimit64" | "getpid" | "memfd_create" | "epoll_create1" | "setns" | "unshare" | "socket",
    args: readonly (number | Uint8Array)[],
  ): number;
  /** Calls `ready` on this thread whenever the fd is readable, level-triggered. It keeps the process alive. */
  watch(fd: number, ready: () => void): Watch;
  /** 32 bits at `offset` (multiple of 4) of a mapping, with acquire order. */
  loadAcquire(mapping: ArrayBuffer, offset: number): number;
  /** Stores 64 bits (low and high halves, int32) at `offset` (multiple of 8) of a mapping with release order. */
  storeRelease(mapping: ArrayBuffer, offset: number, low: number, high: number): void;
}

/** A pointer field: the address of `buffer` goes to byte `offset` of the attr, or of the buffer of an earlier reference. */
export interface Reference {
  /** Bytes; the pointer field is 64 bits wide. */
  readonly offset: number;
  /** What the kernel reads or writes; leave it alone until the call has ended. */
  readonly buffer: Uint8Array;
  /** Index of the earlier reference whose buffer holds the pointer; undefined: the attr itself. */
  readonly inside?: number;
}

/** A running fd watch. */
export interface Watch {
  /** Stops the calls; idempotent. The fd stays open: it is the caller's. */
  stop(): void;
  /** Lets the process exit while only this watch is left. */
  unref(): void;
  /** Undoes {@link unref}. */
  ref(): void;
}
