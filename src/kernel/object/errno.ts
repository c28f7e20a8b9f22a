/**
 * errno numbers of Linux (asm-generic; x86-64 and arm64 share them): node:os has the numbers of the system that Node
 * runs on, and the fake kernel runs everywhere.
 */
const names: readonly string[] = (
  "EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT ENOTBLK EBUSY EEXIST " +
  "EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM " +
  "ERANGE EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP"
).split(" ");

/** Numbers above the contiguous part that bpf(2), perf_event_open(2) and their neighbours answer. */
const others: Readonly<Record<number, string>> = {
  61: "ENODATA",
  62: "ETIME",
  71: "EPROTO",
  74: "EBADMSG",
  75: "EOVERFLOW",
  84: "EILSEQ",
  90: "EMSGSIZE",
  95: "EOPNOTSUPP",
  99: "EADDRNOTAVAIL",
  110: "ETIMEDOUT",
  114: "EALREADY",
  115: "EINPROGRESS",
  116: "ESTALE",
  // Kernel-internal numbers that leak to user space (linux/errno.h).
  524: "ENOTSUPP",
};

/** The numbers that tsbpf decides by. */
export const Errno = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  E2BIG: 7,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 22,
  EMFILE: 24,
  ENOSPC: 28,
  ERANGE: 34,
  ENOSYS: 38,
  EILSEQ: 84,
  EOPNOTSUPP: 95,
  EADDRNOTAVAIL: 99,
  ENOTSUPP: 524,
} as const;

/** The name of a positive errno. */
export function errnoName(errno: number): string {
  return names[errno - 1] ?? others[errno] ?? `errno ${errno}`;
}
