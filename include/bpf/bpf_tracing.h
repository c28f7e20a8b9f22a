/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Arguments of traced functions: out of registers (kprobes, uprobes, syscalls) or out of the array of
 * 64-bit words that tp_btf, fentry, fexit, lsm and struct_ops programs get.
 *
 * Registers differ between machines: compile with -D__TARGET_ARCH_x86, _arm64, … (`tsbpf build` does that by
 * itself); tsbpf_registers.h has the table.
 */
#ifndef __BPF_TRACING_H__
#define __BPF_TRACING_H__

#include "bpf_helpers.h"
#include "bpf_core_read.h"
#include "tsbpf_registers.h"

struct pt_regs;

/* ---- Registers: PT_REGS_…(ctx) where the verifier knows the pointer (the context), ------------------- */
/* ---- PT_REGS_…_CORE(regs) through the copy helper for every other pointer ---------------------------- */

#ifdef bpf_target_defined
#define __TS_REG(x, member) (__PT_REGS_CAST(x)->member)
#define __TS_REG_CORE(x, member) BPF_CORE_READ(__PT_REGS_CAST(x), member)
#define __TS_SYSCALL_1(x) (__TS_SYSCALL_PARM1_CAST(x)->__PT_PARM1_SYSCALL_REG)
#define __TS_SYSCALL_1_CORE(x) BPF_CORE_READ(__TS_SYSCALL_PARM1_CAST(x), __PT_PARM1_SYSCALL_REG)
#else
/* Without a machine a program compiles as long as it reads no register, and is told what to do if it does. */
#ifndef __BPF_TARGET_MISSING
#define __BPF_TARGET_MISSING                                                   \
	"GCC error \"registers need a machine: compile with -D__TARGET_ARCH_x86, _arm64, _s390, _riscv, …\""
#endif
#define __TS_NO_MACHINE                                                        \
	({                                                                     \
		_Pragma(__BPF_TARGET_MISSING);                                 \
		0l;                                                            \
	})
#define __TS_REG(x, member) __TS_NO_MACHINE
#define __TS_REG_CORE(x, member) __TS_NO_MACHINE
#define __TS_SYSCALL_1(x) __TS_NO_MACHINE
#define __TS_SYSCALL_1_CORE(x) __TS_NO_MACHINE
#endif

#define PT_REGS_PARM1(x) __TS_REG(x, __PT_PARM1_REG)
#define PT_REGS_PARM2(x) __TS_REG(x, __PT_PARM2_REG)
#define PT_REGS_PARM3(x) __TS_REG(x, __PT_PARM3_REG)
#define PT_REGS_PARM4(x) __TS_REG(x, __PT_PARM4_REG)
#define PT_REGS_PARM5(x) __TS_REG(x, __PT_PARM5_REG)
#define PT_REGS_PARM6(x) __TS_REG(x, __PT_PARM6_REG)
#define PT_REGS_PARM7(x) __TS_REG(x, __PT_PARM7_REG)
#define PT_REGS_PARM8(x) __TS_REG(x, __PT_PARM8_REG)
#define PT_REGS_RET(x) __TS_REG(x, __PT_RET_REG)
#define PT_REGS_FP(x) __TS_REG(x, __PT_FP_REG)
#define PT_REGS_RC(x) __TS_REG(x, __PT_RC_REG)
#define PT_REGS_SP(x) __TS_REG(x, __PT_SP_REG)
#define PT_REGS_IP(x) __TS_REG(x, __PT_IP_REG)

#define PT_REGS_PARM1_CORE(x) __TS_REG_CORE(x, __PT_PARM1_REG)
#define PT_REGS_PARM2_CORE(x) __TS_REG_CORE(x, __PT_PARM2_REG)
#define PT_REGS_PARM3_CORE(x) __TS_REG_CORE(x, __PT_PARM3_REG)
#define PT_REGS_PARM4_CORE(x) __TS_REG_CORE(x, __PT_PARM4_REG)
#define PT_REGS_PARM5_CORE(x) __TS_REG_CORE(x, __PT_PARM5_REG)
#define PT_REGS_PARM6_CORE(x) __TS_REG_CORE(x, __PT_PARM6_REG)
#define PT_REGS_PARM7_CORE(x) __TS_REG_CORE(x, __PT_PARM7_REG)
#define PT_REGS_PARM8_CORE(x) __TS_REG_CORE(x, __PT_PARM8_REG)
#define PT_REGS_RET_CORE(x) __TS_REG_CORE(x, __PT_RET_REG)
#define PT_REGS_FP_CORE(x) __TS_REG_CORE(x, __PT_FP_REG)
#define PT_REGS_RC_CORE(x) __TS_REG_CORE(x, __PT_RC_REG)
#define PT_REGS_SP_CORE(x) __TS_REG_CORE(x, __PT_SP_REG)
#define PT_REGS_IP_CORE(x) __TS_REG_CORE(x, __PT_IP_REG)

/* The arguments of a system call. */
#define PT_REGS_PARM1_SYSCALL(x) __TS_SYSCALL_1(x)
#define PT_REGS_PARM2_SYSCALL(x) __TS_REG(x, __PT_PARM2_SYSCALL_REG)
#define PT_REGS_PARM3_SYSCALL(x) __TS_REG(x, __PT_PARM3_SYSCALL_REG)
#define PT_REGS_PARM4_SYSCALL(x) __TS_REG(x, __PT_PARM4_SYSCALL_REG)
#define PT_REGS_PARM5_SYSCALL(x) __TS_REG(x, __PT_PARM5_SYSCALL_REG)
#define PT_REGS_PARM6_SYSCALL(x) __TS_REG(x, __PT_PARM6_SYSCALL_REG)
#define PT_REGS_PARM7_SYSCALL(x) __TS_REG(x, __PT_PARM7_SYSCALL_REG)

#define PT_REGS_PARM1_CORE_SYSCALL(x) __TS_SYSCALL_1_CORE(x)
#define PT_REGS_PARM2_CORE_SYSCALL(x) __TS_REG_CORE(x, __PT_PARM2_SYSCALL_REG)
#define PT_REGS_PARM3_CORE_SYSCALL(x) __TS_REG_CORE(x, __PT_PARM3_SYSCALL_REG)
#define PT_REGS_PARM4_CORE_SYSCALL(x) __TS_REG_CORE(x, __PT_PARM4_SYSCALL_REG)
#define PT_REGS_PARM5_CORE_SYSCALL(x) __TS_REG_CORE(x, __PT_PARM5_SYSCALL_REG)
#define PT_REGS_PARM6_CORE_SYSCALL(x) __TS_REG_CORE(x, __PT_PARM6_SYSCALL_REG)
#define PT_REGS_PARM7_CORE_SYSCALL(x) __TS_REG_CORE(x, __PT_PARM7_SYSCALL_REG)

/*
 * In a probe on __x64_sys_NAME and its like the first argument points to the registers of the system call;
 * machines without such wrappers pass the arguments themselves.
 */
#ifdef __TS_NO_SYSCALL_WRAPPER
#define PT_REGS_SYSCALL_REGS(ctx) ctx
#else
#define PT_REGS_SYSCALL_REGS(ctx) ((struct pt_regs *)(unsigned long)PT_REGS_PARM1(ctx))
#endif

/* Where a probed function returns to: in a register, or in memory that must be copied from. */
#if defined(bpf_target_powerpc)
#define BPF_KPROBE_READ_RET_IP(ip, ctx) ({ (ip) = (ctx)->link; })
#define BPF_KRETPROBE_READ_RET_IP BPF_KPROBE_READ_RET_IP
#elif defined(bpf_target_sparc) || defined(bpf_target_arm64)
#define BPF_KPROBE_READ_RET_IP(ip, ctx) ({ (ip) = PT_REGS_RET(ctx); })
#define BPF_KRETPROBE_READ_RET_IP BPF_KPROBE_READ_RET_IP
#elif defined(bpf_target_defined)
#define BPF_KPROBE_READ_RET_IP(ip, ctx)                                        \
	({ bpf_probe_read_kernel(&(ip), sizeof(ip), (void *)PT_REGS_RET(ctx)); })
#define BPF_KRETPROBE_READ_RET_IP(ip, ctx)                                     \
	({ bpf_probe_read_kernel(&(ip), sizeof(ip), (void *)(PT_REGS_FP(ctx) + sizeof(ip))); })
#else
#define BPF_KPROBE_READ_RET_IP(ip, ctx) __TS_NO_MACHINE
#define BPF_KRETPROBE_READ_RET_IP(ip, ctx) __TS_NO_MACHINE
#endif

/* ---- Programs with typed arguments --------------------------------------------------------------- */

/*
 *     SEC("tp_btf/sched_switch")
 *     int BPF_PROG(on_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
 *
 * Each argument is one 64-bit word of the context, which stays reachable as `ctx`.
 */
#define __TS_WORD(n) ctx[n]
#define BPF_PROG(name, args...)                                                \
	__TS_TYPED_PROGRAM(name, unsigned long long, __TS_TAIL(__TS_WORD, ##args), ##args)

/* The words of function arguments, of the result, and of system call arguments. */
#define __TS_PARM(n) (unsigned long long)__TS_PARM_##n
#define __TS_PARM_0 PT_REGS_PARM1(ctx)
#define __TS_PARM_1 PT_REGS_PARM2(ctx)
#define __TS_PARM_2 PT_REGS_PARM3(ctx)
#define __TS_PARM_3 PT_REGS_PARM4(ctx)
#define __TS_PARM_4 PT_REGS_PARM5(ctx)
#define __TS_PARM_5 PT_REGS_PARM6(ctx)
#define __TS_PARM_6 PT_REGS_PARM7(ctx)
#define __TS_PARM_7 PT_REGS_PARM8(ctx)
#define __TS_RESULT(n) (unsigned long long)__a_function_has_one_result_##n
#define __a_function_has_one_result_0 PT_REGS_RC(ctx)
#define __TS_SYSCALL_DIRECT(n) (unsigned long long)__TS_SYSCALL_DIRECT_##n
#define __TS_SYSCALL_DIRECT_0 PT_REGS_PARM1_SYSCALL(__regs)
#define __TS_SYSCALL_DIRECT_1 PT_REGS_PARM2_SYSCALL(__regs)
#define __TS_SYSCALL_DIRECT_2 PT_REGS_PARM3_SYSCALL(__regs)
#define __TS_SYSCALL_DIRECT_3 PT_REGS_PARM4_SYSCALL(__regs)
#define __TS_SYSCALL_DIRECT_4 PT_REGS_PARM5_SYSCALL(__regs)
#define __TS_SYSCALL_DIRECT_5 PT_REGS_PARM6_SYSCALL(__regs)
#define __TS_SYSCALL_DIRECT_6 PT_REGS_PARM7_SYSCALL(__regs)
#define __TS_SYSCALL_COPIED(n) (unsigned long long)__TS_SYSCALL_COPIED_##n
#define __TS_SYSCALL_COPIED_0 PT_REGS_PARM1_CORE_SYSCALL(__regs)
#define __TS_SYSCALL_COPIED_1 PT_REGS_PARM2_CORE_SYSCALL(__regs)
#define __TS_SYSCALL_COPIED_2 PT_REGS_PARM3_CORE_SYSCALL(__regs)
#define __TS_SYSCALL_COPIED_3 PT_REGS_PARM4_CORE_SYSCALL(__regs)
#define __TS_SYSCALL_COPIED_4 PT_REGS_PARM5_CORE_SYSCALL(__regs)
#define __TS_SYSCALL_COPIED_5 PT_REGS_PARM6_CORE_SYSCALL(__regs)
#define __TS_SYSCALL_COPIED_6 PT_REGS_PARM7_CORE_SYSCALL(__regs)

/* int BPF_KPROBE(on_unlink, int dfd, struct filename *name): the first arguments, at most eight */
#define BPF_KPROBE(name, args...)                                              \
	__TS_TYPED_PROGRAM(name, struct pt_regs, __TS_TAIL(__TS_PARM, ##args), ##args)

/* int BPF_KRETPROBE(on_unlink_exit, long result): at most one argument, the result */
#define BPF_KRETPROBE(name, args...)                                           \
	__TS_TYPED_PROGRAM(name, struct pt_regs, __TS_TAIL(__TS_RESULT, ##args), ##args)

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
		struct pt_regs *__regs __attribute__((unused)) =               \
			LINUX_HAS_SYSCALL_WRAPPER                              \
				? (struct pt_regs *)(unsigned long)PT_REGS_PARM1(ctx) \
				: ctx;                                         \
		_Pragma("GCC diagnostic push")                                 \
		_Pragma("GCC diagnostic ignored \"-Wint-conversion\"")         \
		if (LINUX_HAS_SYSCALL_WRAPPER)                                 \
			return ____##name(ctx __TS_TAIL(__TS_SYSCALL_COPIED, ##args)); \
		return ____##name(ctx __TS_TAIL(__TS_SYSCALL_DIRECT, ##args)); \
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
