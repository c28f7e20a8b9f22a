/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Preprocessor pieces that the other headers share. Nothing here is meant for programs. */
#ifndef TSBPF_MACROS_H
#define TSBPF_MACROS_H

#define __TS_CAT_RAW(a, b) a##b
#define __TS_CAT(a, b) __TS_CAT_RAW(a, b)
/* A macro does not expand inside its own expansion: lists of things that use __TS_CAT need another. */
#define __TS_CAT_LIST_RAW(a, b) a##b
#define __TS_CAT_LIST(a, b) __TS_CAT_LIST_RAW(a, b)

/* The 14th argument: put a list of candidates behind the arguments to be counted. */
#define __TS_PICK(_0, _1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, it, ...) it
/* The number of arguments, 0 to 12. */
#define __TS_COUNT(...) __TS_PICK(_, ##__VA_ARGS__, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)

/* `, f(0), f(1) …` with as many items as there are arguments: the tail of a call. */
#define __TS_TAIL_0(f)
#define __TS_TAIL_1(f) , f(0)
#define __TS_TAIL_2(f) __TS_TAIL_1(f), f(1)
#define __TS_TAIL_3(f) __TS_TAIL_2(f), f(2)
#define __TS_TAIL_4(f) __TS_TAIL_3(f), f(3)
#define __TS_TAIL_5(f) __TS_TAIL_4(f), f(4)
#define __TS_TAIL_6(f) __TS_TAIL_5(f), f(5)
#define __TS_TAIL_7(f) __TS_TAIL_6(f), f(6)
#define __TS_TAIL_8(f) __TS_TAIL_7(f), f(7)
#define __TS_TAIL_9(f) __TS_TAIL_8(f), f(8)
#define __TS_TAIL_10(f) __TS_TAIL_9(f), f(9)
#define __TS_TAIL_11(f) __TS_TAIL_10(f), f(10)
#define __TS_TAIL_12(f) __TS_TAIL_11(f), f(11)
#define __TS_TAIL(f, args...) __TS_CAT_LIST(__TS_TAIL_, __TS_COUNT(args))(f)

/* `words[0] = a; words[1] = b; …`, which unlike an initialiser never becomes a constant array to copy from. */
#define __TS_STORE_0(words, n)
#define __TS_STORE_1(words, n, a) words[n] = a;
#define __TS_STORE_2(words, n, a, more...) words[n] = a; __TS_STORE_1(words, n + 1, more)
#define __TS_STORE_3(words, n, a, more...) words[n] = a; __TS_STORE_2(words, n + 1, more)
#define __TS_STORE_4(words, n, a, more...) words[n] = a; __TS_STORE_3(words, n + 1, more)
#define __TS_STORE_5(words, n, a, more...) words[n] = a; __TS_STORE_4(words, n + 1, more)
#define __TS_STORE_6(words, n, a, more...) words[n] = a; __TS_STORE_5(words, n + 1, more)
#define __TS_STORE_7(words, n, a, more...) words[n] = a; __TS_STORE_6(words, n + 1, more)
#define __TS_STORE_8(words, n, a, more...) words[n] = a; __TS_STORE_7(words, n + 1, more)
#define __TS_STORE_9(words, n, a, more...) words[n] = a; __TS_STORE_8(words, n + 1, more)
#define __TS_STORE_10(words, n, a, more...) words[n] = a; __TS_STORE_9(words, n + 1, more)
#define __TS_STORE_11(words, n, a, more...) words[n] = a; __TS_STORE_10(words, n + 1, more)
#define __TS_STORE_12(words, n, a, more...) words[n] = a; __TS_STORE_11(words, n + 1, more)
#define __TS_STORE(words, args...) __TS_CAT_LIST(__TS_STORE_, __TS_COUNT(args))(words, 0, ##args)

/*
 * A program with named, typed arguments: the function that the loader sees takes the context and calls
 * an inlined one with the arguments taken out of it. Pointers arrive as 64-bit words, hence the pragma.
 */
#define __TS_TYPED_PROGRAM(name, ctx_type, call_tail, args...)                 \
	name(ctx_type *ctx);                                                   \
	static inline __attribute__((always_inline)) typeof(name(0))           \
	____##name(ctx_type *ctx, ##args);                                     \
	typeof(name(0)) name(ctx_type *ctx)                                    \
	{                                                                      \
		_Pragma("GCC diagnostic push")                                 \
		_Pragma("GCC diagnostic ignored \"-Wint-conversion\"")         \
		return ____##name(ctx call_tail);                              \
		_Pragma("GCC diagnostic pop")                                  \
	}                                                                      \
	static inline __attribute__((always_inline)) typeof(name(0))           \
	____##name(ctx_type *ctx __attribute__((unused)), ##args)

/*
 * The names that libbpf's headers have for some of these. Programs with macros of their own that take any
 * number of arguments use them, and so does libbpf's usdt.bpf.h.
 */
#ifndef ___bpf_concat
#define ___bpf_concat(a, b) a##b
#endif
#ifndef ___bpf_apply
#define ___bpf_apply(name, number) ___bpf_concat(name, number)
#endif
#ifndef ___bpf_nth
#define ___bpf_nth __TS_PICK
#endif
#ifndef ___bpf_narg
#define ___bpf_narg(...) __TS_COUNT(__VA_ARGS__)
#endif
#ifndef ___bpf_fill
#define ___bpf_fill(words, args...) __TS_STORE(words, ##args)
#endif

#endif
