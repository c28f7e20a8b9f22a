/** Tracepoints of the fake machine unless a test brings its own: `category/name` → id. */
export const defaultTracepoints: Readonly<Record<string, number>> = {
  "syscalls/sys_enter_execve": 700,
  "syscalls/sys_exit_execve": 701,
  "syscalls/sys_enter_openat": 710,
  "syscalls/sys_enter_getpid": 720,
  "raw_syscalls/sys_enter": 390,
  "raw_syscalls/sys_exit": 391,
  "sched/sched_switch": 310,
  "sched/sched_process_exec": 311,
  "sched/sched_process_exit": 312,
};
