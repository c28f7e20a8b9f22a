// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: kconfig externs of every type: tristate, bool, char, integers of all sizes, strings, weak and missing ones (RULES 25)
#include "small.h"

extern enum libbpf_tristate CONFIG_BPF_SYSCALL __kconfig;
extern enum libbpf_tristate CONFIG_NO_SUCH_TRISTATE __kconfig __weak;
extern _Bool CONFIG_BPF_JIT __kconfig;
extern _Bool CONFIG_NO_SUCH_BOOL __kconfig __weak;
extern char CONFIG_BPF_JIT_ALWAYS_ON __kconfig __weak;
extern __s8 CONFIG_PANIC_TIMEOUT __kconfig __weak;
extern __u16 CONFIG_NR_CPUS __kconfig;
extern int CONFIG_HZ __kconfig;
extern __u64 CONFIG_PHYSICAL_START __kconfig __weak;
extern long CONFIG_NO_SUCH_NUMBER __kconfig __weak;
extern const char CONFIG_DEFAULT_HOSTNAME[32] __kconfig;
extern char CONFIG_LOCALVERSION[4] __kconfig; /* cut to 3 characters */
extern char CONFIG_NO_SUCH_STRING[8] __kconfig __weak;
extern int LINUX_KERNEL_VERSION __kconfig;
extern _Bool LINUX_HAS_BPF_COOKIE __kconfig;
extern _Bool LINUX_HAS_SYSCALL_WRAPPER __kconfig;
extern int LINUX_NOT_KNOWN_YET __kconfig __weak;

__u64 out[8];
char text[32];

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	out[0] = CONFIG_BPF_SYSCALL + CONFIG_NO_SUCH_TRISTATE;
	out[1] = CONFIG_BPF_JIT + CONFIG_NO_SUCH_BOOL + LINUX_HAS_BPF_COOKIE + LINUX_HAS_SYSCALL_WRAPPER;
	out[2] = CONFIG_BPF_JIT_ALWAYS_ON;
	out[3] = CONFIG_NR_CPUS;
	out[4] = CONFIG_HZ + CONFIG_PANIC_TIMEOUT;
	out[5] = CONFIG_PHYSICAL_START + CONFIG_NO_SUCH_NUMBER;
	out[6] = LINUX_KERNEL_VERSION >= KERNEL_VERSION(4, 15, 0);
	out[7] = LINUX_NOT_KNOWN_YET;
	text[0] = CONFIG_DEFAULT_HOSTNAME[0];
	text[1] = CONFIG_LOCALVERSION[1];
	text[2] = CONFIG_NO_SUCH_STRING[2];
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
