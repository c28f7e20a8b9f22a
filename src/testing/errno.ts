/** The errors that the fake kernel answers with (asm-generic/errno.h). */
export const errno = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  E2BIG: 7,
  EBADF: 9,
  EAGAIN: 11,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 22,
  ENOSPC: 28,
  EOPNOTSUPP: 95,
  /** The kernel's own ENOTSUPP, which leaks out of bpf(2). */
  ENOTSUPP: 524,
} as const;
