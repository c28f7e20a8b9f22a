/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Programs on USDT probes, the markers that applications and libraries have built in:
 *
 *     SEC("usdt//usr/lib/libc.so.6:libc:setjmp")
 *     int BPF_USDT(on_setjmp, void *buffer, int value, void *address)
 *
 * A marker does not say in which register its arguments are: the compiler decided that for each place where
 * it stands, and left a note in the ELF file. The loader translates the notes into the records below, one for
 * each kind of place, puts them into the map __bpf_usdt_specs and tells each probe the number of its record;
 * the functions below follow the record at run time.
 *
 * Maps, types and member names are what loaders expect (tsbpf's as well as libbpf's from 1.7): not to be
 * changed here alone.
 */
#ifndef __USDT_BPF_H__
#define __USDT_BPF_H__

#include "bpf_helpers.h"
#include "bpf_tracing.h"

/* The results below are negative errno values. Where the system's headers are, programs get all of them. */
#if defined(__has_include) && __has_include(<linux/errno.h>)
#include <linux/errno.h>
#endif
#ifndef ENOENT
#define ENOENT 2
#endif
#ifndef ESRCH
#define ESRCH 3
#endif
#ifndef EINVAL
#define EINVAL 22
#endif

/* How many kinds of places may be attached to at the same time; a program may define another number before. */
#ifndef BPF_USDT_MAX_SPEC_CNT
#define BPF_USDT_MAX_SPEC_CNT 256
#endif
/* How many places, on kernels without attach cookies (before 5.15); on others 1 is enough. */
#ifndef BPF_USDT_MAX_IP_CNT
#define BPF_USDT_MAX_IP_CNT (4 * BPF_USDT_MAX_SPEC_CNT)
#endif
/* As many arguments as <sys/sdt.h> has macros for. */
#define BPF_USDT_MAX_ARG_CNT 12

enum __bpf_usdt_arg_type {
	/* -4@$5: the value is val_off */
	BPF_USDT_ARG_CONST,
	/* 8@%rax: the value is in a register */
	BPF_USDT_ARG_REG,
	/* -4@-20(%rbp): in memory, at a register plus val_off */
	BPF_USDT_ARG_REG_DEREF,
	/* 1@-96(%rbp,%rax,8): the same plus another register times 1, 2, 4 or 8 */
	BPF_USDT_ARG_SIB,
};

/* Where one argument is. Registers are given by their offset in bytes in struct pt_regs. */
struct __bpf_usdt_arg_spec {
	__u64 val_off;
	/* Clang gives each type of bitfield units of its own alignment, which differs between byte orders. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	enum __bpf_usdt_arg_type arg_type : 8; /* byte 8 */
	__u16 idx_reg_off : 12; /* bytes 10 and 11 */
	__u16 scale_bitshift : 4;
	__u8 __reserved : 8; /* byte 12 */
#else
	__u8 __reserved : 8; /* byte 8 */
	__u16 idx_reg_off : 12; /* bytes 10 and 11 */
	__u16 scale_bitshift : 4;
	enum __bpf_usdt_arg_type arg_type : 8; /* byte 12 */
#endif
	short reg_off; /* byte 14 */
	_Bool arg_signed;
	/* 64 minus the bits of the argument */
	char arg_bitshift;
};

struct __bpf_usdt_spec {
	struct __bpf_usdt_arg_spec args[BPF_USDT_MAX_ARG_CNT];
	/* what the user gave at attaching */
	__u64 usdt_cookie;
	short arg_cnt;
};

_Static_assert(sizeof(struct __bpf_usdt_arg_spec) == 24, "loaders write records of 24 bytes");
_Static_assert(__builtin_offsetof(struct __bpf_usdt_arg_spec, reg_off) == 14, "loaders write reg_off at 14");
_Static_assert(sizeof(struct __bpf_usdt_spec) == 304, "loaders write records of 304 bytes");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BPF_USDT_MAX_SPEC_CNT);
	__type(key, int);
	__type(value, struct __bpf_usdt_spec);
} __bpf_usdt_specs SEC(".maps") __weak;

/* Address of the place → number of its record, where the kernel has no attach cookies to say it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BPF_USDT_MAX_IP_CNT);
	__type(key, long);
	__type(value, __u32);
} __bpf_usdt_ip_to_spec_id SEC(".maps") __weak;

extern const _Bool LINUX_HAS_BPF_COOKIE __kconfig;

/* The number of the record of the place that was hit, or negative. */
static __always_inline int __bpf_usdt_spec_id(struct pt_regs *ctx)
{
	if (LINUX_HAS_BPF_COOKIE)
		return bpf_get_attach_cookie(ctx);

	long ip = PT_REGS_IP(ctx);
	int *id = bpf_map_lookup_elem(&__bpf_usdt_ip_to_spec_id, &ip);
	return id ? *id : -ESRCH;
}

/* The record itself, or NULL. */
static __always_inline struct __bpf_usdt_spec *__bpf_usdt_find_spec(struct pt_regs *ctx)
{
	int id = __bpf_usdt_spec_id(ctx);

	return id < 0 ? NULL : bpf_map_lookup_elem(&__bpf_usdt_specs, &id);
}

/* The number of arguments that the marker has, or -ESRCH. */
__weak __hidden int bpf_usdt_arg_cnt(struct pt_regs *ctx)
{
	struct __bpf_usdt_spec *spec = __bpf_usdt_find_spec(ctx);

	return spec ? spec->arg_cnt : -ESRCH;
}

/* Argument 0 … 11 of a record, or NULL. The barrier keeps both comparisons, of which the verifier needs the first. */
static __always_inline struct __bpf_usdt_arg_spec *__bpf_usdt_find_arg(struct __bpf_usdt_spec *spec, __u64 arg_num)
{
	if (arg_num >= BPF_USDT_MAX_ARG_CNT)
		return NULL;
	barrier_var(arg_num);
	if (arg_num >= spec->arg_cnt)
		return NULL;
	return &spec->args[arg_num];
}

/* The size of an argument in bytes: 1, 2, 4 or 8; -ESRCH without a record, -ENOENT without such an argument. */
static __always_inline int bpf_usdt_arg_size(struct pt_regs *ctx, __u64 arg_num)
{
	struct __bpf_usdt_spec *spec = __bpf_usdt_find_spec(ctx);
	struct __bpf_usdt_arg_spec *arg;

	if (!spec)
		return -ESRCH;
	arg = __bpf_usdt_find_arg(spec, arg_num);
	if (!arg)
		return -ENOENT;
	return (unsigned int)(64 - arg->arg_bitshift) / 8;
}

/*
 * Argument number arg_num, from 0, widened to 64 bits. 0, or negative with *res being 0: -ESRCH without a record,
 * -ENOENT without such an argument, -EINVAL for one of a kind that this header does not know, -EFAULT if its
 * memory is not there at the moment.
 */
__weak __hidden int bpf_usdt_arg(struct pt_regs *ctx, __u64 arg_num, long *res)
{
	struct __bpf_usdt_spec *spec;
	struct __bpf_usdt_arg_spec *arg;
	unsigned long value, index = 0;
	int err;

	*res = 0;
	spec = __bpf_usdt_find_spec(ctx);
	if (!spec)
		return -ESRCH;
	arg = __bpf_usdt_find_arg(spec, arg_num);
	if (!arg)
		return -ENOENT;

	if (arg->arg_type == BPF_USDT_ARG_CONST) {
		value = arg->val_off;
	} else {
		if (arg->arg_type > BPF_USDT_ARG_SIB)
			return -EINVAL;
		/* The verifier allows fixed offsets into the context only, hence the copies. */
		err = bpf_probe_read_kernel(&value, sizeof(value), (void *)ctx + arg->reg_off);
		if (err)
			return err;
		if (arg->arg_type == BPF_USDT_ARG_SIB) {
			err = bpf_probe_read_kernel(&index, sizeof(index), (void *)ctx + arg->idx_reg_off);
			if (err)
				return err;
			index <<= arg->scale_bitshift;
		}
		if (arg->arg_type != BPF_USDT_ARG_REG) {
			err = bpf_probe_read_user(&value, sizeof(value), (void *)(value + index + arg->val_off));
			if (err)
				return err;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
			/* Eight bytes were read; the argument is the first of them. */
			value >>= arg->arg_bitshift;
#endif
		}
	}

	/* Only the argument's own bits, with or without sign. */
	value <<= arg->arg_bitshift;
	*res = arg->arg_signed ? (long)value >> arg->arg_bitshift : (long)(value >> arg->arg_bitshift);
	return 0;
}

/* What the user gave at attaching; 0 without a record. The attach cookie itself is taken: it is the record's number. */
__weak __hidden long bpf_usdt_cookie(struct pt_regs *ctx)
{
	struct __bpf_usdt_spec *spec = __bpf_usdt_find_spec(ctx);

	return spec ? spec->usdt_cookie : 0;
}

/* int BPF_USDT(name, T0 a, T1 b, …): at most twelve arguments; one that cannot be read is 0 */
#define __TS_USDT_ARG(n)                                                       \
	({                                                                     \
		long __value;                                                  \
		bpf_usdt_arg(ctx, n, &__value);                                \
		__value;                                                       \
	})
#define BPF_USDT(name, args...)                                                \
	__TS_TYPED_PROGRAM(name, struct pt_regs, __TS_TAIL(__TS_USDT_ARG, ##args), ##args)

#endif
