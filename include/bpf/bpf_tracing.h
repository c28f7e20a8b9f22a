/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Arguments of traced functions: out of registers (kprobes, uprobes, syscalls) or out of the array of
 * 64-bit words that tp_btf, fentry, fexit, lsm and struct_ops programs get.
 *
 * Registers differ between machines: compile with -D__TARGET_ARCH_x86, _arm64, _s390 or _riscv
 * (`tsbpf build` does that by itself).
 */
#ifndef TSBPF_BPF_TRACING_H
#define TSBPF_BPF_TRACING_H

#include "bpf_helpers.h"
#include "bpf_core_read.h"

struct pt_regs;

/*
 * Per machine: the type that holds the registers, and the member for each role. Argument registers are
 * those of function calls; system calls pass some of them elsewhere (__TS_SYS_…).
 */
#if defined(__TARGET_ARCH_x86) || (!defined(__TARGET_ARCH_arm64) && defined(__x86_64__))

#define __TS_REGS struct pt_regs
#if defined(__KERNEL__) || defined(__VMLINUX_H__)
/* the kernel's own names */
#define __TS_ARG_0 di
#define __TS_ARG_1 si
#define __TS_ARG_2 dx
#define __TS_ARG_3 cx
#define __TS_FRAME bp
#define __TS_RESULT ax
#define __TS_STACK sp
#define __TS_PC ip
#else
/* the names in <asm/ptrace.h> for user space */
#define __TS_ARG_0 rdi
#define __TS_ARG_1 rsi
#define __TS_ARG_2 rdx
#define __TS_ARG_3 rcx
#define __TS_FRAME rbp
#define __TS_RESULT rax
#define __TS_STACK rsp
#define __TS_PC rip
#endif
#define __TS_ARG_4 r8
#define __TS_ARG_5 r9
/* at function entry the return address is on top of the stack */
#define __TS_RETURN __TS_STACK
/* the syscall instruction destroys rcx, so the fourth argument travels in r10 */
#define __TS_SYS_3 r10

#elif defined(__TARGET_ARCH_arm64) || defined(__aarch64__)

#define __TS_REGS struct user_pt_regs
#define __TS_ARG_0 regs[0]
#define __TS_ARG_1 regs[1]
#define __TS_ARG_2 regs[2]
#define __TS_ARG_3 regs[3]
#define __TS_ARG_4 regs[4]
#define __TS_ARG_5 regs[5]
#define __TS_ARG_6 regs[6]
#define __TS_ARG_7 regs[7]
#define __TS_FRAME regs[29]
#define __TS_RETURN regs[30]
#define __TS_RESULT regs[0]
#define __TS_STACK sp
#define __TS_PC pc
/* x0 is overwritten by the result; the kernel keeps the first argument outside user_pt_regs */
struct pt_regs___arm64 {
	unsigned long orig_x0;
} __attribute__((preserve_access_index));
#define __TS_SYS_REGS_0 struct pt_regs___arm64
#define __TS_SYS_0 orig_x0

#elif defined(__TARGET_ARCH_s390) || defined(__s390__)

#define __TS_REGS struct user_pt_regs
#define __TS_ARG_0 gprs[2]
#define __TS_ARG_1 gprs[3]
#define __TS_ARG_2 gprs[4]
#define __TS_ARG_3 gprs[5]
#define __TS_ARG_4 gprs[6]
#define __TS_FRAME gprs[11]
#define __TS_RETURN gprs[14]
#define __TS_RESULT gprs[2]
#define __TS_STACK gprs[15]
#define __TS_PC psw.addr
struct pt_regs___s390 {
	unsigned long orig_gpr2;
} __attribute__((preserve_access_index));
#define __TS_SYS_REGS_0 struct pt_regs___s390
#define __TS_SYS_0 orig_gpr2
#define __TS_SYS_5 gprs[7]

#elif defined(__TARGET_ARCH_riscv) || defined(__riscv)

#define __TS_REGS struct user_regs_struct
#define __TS_ARG_0 a0
#define __TS_ARG_1 a1
#define __TS_ARG_2 a2
#define __TS_ARG_3 a3
#define __TS_ARG_4 a4
#define __TS_ARG_5 a5
#define __TS_ARG_6 a6
#define __TS_ARG_7 a7
#define __TS_FRAME s0
#define __TS_RETURN ra
#define __TS_RESULT a0
#define __TS_STACK sp
#define __TS_PC pc
struct pt_regs___riscv {
	unsigned long orig_a0;
} __attribute__((preserve_access_index));
#define __TS_SYS_REGS_0 struct pt_regs___riscv
#define __TS_SYS_0 orig_a0

#endif

#ifdef __TS_REGS

/* Roles that a machine does not have: the name appears in the compiler's message. */
#ifndef __TS_ARG_5
#define __TS_ARG_5 this_machine_has_no_such_argument_register
#endif
#ifndef __TS_ARG_6
#define __TS_ARG_6 this_machine_has_no_such_argument_register
#endif
#ifndef __TS_ARG_7
#define __TS_ARG_7 this_machine_has_no_such_argument_register
#endif

/* System calls use the registers of function calls, with the exceptions above. */
#ifndef __TS_SYS_REGS_0
#define __TS_SYS_REGS_0 __TS_REGS
#endif
#ifndef __TS_SYS_0
#define __TS_SYS_0 __TS_ARG_0
#endif
#ifndef __TS_SYS_3
#define __TS_SYS_3 __TS_ARG_3
#endif
#ifndef __TS_SYS_5
#define __TS_SYS_5 __TS_ARG_5
#endif

/* Direct access, where the verifier knows the pointer (the context); _CORE: through the copy helper. */
#define __TS_REG(x, member) (((const __TS_REGS *)(x))->member)
#define __TS_REG_CORE(x, member) BPF_CORE_READ((const __TS_REGS *)(x), member)

#define PT_REGS_PARM1(x) __TS_REG(x, __TS_ARG_0)
#define PT_REGS_PARM2(x) __TS_REG(x, __TS_ARG_1)
#define PT_REGS_PARM3(x) __TS_REG(x, __TS_ARG_2)
#define PT_REGS_PARM4(x) __TS_REG(x, __TS_ARG_3)
#define PT_REGS_PARM5(x) __TS_REG(x, __TS_ARG_4)
#define PT_REGS_PARM6(x) __TS_REG(x, __TS_ARG_5)
#define PT_REGS_PARM7(x) __TS_REG(x, __TS_ARG_6)
#define PT_REGS_PARM8(x) __TS_REG(x, __TS_ARG_7)
#define PT_REGS_RET(x) __TS_REG(x, __TS_RETURN)
#define PT_REGS_FP(x) __TS_REG(x, __TS_FRAME)
#define PT_REGS_RC(x) __TS_REG(x, __TS_RESULT)
#define PT_REGS_SP(x) __TS_REG(x, __TS_STACK)
#define PT_REGS_IP(x) __TS_REG(x, __TS_PC)

#define PT_REGS_PARM1_CORE(x) __TS_REG_CORE(x, __TS_ARG_0)
#define PT_REGS_PARM2_CORE(x) __TS_REG_CORE(x, __TS_ARG_1)
#define PT_REGS_PARM3_CORE(x) __TS_REG_CORE(x, __TS_ARG_2)
#define PT_REGS_PARM4_CORE(x) __TS_REG_CORE(x, __TS_ARG_3)
#define PT_REGS_PARM5_CORE(x) __TS_REG_CORE(x, __TS_ARG_4)
#define PT_REGS_PARM6_CORE(x) __TS_REG_CORE(x, __TS_ARG_5)
#define PT_REGS_PARM7_CORE(x) __TS_REG_CORE(x, __TS_ARG_6)
#define PT_REGS_PARM8_CORE(x) __TS_REG_CORE(x, __TS_ARG_7)
#define PT_REGS_RET_CORE(x) __TS_REG_CORE(x, __TS_RETURN)
#define PT_REGS_FP_CORE(x) __TS_REG_CORE(x, __TS_FRAME)
#define PT_REGS_RC_CORE(x) __TS_REG_CORE(x, __TS_RESULT)
#define PT_REGS_SP_CORE(x) __TS_REG_CORE(x, __TS_STACK)
#define PT_REGS_IP_CORE(x) __TS_REG_CORE(x, __TS_PC)

#define PT_REGS_PARM1_SYSCALL(x) (((const __TS_SYS_REGS_0 *)(x))->__TS_SYS_0)
#define PT_REGS_PARM2_SYSCALL(x) __TS_REG(x, __TS_ARG_1)
#define PT_REGS_PARM3_SYSCALL(x) __TS_REG(x, __TS_ARG_2)
#define PT_REGS_PARM4_SYSCALL(x) __TS_REG(x, __TS_SYS_3)
#define PT_REGS_PARM5_SYSCALL(x) __TS_REG(x, __TS_ARG_4)
#define PT_REGS_PARM6_SYSCALL(x) __TS_REG(x, __TS_SYS_5)

#define PT_REGS_PARM1_CORE_SYSCALL(x) BPF_CORE_READ((const __TS_SYS_REGS_0 *)(x), __TS_SYS_0)
#define PT_REGS_PARM2_CORE_SYSCALL(x) __TS_REG_CORE(x, __TS_ARG_1)
#define PT_REGS_PARM3_CORE_SYSCALL(x) __TS_REG_CORE(x, __TS_ARG_2)
#define PT_REGS_PARM4_CORE_SYSCALL(x) __TS_REG_CORE(x, __TS_SYS_3)
#define PT_REGS_PARM5_CORE_SYSCALL(x) __TS_REG_CORE(x, __TS_ARG_4)
#define PT_REGS_PARM6_CORE_SYSCALL(x) __TS_REG_CORE(x, __TS_SYS_5)

/* The caller's address at function entry and in a return probe. */
#if defined(__TARGET_ARCH_arm64) || defined(__aarch64__) || defined(__TARGET_ARCH_riscv)
#define BPF_KPROBE_READ_RET_IP(ip, ctx) ({ (ip) = PT_REGS_RET(ctx); })
#define BPF_KRETPROBE_READ_RET_IP BPF_KPROBE_READ_RET_IP
#else
#define BPF_KPROBE_READ_RET_IP(ip, ctx)                                        \
	bpf_probe_read_kernel(&(ip), sizeof(ip), (void *)PT_REGS_RET(ctx))
#define BPF_KRETPROBE_READ_RET_IP(ip, ctx)                                     \
	bpf_probe_read_kernel(&(ip), sizeof(ip), (void *)(PT_REGS_FP(ctx) + sizeof(ip)))
#endif

#else /* no machine chosen: complain where a register is used, and only there */

#define __TS_NO_MACHINE(x)                                                     \
	({                                                                     \
		_Pragma("GCC error \"registers need a machine: -D__TARGET_ARCH_x86, _arm64, _s390 or _riscv\"") \
		0l;                                                            \
	})
#define PT_REGS_PARM1(x) __TS_NO_MACHINE(x)
#define PT_REGS_PARM2(x) __TS_NO_MACHINE(x)
#define PT_REGS_PARM3(x) __TS_NO_MACHINE(x)
#define PT_REGS_PARM4(x) __TS_NO_MACHINE(x)
#define PT_REGS_PARM5(x) __TS_NO_MACHINE(x)
#define PT_REGS_PARM6(x) __TS_NO_MACHINE(x)
#define PT_REGS_RET(x) __TS_NO_MACHINE(x)
#define PT_REGS_FP(x) __TS_NO_MACHINE(x)
#define PT_REGS_RC(x) __TS_NO_MACHINE(x)
#define PT_REGS_SP(x) __TS_NO_MACHINE(x)
#define PT_REGS_IP(x) __TS_NO_MACHINE(x)

#endif

/* In a probe on __x64_sys_NAME the first argument points to the registers of the system call. */
#define PT_REGS_SYSCALL_REGS(ctx) ((struct pt_regs *)PT_REGS_PARM1(ctx))

/* ---- Programs with typed arguments --------------------------------------------------------------- */

/*
 *     SEC("tp_btf/sched_switch")
 *     int BPF_PROG(on_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
 *
 * Each argument is one 64-bit word of the context, which stays reachable as `ctx`.
 */
#define __TS_WORD(n) ctx[n]
#define BPF_PROG(name, args...)                                                \
	__TS_TYPED_PROGRAM(name, unsigned long long, , __TS_TAIL(__TS_WORD, ##args), ##args)

/* The words of function arguments, of the result, and of system call arguments. */
#define __TS_PARM(n) (unsigned long long)__TS_REG(ctx, __TS_ARG_##n)
#define __TS_RC(n) (unsigned long long)PT_REGS_RC(ctx)
#define __TS_SYS_DIRECT(n) (unsigned long long)__TS_SYSCALL_DIRECT_##n
#define __TS_SYSCALL_DIRECT_0 PT_REGS_PARM1_SYSCALL(__regs)
#define __TS_SYSCALL_DIRECT_1 PT_REGS_PARM2_SYSCALL(__regs)
#define __TS_SYSCALL_DIRECT_2 PT_REGS_PARM3_SYSCALL(__regs)
#define __TS_SYSCALL_DIRECT_3 PT_REGS_PARM4_SYSCALL(__regs)
#define __TS_SYSCALL_DIRECT_4 PT_REGS_PARM5_SYSCALL(__regs)
#define __TS_SYSCALL_DIRECT_5 PT_REGS_PARM6_SYSCALL(__regs)
#define __TS_SYS_COPIED(n) (unsigned long long)__TS_SYSCALL_COPIED_##n
#define __TS_SYSCALL_COPIED_0 PT_REGS_PARM1_CORE_SYSCALL(__regs)
#define __TS_SYSCALL_COPIED_1 PT_REGS_PARM2_CORE_SYSCALL(__regs)
#define __TS_SYSCALL_COPIED_2 PT_REGS_PARM3_CORE_SYSCALL(__regs)
#define __TS_SYSCALL_COPIED_3 PT_REGS_PARM4_CORE_SYSCALL(__regs)
#define __TS_SYSCALL_COPIED_4 PT_REGS_PARM5_CORE_SYSCALL(__regs)
#define __TS_SYSCALL_COPIED_5 PT_REGS_PARM6_CORE_SYSCALL(__regs)

/* int BPF_KPROBE(on_unlink, int dfd, struct filename *name) */
#define BPF_KPROBE(name, args...)                                              \
	__TS_TYPED_PROGRAM(name, struct pt_regs, , __TS_TAIL(__TS_PARM, ##args), ##args)

/* int BPF_KRETPROBE(on_unlink_exit, long result): at most one argument, the result */
#define BPF_KRETPROBE(name, args...)                                           \
	__TS_TYPED_PROGRAM(name, struct pt_regs, , __TS_TAIL(__TS_RC, ##args), ##args)

/* The same under the names that fit user-space functions. */
#define BPF_UPROBE(name, args...) BPF_KPROBE(name, ##args)
#define BPF_URETPROBE(name, args...) BPF_KRETPROBE(name, ##args)

/*
 * int BPF_KSYSCALL(on_kill, pid_t pid, int sig)
 *
 * Kernels with system call wrappers (all current ones on x86, arm64, s390, riscv) pass one pointer to
 * the registers, which must be copied from; older ones pass the arguments. The loader knows which and
 * sets LINUX_HAS_SYSCALL_WRAPPER; the verifier removes the other branch.
 */
#define BPF_KSYSCALL(name, args...)                                            \
	name(struct pt_regs *ctx);                                             \
	extern _Bool LINUX_HAS_SYSCALL_WRAPPER __kconfig;                      \
	static __always_inline typeof(name(0)) ____##name(struct pt_regs *ctx, ##args); \
	typeof(name(0)) name(struct pt_regs *ctx)                              \
	{                                                                      \
		struct pt_regs *__regs = LINUX_HAS_SYSCALL_WRAPPER             \
						 ? PT_REGS_SYSCALL_REGS(ctx)   \
						 : ctx;                        \
		_Pragma("GCC diagnostic push")                                 \
		_Pragma("GCC diagnostic ignored \"-Wint-conversion\"")         \
		if (LINUX_HAS_SYSCALL_WRAPPER)                                 \
			return ____##name(ctx __TS_TAIL(__TS_SYS_COPIED, ##args)); \
		return ____##name(ctx __TS_TAIL(__TS_SYS_DIRECT, ##args));     \
		_Pragma("GCC diagnostic pop")                                  \
	}                                                                      \
	static __always_inline typeof(name(0))                                 \
	____##name(struct pt_regs *ctx __attribute__((unused)), ##args)
#define BPF_KPROBE_SYSCALL BPF_KSYSCALL

/*
 * BPF_PROG2(name, struct pair, a, int, b): as BPF_PROG, with types and names separated by commas, for
 * functions that take structs by value. A struct of up to 16 bytes uses as many words as it needs, so
 * the arguments are taken one after the other from a moving position.
 */
#define __TS_WORDS_OF(type) ((sizeof(type) + 7) / 8)
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define __TS_FIRST_BYTES(type, word) (word)
#else
#define __TS_FIRST_BYTES(type, word)                                           \
	(sizeof(type) < 8 ? (word) << (64 - 8 * (sizeof(type) & 7)) : (word))
#endif
#define __TS_TAKE(type, name)                                                  \
	union { unsigned long long words[2]; type value; } __arg_##name = {    \
		{__TS_FIRST_BYTES(type, __next[0]),                            \
		 __TS_WORDS_OF(type) > 1 ? __next[__TS_WORDS_OF(type) - 1] : 0}}; \
	__next += __TS_WORDS_OF(type);

#define __TS_PAIRS(...)                                                        \
	__TS_PICK25(_, ##__VA_ARGS__, 12, _, 11, _, 10, _, 9, _, 8, _, 7, _, 6, _, 5, _, 4, _, 3, _, 2, _, 1, _, 0)
#define __TS_PICK25(_0, _1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, _13, _14, _15, _16, _17, _18, \
		    _19, _20, _21, _22, _23, _24, it, ...) it

#define __TS_EACH_0(m)
#define __TS_EACH_1(m, t, n) m(t, n)
#define __TS_EACH_2(m, t, n, more...) m(t, n) __TS_EACH_1(m, more)
#define __TS_EACH_3(m, t, n, more...) m(t, n) __TS_EACH_2(m, more)
#define __TS_EACH_4(m, t, n, more...) m(t, n) __TS_EACH_3(m, more)
#define __TS_EACH_5(m, t, n, more...) m(t, n) __TS_EACH_4(m, more)
#define __TS_EACH_6(m, t, n, more...) m(t, n) __TS_EACH_5(m, more)
#define __TS_EACH_7(m, t, n, more...) m(t, n) __TS_EACH_6(m, more)
#define __TS_EACH_8(m, t, n, more...) m(t, n) __TS_EACH_7(m, more)
#define __TS_EACH_9(m, t, n, more...) m(t, n) __TS_EACH_8(m, more)
#define __TS_EACH_10(m, t, n, more...) m(t, n) __TS_EACH_9(m, more)
#define __TS_EACH_11(m, t, n, more...) m(t, n) __TS_EACH_10(m, more)
#define __TS_EACH_12(m, t, n, more...) m(t, n) __TS_EACH_11(m, more)
#define __TS_EACH(m, args...) __TS_CAT_LIST(__TS_EACH_, __TS_PAIRS(args))(m, ##args)

#define __TS_PARAMETER(type, name) , type name
#define __TS_ARGUMENT(type, name) , __arg_##name.value

#define BPF_PROG2(name, args...)                                               \
	name(unsigned long long *ctx);                                         \
	static __always_inline typeof(name(0))                                 \
	____##name(unsigned long long *ctx __TS_EACH(__TS_PARAMETER, ##args)); \
	typeof(name(0)) name(unsigned long long *ctx)                          \
	{                                                                      \
		const unsigned long long *__next __attribute__((unused)) = ctx; \
		__TS_EACH(__TS_TAKE, ##args)                                   \
		return ____##name(ctx __TS_EACH(__TS_ARGUMENT, ##args));       \
	}                                                                      \
	static __always_inline typeof(name(0))                                 \
	____##name(unsigned long long *ctx __attribute__((unused))             \
			   __TS_EACH(__TS_PARAMETER, ##args))

#endif
