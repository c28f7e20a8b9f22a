/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What nearly every BPF program needs: section and map declarations, the helpers, printing, loops.
 * The names are the ones that BPF programs use everywhere, so that existing sources compile unchanged.
 *
 * Include vmlinux.h (or your own few declarations) first.
 */
#ifndef __BPF_HELPERS__
#define __BPF_HELPERS__

/* vmlinux.h has the same typedefs; C11 allows the repetition, and small programs can do without it. */
typedef signed char __s8;
typedef unsigned char __u8;
typedef short __s16;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

#include "bpf_helper_defs.h"
#include "tsbpf_macros.h"

/* ---- Sections -------------------------------------------------------------------------------- */

/*
 * SEC("kind/target") says what a function is for, SEC(".maps") makes a variable a map,
 * SEC("license") names the licence. `used` keeps what only the loader looks at.
 */
#define SEC(name)                                                              \
	_Pragma("GCC diagnostic push")                                         \
	_Pragma("GCC diagnostic ignored \"-Wignored-attributes\"")             \
	__attribute__((section(name), used))                                   \
	_Pragma("GCC diagnostic pop")

#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#ifndef __noinline
#define __noinline __attribute__((noinline))
#endif
#ifndef __weak
#define __weak __attribute__((weak))
#endif
/* A hidden global is treated like a static one: the verifier looks through it at each call. */
#define __hidden __attribute__((visibility("hidden")))

/* Values that the loader provides: kernel configuration and kernel symbols. */
#define __kconfig __attribute__((section(".kconfig")))
#define __ksym __attribute__((section(".ksyms")))

/* ---- Map definitions --------------------------------------------------------------------------- */

/*
 * A map definition is a struct that is never read: the loader takes the numbers and types out of its
 * BTF. A number is kept as the length of an array, a type as the target of a pointer.
 */
#define __uint(name, val) int(*name)[val]
#define __type(name, val) typeof(val) *name
#define __array(name, val) typeof(val) *name[]
/* Array lengths have 32 bits; an enumerator has 64. */
#define __ulong(name, val) enum { __TS_CAT(__ulong_value_, __COUNTER__) = val } name

/* For __uint(pinning, …). */
enum libbpf_pin_type {
	LIBBPF_PIN_NONE,
	/* /sys/fs/bpf/MAP_NAME, created at the first load and found again by the next */
	LIBBPF_PIN_BY_NAME,
};

/* The type of a CONFIG_… extern that is n, y or m. */
enum libbpf_tristate {
	TRI_NO = 0,
	TRI_YES = 1,
	TRI_MODULE = 2,
};

/* ---- Type and declaration tags ------------------------------------------------------------------ */

#if defined(__has_attribute) && __has_attribute(btf_type_tag)
#define __TS_TYPE_TAG(tag) __attribute__((btf_type_tag(tag)))
#else
#define __TS_TYPE_TAG(tag)
#endif
#if defined(__has_attribute) && __has_attribute(btf_decl_tag)
#define __TS_DECL_TAG(tag) __attribute__((btf_decl_tag(tag)))
#else
#define __TS_DECL_TAG(tag)
#endif

/* Pointers to kernel or user memory that live in a map value. */
#define __kptr_untrusted __TS_TYPE_TAG("kptr_untrusted")
#define __kptr __TS_TYPE_TAG("kptr")
#define __percpu_kptr __TS_TYPE_TAG("percpu_kptr")
#define __uptr __TS_TYPE_TAG("uptr")

/* What the verifier may assume about an argument of a global function. */
#define __arg_ctx __TS_DECL_TAG("arg:ctx")
#define __arg_nonnull __TS_DECL_TAG("arg:nonnull")
#define __arg_nullable __TS_DECL_TAG("arg:nullable")
#define __arg_trusted __TS_DECL_TAG("arg:trusted")
#define __arg_untrusted __TS_DECL_TAG("arg:untrusted")
#define __arg_arena __TS_DECL_TAG("arg:arena")

/*
 * Is a weak kernel symbol or kernel function there? The address of a strong one is constant for the
 * compiler, which would throw the question away: refuse that at compile time.
 */
#define bpf_ksym_exists(sym)                                                   \
	({                                                                     \
		_Static_assert(!__builtin_constant_p(!!(sym)),                 \
			       #sym " must be declared __weak");               \
		!!(sym);                                                       \
	})

/* ---- Small things of C -------------------------------------------------------------------------- */

#ifndef NULL
#define NULL ((void *)0)
#endif
/* The plain arithmetic form: clang records CO-RE relocations for it, not for the built-in. */
#undef offsetof
#define offsetof(type, member) ((unsigned long)&((type *)0)->member)
/* From the address of a member to the struct around it. */
#undef container_of
#define container_of(ptr, type, member)                                        \
	({                                                                     \
		void *__member = (void *)(ptr);                                \
		(type *)(__member - offsetof(type, member));                   \
	})
#ifndef likely
#define likely(x) __builtin_expect(!!(x), 1)
#endif
#ifndef unlikely
#define unlikely(x) __builtin_expect(!!(x), 0)
#endif
#ifndef KERNEL_VERSION
/* The third number saturates at 255, as in LINUX_VERSION_CODE of long-lived kernels. */
#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + ((c) > 255 ? 255 : (c)))
#endif

#ifndef barrier
#define barrier() asm volatile("" ::: "memory")
#endif
/* Hides the value of `var` from the optimiser, which often makes the verifier's life easier. */
#ifndef barrier_var
#define barrier_var(var) asm volatile("" : "+r"(var))
#endif
/* Code that must not remain: the BPF target has no trap instruction, so the compiler refuses to emit it. */
#ifndef __bpf_unreachable
#define __bpf_unreachable() __builtin_trap()
#endif

/*
 * A tail call to a slot known at compile time. In this exact register form the kernel's JIT turns it
 * into a direct jump (Linux 5.5): map and slot are loaded right before the call, on every path.
 */
#if defined(__bpf__)
static __always_inline void bpf_tail_call_static(void *ctx, const void *map, const __u32 slot)
{
	if (!__builtin_constant_p(slot))
		__bpf_unreachable();

	asm volatile("r1 = %0\n"
		     "r2 = %1\n"
		     "r3 = %2\n"
		     "call 12" /* bpf_tail_call */
		     :
		     : "r"(ctx), "r"(map), "i"(slot)
		     : "r0", "r1", "r2", "r3", "r4", "r5");
}
#endif

/* ---- Printing ----------------------------------------------------------------------------------- */

/* More than three arguments go through an array of 64-bit words. */
#define __TS_WORDS(args...)                                                    \
	unsigned long long __words[__TS_COUNT(args)];                          \
	_Pragma("GCC diagnostic push")                                         \
	_Pragma("GCC diagnostic ignored \"-Wint-conversion\"")                 \
	__TS_STORE(__words, ##args)                                            \
	_Pragma("GCC diagnostic pop")

/* Formatted text into a seq_file, for iterators. */
#define BPF_SEQ_PRINTF(seq, fmt, args...)                                      \
	({                                                                     \
		static const char __format[] = fmt;                            \
		__TS_WORDS(args)                                               \
		bpf_seq_printf(seq, __format, sizeof(__format), __words,       \
			       sizeof(__words));                               \
	})

/* Formatted text into memory; the result is its length with the final zero. */
#define BPF_SNPRINTF(out, out_size, fmt, args...)                              \
	({                                                                     \
		static const char __format[] = fmt;                            \
		__TS_WORDS(args)                                               \
		bpf_snprintf(out, out_size, __format, __words, sizeof(__words)); \
	})

#ifdef BPF_NO_GLOBAL_DATA
#define BPF_PRINTK_FMT_MOD
#else
#define BPF_PRINTK_FMT_MOD static const
#endif

#define __bpf_printk(fmt, ...)                                                 \
	({                                                                     \
		BPF_PRINTK_FMT_MOD char __format[] = fmt;                      \
		bpf_trace_printk(__format, sizeof(__format), ##__VA_ARGS__);   \
	})

#define __bpf_vprintk(fmt, args...)                                            \
	({                                                                     \
		static const char __format[] = fmt;                            \
		__TS_WORDS(args)                                               \
		bpf_trace_vprintk(__format, sizeof(__format), __words,         \
				  sizeof(__words));                            \
	})

/* Text for /sys/kernel/tracing/trace_pipe; up to three arguments work on every kernel, 12 on 5.16. */
#define bpf_printk(fmt, args...)                                               \
	__TS_PICK(_, ##args, __bpf_vprintk, __bpf_vprintk, __bpf_vprintk,      \
		  __bpf_vprintk, __bpf_vprintk, __bpf_vprintk, __bpf_vprintk,  \
		  __bpf_vprintk, __bpf_vprintk, __bpf_printk, __bpf_printk,    \
		  __bpf_printk, __bpf_printk)(fmt, ##args)

/*
 * Text for the standard output (1) or error (2) stream of the program itself, Linux 6.17. The function has
 * other parameters in other releases: vmlinux.h or the program declares bpf_stream_vprintk.
 */
#define bpf_stream_printk(stream_id, fmt, args...)                             \
	({                                                                     \
		static const char __format[] = fmt;                            \
		__TS_WORDS(args)                                               \
		bpf_stream_vprintk(stream_id, __format, __words, sizeof(__words)); \
	})

/* ---- Loops over open-coded iterators, Linux 6.4 --------------------------------------------------- */

struct bpf_iter_num;
extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __weak __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __weak __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __weak __ksym;

/*
 * The iterator is made by the first declarator, started by the second, and destroyed when the loop is
 * left in any way. Naming the destructor in the initialiser makes clang put it into BTF: a mention in
 * `cleanup` alone does not.
 */
#define __TS_ITERATOR(type, args...)                                           \
	struct bpf_iter_##type __iterator __attribute__((                      \
		aligned(8), cleanup(bpf_iter_##type##_destroy))),              \
		*__started __attribute__((unused)) =                           \
			(bpf_iter_##type##_new(&__iterator, ##args),           \
			 (void)bpf_iter_##type##_destroy, (void *)0)

/* for each element of any iterator type: `bpf_for_each(task, t, NULL, 0) { … }` */
#ifndef bpf_for_each
#define bpf_for_each(type, cur, args...)                                       \
	for (__TS_ITERATOR(type, ##args); ((cur) = bpf_iter_##type##_next(&__iterator));)
#endif

/* for (i = start; i < end; i++), with a bound that the verifier knows */
#ifndef bpf_for
#define bpf_for(i, start, end)                                                 \
	for (__TS_ITERATOR(num, (start), (end)); ({                            \
		     int *__at = bpf_iter_num_next(&__iterator);               \
		     __at && ((i) = *__at, (i) >= (start) && (i) < (end));     \
	     });)
#endif

/* N times, without a number */
#ifndef bpf_repeat
#define bpf_repeat(N) for (__TS_ITERATOR(num, 0, (N)); bpf_iter_num_next(&__iterator);)
#endif

#endif
