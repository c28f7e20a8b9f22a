/** System call numbers of the two CPUs that the addon is built for: `[x86-64, arm64]`. */
const numbers = {
  // asm/unistd_64.h · asm-generic/unistd.h
  close: [3, 57],
  ioctl: [16, 29],
  getpid: [39, 172],
  socket: [41, 198],
  fcntl: [72, 25],
  epoll_ctl: [233, 21],
  unshare: [272, 97],
  epoll_pwait: [281, 22],
  eventfd2: [290, 19],
  epoll_create1: [291, 20],
  perf_event_open: [298, 241],
  prlimit64: [302, 261],
  setns: [308, 268],
  memfd_create: [319, 279],
  bpf: [321, 280],
} as const;

/** A system call that {@link systemCallNumbers} knows. */
export type SystemCall = keyof typeof numbers;

/** The numbers for `arch`, as `process.arch` spells it: `"x64"` or `"arm64"`. */
export function systemCallNumbers(arch: string): Readonly<Record<SystemCall, number>> {
  const column = arch === "arm64" ? 1 : 0;
  const entries = Object.entries(numbers).map(([name, pair]) => [name, pair[column]]);
  // Object.fromEntries forgets the names that the entries were made of.
  return Object.fromEntries(entries) as Record<SystemCall, number>;
}
