/** Kernel functions of the fake machine that kprobes may sit on, unless a test brings its own. */
export const defaultFunctions: readonly string[] = [
  "do_unlinkat",
  "do_sys_openat2",
  "vfs_read",
  "vfs_write",
  "tcp_connect.isra.0",
  "__x64_sys_bpf",
  "__x64_sys_execve",
  "__x64_sys_getppid",
];

/** Network interfaces of the fake machine: name → index. */
export const defaultInterfaces: Readonly<Record<string, number>> = { lo: 1, eth0: 2 };
