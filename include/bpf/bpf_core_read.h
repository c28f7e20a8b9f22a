/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Compile once, run everywhere: questions about kernel types that are answered at load time, and reads
 * whose offsets are corrected at load time. The compiler leaves a relocation record for each, the
 * loader compares the program's own BTF with the kernel's and patches the instruction.
 */
#ifndef __BPF_CORE_READ_H__
#define __BPF_CORE_READ_H__

#include "bpf_helpers.h"

/* ---- What the compiler built-ins take as their second argument ----------------------------------- */

enum bpf_field_info_kind {
	BPF_FIELD_BYTE_OFFSET = 0,
	BPF_FIELD_BYTE_SIZE = 1,
	BPF_FIELD_EXISTS = 2,
	BPF_FIELD_SIGNED = 3,
	BPF_FIELD_LSHIFT_U64 = 4,
	BPF_FIELD_RSHIFT_U64 = 5,
};

enum bpf_type_id_kind {
	BPF_TYPE_ID_LOCAL = 0,
	BPF_TYPE_ID_TARGET = 1,
};

enum bpf_type_info_kind {
	BPF_TYPE_EXISTS = 0,
	BPF_TYPE_SIZE = 1,
	BPF_TYPE_MATCHES = 2,
};

enum bpf_enum_value_kind {
	BPF_ENUMVAL_EXISTS = 0,
	BPF_ENUMVAL_VALUE = 1,
};

/* ---- Fields: (p->field) or (struct type, field) ---------------------------------------------------- */

#define __TS_TYPE_AT_NULL(type) ((typeof(type) *)0)
#define __TS_FIELD_1(expression) (expression)
#define __TS_FIELD_2(type, field) (__TS_TYPE_AT_NULL(type)->field)
#define __TS_FIELD(args...) __TS_CAT(__TS_FIELD_, __TS_COUNT(args))(args)

/* 1 if the running kernel has the field */
#define bpf_core_field_exists(field...)                                        \
	__builtin_preserve_field_info(__TS_FIELD(field), BPF_FIELD_EXISTS)
/* its size in bytes; of a bitfield, of the integer that holds it */
#define bpf_core_field_size(field...)                                          \
	__builtin_preserve_field_info(__TS_FIELD(field), BPF_FIELD_BYTE_SIZE)
/* its offset in bytes from the start of the outermost type named */
#define bpf_core_field_offset(field...)                                        \
	__builtin_preserve_field_info(__TS_FIELD(field), BPF_FIELD_BYTE_OFFSET)

/* ---- Types ------------------------------------------------------------------------------------------ */

/* BTF id of the type in the program's own BTF */
#define bpf_core_type_id_local(type)                                           \
	__builtin_btf_type_id(*__TS_TYPE_AT_NULL(type), BPF_TYPE_ID_LOCAL)
/* BTF id of the matching kernel type, 0 if there is none */
#define bpf_core_type_id_kernel(type)                                          \
	__builtin_btf_type_id(*__TS_TYPE_AT_NULL(type), BPF_TYPE_ID_TARGET)
/* 1 if the running kernel has a type of this name and kind */
#define bpf_core_type_exists(type)                                             \
	__builtin_preserve_type_info(*__TS_TYPE_AT_NULL(type), BPF_TYPE_EXISTS)
/* 1 if its members match as well; clang 15 and later */
#define bpf_core_type_matches(type)                                            \
	__builtin_preserve_type_info(*__TS_TYPE_AT_NULL(type), BPF_TYPE_MATCHES)
/* its size in the running kernel, 0 if there is none */
#define bpf_core_type_size(type)                                               \
	__builtin_preserve_type_info(*__TS_TYPE_AT_NULL(type), BPF_TYPE_SIZE)

/* ---- Enumerators: the value is used as a pointer only to satisfy the built-in's grammar ------------- */

#define bpf_core_enum_value_exists(enum_type, enum_value)                      \
	__builtin_preserve_enum_value(*(typeof(enum_type) *)enum_value, BPF_ENUMVAL_EXISTS)
#define bpf_core_enum_value(enum_type, enum_value)                             \
	__builtin_preserve_enum_value(*(typeof(enum_type) *)enum_value, BPF_ENUMVAL_VALUE)

/* ---- One read with a corrected address: `bpf_core_read(&dst, sizeof(dst), &p->field)` --------------- */

#define bpf_core_read(dst, sz, src)                                            \
	bpf_probe_read_kernel(dst, sz, (const void *)__builtin_preserve_access_index(src))
#define bpf_core_read_user(dst, sz, src)                                       \
	bpf_probe_read_user(dst, sz, (const void *)__builtin_preserve_access_index(src))
#define bpf_core_read_str(dst, sz, src)                                        \
	bpf_probe_read_kernel_str(dst, sz, (const void *)__builtin_preserve_access_index(src))
#define bpf_core_read_user_str(dst, sz, src)                                   \
	bpf_probe_read_user_str(dst, sz, (const void *)__builtin_preserve_access_index(src))

/* Makes the verifier treat a pointer as one to a kernel type, so that members are read directly (6.2). */
extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;
#define bpf_core_cast(ptr, type)                                               \
	((typeof(type) *)bpf_rdonly_cast((ptr), bpf_core_type_id_kernel(type)))

/* ---- Chains of pointers: BPF_CORE_READ(task, real_parent, tgid) ------------------------------------- */

/* The four ways to copy a pointer or value: with or without relocation, from kernel or user memory. */
#define __TS_PLAIN_READ(dst, sz, src) bpf_probe_read_kernel(dst, sz, (const void *)(src))
#define __TS_PLAIN_READ_USER(dst, sz, src) bpf_probe_read_user(dst, sz, (const void *)(src))
#define __TS_PLAIN_READ_STR(dst, sz, src) bpf_probe_read_kernel_str(dst, sz, (const void *)(src))
#define __TS_PLAIN_READ_USER_STR(dst, sz, src) bpf_probe_read_user_str(dst, sz, (const void *)(src))

/*
 * The first hop starts from the program's own pointer, each further one from what the last one read, which is
 * kept in __at. `path` is an expression that is never evaluated and lends its type.
 */
#define __TS_COPY(read, to, path, from, a) read((void *)(to), sizeof(*(to)), &((typeof(path))(from))->a);
#define __TS_WALK_1(hop, last, dst, path, from, a) __TS_COPY(last, dst, path, from, a)
#define __TS_WALK_2(hop, last, dst, path, from, a, more...)                    \
	__TS_COPY(hop, &__at, path, from, a) __TS_WALK_1(hop, last, dst, (path)->a, __at, more)
#define __TS_WALK_3(hop, last, dst, path, from, a, more...)                    \
	__TS_COPY(hop, &__at, path, from, a) __TS_WALK_2(hop, last, dst, (path)->a, __at, more)
#define __TS_WALK_4(hop, last, dst, path, from, a, more...)                    \
	__TS_COPY(hop, &__at, path, from, a) __TS_WALK_3(hop, last, dst, (path)->a, __at, more)
#define __TS_WALK_5(hop, last, dst, path, from, a, more...)                    \
	__TS_COPY(hop, &__at, path, from, a) __TS_WALK_4(hop, last, dst, (path)->a, __at, more)
#define __TS_WALK_6(hop, last, dst, path, from, a, more...)                    \
	__TS_COPY(hop, &__at, path, from, a) __TS_WALK_5(hop, last, dst, (path)->a, __at, more)
#define __TS_WALK_7(hop, last, dst, path, from, a, more...)                    \
	__TS_COPY(hop, &__at, path, from, a) __TS_WALK_6(hop, last, dst, (path)->a, __at, more)
#define __TS_WALK_8(hop, last, dst, path, from, a, more...)                    \
	__TS_COPY(hop, &__at, path, from, a) __TS_WALK_7(hop, last, dst, (path)->a, __at, more)
#define __TS_WALK_9(hop, last, dst, path, from, a, more...)                    \
	__TS_COPY(hop, &__at, path, from, a) __TS_WALK_8(hop, last, dst, (path)->a, __at, more)

#define __TS_WALK(hop, last, dst, src, path...)                                \
	({                                                                     \
		const void *__at __attribute__((unused));                      \
		__TS_CAT(__TS_WALK_, __TS_COUNT(path))(hop, last, dst, src, src, path) \
	})

/* The type at the end of the path, as an unevaluated expression. */
#define __TS_END_1(path, a) (path)->a
#define __TS_END_2(path, a, more...) __TS_END_1((path)->a, more)
#define __TS_END_3(path, a, more...) __TS_END_2((path)->a, more)
#define __TS_END_4(path, a, more...) __TS_END_3((path)->a, more)
#define __TS_END_5(path, a, more...) __TS_END_4((path)->a, more)
#define __TS_END_6(path, a, more...) __TS_END_5((path)->a, more)
#define __TS_END_7(path, a, more...) __TS_END_6((path)->a, more)
#define __TS_END_8(path, a, more...) __TS_END_7((path)->a, more)
#define __TS_END_9(path, a, more...) __TS_END_8((path)->a, more)
#define __TS_END(src, path...) __TS_CAT(__TS_END_, __TS_COUNT(path))(src, path)

/* Into *dst; the result is that of the last read, 0 or negative (for _STR: the length). */
#define BPF_CORE_READ_INTO(dst, src, path...)                                  \
	__TS_WALK(bpf_core_read, bpf_core_read, dst, src, path)
#define BPF_CORE_READ_USER_INTO(dst, src, path...)                             \
	__TS_WALK(bpf_core_read_user, bpf_core_read_user, dst, src, path)
#define BPF_PROBE_READ_INTO(dst, src, path...)                                 \
	__TS_WALK(__TS_PLAIN_READ, __TS_PLAIN_READ, dst, src, path)
#define BPF_PROBE_READ_USER_INTO(dst, src, path...)                            \
	__TS_WALK(__TS_PLAIN_READ_USER, __TS_PLAIN_READ_USER, dst, src, path)
#define BPF_CORE_READ_STR_INTO(dst, src, path...)                              \
	__TS_WALK(bpf_core_read, bpf_core_read_str, dst, src, path)
#define BPF_CORE_READ_USER_STR_INTO(dst, src, path...)                         \
	__TS_WALK(bpf_core_read_user, bpf_core_read_user_str, dst, src, path)
#define BPF_PROBE_READ_STR_INTO(dst, src, path...)                             \
	__TS_WALK(__TS_PLAIN_READ, __TS_PLAIN_READ_STR, dst, src, path)
#define BPF_PROBE_READ_USER_STR_INTO(dst, src, path...)                        \
	__TS_WALK(__TS_PLAIN_READ_USER, __TS_PLAIN_READ_USER_STR, dst, src, path)

/* The type of a member of a const struct is const, that of a copy must not be. */
#if defined(__clang_major__) && __clang_major__ >= 19
#define __TS_UNQUALIFIED(expression) __typeof_unqual__(expression)
#else
#define __TS_UNQUALIFIED(expression) typeof(expression)
#endif

/* The value itself; zero (or what was read) when a read on the way fails. */
#define __TS_VALUE(into, src, path...)                                         \
	({                                                                     \
		__TS_UNQUALIFIED(__TS_END(src, path)) __value;                 \
		into(&__value, src, path);                                     \
		__value;                                                       \
	})
#define BPF_CORE_READ(src, path...) __TS_VALUE(BPF_CORE_READ_INTO, src, path)
#define BPF_CORE_READ_USER(src, path...) __TS_VALUE(BPF_CORE_READ_USER_INTO, src, path)
#define BPF_PROBE_READ(src, path...) __TS_VALUE(BPF_PROBE_READ_INTO, src, path)
#define BPF_PROBE_READ_USER(src, path...) __TS_VALUE(BPF_PROBE_READ_USER_INTO, src, path)

/* ---- Bitfields, whose place, width and sign may all differ in the running kernel -------------------- */

#define __CORE_RELO(src, field, info)                                          \
	__builtin_preserve_field_info((src)->field, BPF_FIELD_##info)

/* The storage unit sits in the 64-bit `word`: push the field to the top, then down with or without sign. */
#define __TS_EXTRACT_BITS(word, s, field)                                      \
	word <<= __CORE_RELO(s, field, LSHIFT_U64);                            \
	if (__CORE_RELO(s, field, SIGNED))                                     \
		word = (long long)word >> __CORE_RELO(s, field, RSHIFT_U64);   \
	else                                                                   \
		word >>= __CORE_RELO(s, field, RSHIFT_U64);

/* On big-endian targets the low-order bytes of the word are its last ones. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define __TS_LOW_BYTES(word, size) ((void *)&(word))
#else
#define __TS_LOW_BYTES(word, size) ((void *)&(word) + (8 - (size)))
#endif

/* From memory that needs the kernel's copy helper: every tracing program. */
#define BPF_CORE_READ_BITFIELD_PROBED(s, field)                                \
	({                                                                     \
		unsigned long long __unit = 0;                                 \
		bpf_probe_read_kernel(                                         \
			__TS_LOW_BYTES(__unit, __CORE_RELO(s, field, BYTE_SIZE)), \
			__CORE_RELO(s, field, BYTE_SIZE),                      \
			(const void *)(s) + __CORE_RELO(s, field, BYTE_OFFSET)); \
		__TS_EXTRACT_BITS(__unit, s, field)                            \
		__unit;                                                        \
	})

/*
 * The address of the unit. The empty asm makes it one value that is relocated once; without it clang folds
 * the offset into each of the four loads, where the loader would have to patch it four times.
 */
#define __TS_UNIT_ADDRESS(s, field)                                            \
	({                                                                     \
		void *__address = (void *)(s) + __CORE_RELO(s, field, BYTE_OFFSET); \
		asm volatile("" : "+r"(__address));                            \
		__address;                                                     \
	})
#define __TS_LOAD_UNIT(at, size)                                               \
	({                                                                     \
		unsigned long long __loaded = 0;                               \
		switch (size) {                                                \
		case 1: __loaded = *(const unsigned char *)(at); break;        \
		case 2: __loaded = *(const unsigned short *)(at); break;       \
		case 4: __loaded = *(const unsigned int *)(at); break;         \
		case 8: __loaded = *(const unsigned long long *)(at); break;   \
		}                                                              \
		__loaded;                                                      \
	})

/* From memory that the verifier lets the program read directly. */
#define BPF_CORE_READ_BITFIELD(s, field)                                       \
	({                                                                     \
		const void *__unit_at = __TS_UNIT_ADDRESS(s, field);           \
		unsigned long long __unit =                                    \
			__TS_LOAD_UNIT(__unit_at, __CORE_RELO(s, field, BYTE_SIZE)); \
		__TS_EXTRACT_BITS(__unit, s, field)                            \
		__unit;                                                        \
	})

/* Changes one bitfield and keeps its neighbours. */
#define BPF_CORE_WRITE_BITFIELD(s, field, new_val)                             \
	({                                                                     \
		void *__unit_at = __TS_UNIT_ADDRESS(s, field);                 \
		unsigned int __size = __CORE_RELO(s, field, BYTE_SIZE);        \
		unsigned int __left = __CORE_RELO(s, field, LSHIFT_U64);       \
		unsigned int __right = __CORE_RELO(s, field, RSHIFT_U64);      \
		unsigned long long __new = new_val;                            \
		unsigned long long __mask = (~0ULL << __right) >> __left;      \
		unsigned long long __unit = __TS_LOAD_UNIT(__unit_at, __size); \
		__unit = (__unit & ~__mask) | ((__new << (__right - __left)) & __mask); \
		switch (__size) {                                              \
		case 1: *(unsigned char *)__unit_at = __unit; break;           \
		case 2: *(unsigned short *)__unit_at = __unit; break;          \
		case 4: *(unsigned int *)__unit_at = __unit; break;            \
		case 8: *(unsigned long long *)__unit_at = __unit; break;      \
		}                                                              \
	})

#endif
