/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Static tracing points for C and C++ programs (USDT), with up to 12 arguments:
 *
 *     #include <sys/sdt.h>
 *     DTRACE_PROBE2(provider, name, first, second);
 *
 * A point costs a nop. Its name and the places of its arguments go into an ELF note that is not
 * loaded; readelf -n, bpftrace, gdb, libbpf and `tsbpf usdt list` read the same notes that the header
 * of systemtap writes, whose macros of this name this file has: no package is needed to compile.
 * cc -I node_modules/tsbpf/include finds it. Points in assembly files (STAP_PROBE_ASM) are not covered.
 *
 * A semaphore tells the program whether anybody listens, for arguments that are costly to compute:
 *
 *     #define _SDT_HAS_SEMAPHORES 1
 *     #include <sys/sdt.h>
 *     SDT_DEFINE_SEMAPHORE(provider, name);
 *     if (SDT_IS_ENABLED(provider, name))
 *         DTRACE_PROBE1(provider, name, costly());
 *
 * With _SDT_HAS_SEMAPHORES every point of the file needs its semaphore.
 */
#ifndef _SYS_SDT_H
#define _SYS_SDT_H 1

/* What the compiler may choose for an argument: a constant, memory with an offset, a register. */
#ifndef STAP_SDT_ARG_CONSTRAINT
#if defined(__powerpc__)
#define STAP_SDT_ARG_CONSTRAINT nZr
#elif defined(__arm__)
#define STAP_SDT_ARG_CONSTRAINT g
#else
#define STAP_SDT_ARG_CONSTRAINT nor
#endif
#endif

/*
 * One nop, as in systemtap's header. Others put a nop of five bytes behind it for Linux 6.18 to turn into a
 * call; that call overwrites what functions keep below the stack pointer, so it is not done here.
 */
#if defined(__s390__)
#define _SDT_NOP "nop 0\n"
#else
#define _SDT_NOP "nop\n"
#endif

#if __SIZEOF_POINTER__ == 8
#define _SDT_ADDRESS ".8byte "
#else
#define _SDT_ADDRESS ".4byte "
#endif

/* How an operand is printed. The size before the @ says how much of a register is meant. */
#if defined(__powerpc__)
#define _SDT_PRINT(n) "%I[_sdt_v" #n "]%[_sdt_v" #n "]"
#elif defined(__i386__)
#define _SDT_PRINT(n) "%k[_sdt_v" #n "]"
#else
#define _SDT_PRINT(n) "%[_sdt_v" #n "]"
#endif

/*
 * Type of an argument as one number that the assembler sees: its size, negative if it is signed, or
 * 1000 more if it is a floating point number. An array is the address of its first element.
 */
#define _SDT_TYPE(x)                                                           \
	(__builtin_classify_type(x) == 8 ? 1000 + (int)sizeof(x)               \
	 : _SDT_IS_ARRAY(x)              ? (int)sizeof(void *)                 \
	 : _SDT_IS_SIGNED(x)             ? -(int)sizeof(x)                     \
					 : (int)sizeof(x))
#define _SDT_IS_ARRAY(x)                                                       \
	(__builtin_classify_type(x) == 14 || __builtin_classify_type(x) == 5)

#ifdef __cplusplus
template <typename T> struct _sdt_is_signed { enum { value = 0 }; };
template <typename T> struct _sdt_is_signed<const T> : _sdt_is_signed<T> {};
template <typename T> struct _sdt_is_signed<volatile T> : _sdt_is_signed<T> {};
template <typename T> struct _sdt_is_signed<const volatile T> : _sdt_is_signed<T> {};
#define _SDT_SIGNED(type)                                                      \
	template <> struct _sdt_is_signed<type> { enum { value = (type)-1 < (type)1 }; };
_SDT_SIGNED(char)
_SDT_SIGNED(wchar_t)
_SDT_SIGNED(signed char)
_SDT_SIGNED(short)
_SDT_SIGNED(int)
_SDT_SIGNED(long)
__extension__ _SDT_SIGNED(long long)
#undef _SDT_SIGNED
#define _SDT_IS_SIGNED(x) _sdt_is_signed<__typeof__(x)>::value
#else
/* Classes 1 to 4 are the integers: what is none of them is compared as an unsigned int. */
#define _SDT_INTEGER(x)                                                        \
	__typeof__(__builtin_choose_expr(__builtin_classify_type(x) >= 1 &&    \
					 __builtin_classify_type(x) <= 4, (x), 0U))
#define _SDT_IS_SIGNED(x) ((_SDT_INTEGER(x))-1 < (_SDT_INTEGER(x))1)
#endif

#define _SDT_STRING_(x) #x
#define _SDT_STRING(x) _SDT_STRING_(x)

/* The operands of the n-th argument, and its text: SIZE@PLACE. Two operands each, as GCC takes 30. */
#define _SDT_OPERAND(n, x)                                                     \
	[_sdt_t##n] "n"(_SDT_TYPE(x)),                                         \
	[_sdt_v##n] _SDT_STRING(STAP_SDT_ARG_CONSTRAINT)(x)
#define _SDT_TEXT(n)                                                           \
	".if %c[_sdt_t" #n "] > 1000\n"                                        \
	".if %c[_sdt_t" #n "] == 1004\n.ascii \"4f\"\n.endif\n"                \
	".if %c[_sdt_t" #n "] == 1008\n.ascii \"8f\"\n.endif\n"                \
	".if %c[_sdt_t" #n "] == 1012\n.ascii \"12f\"\n.endif\n"               \
	".if %c[_sdt_t" #n "] == 1016\n.ascii \"16f\"\n.endif\n"               \
	".else\n.ascii \"%c[_sdt_t" #n "]\"\n.endif\n"                         \
	".ascii \"@" _SDT_PRINT(n) "\"\n"
#define _SDT_SPACE ".ascii \" \"\n"

#define _SDT_TEXTS_0
#define _SDT_TEXTS_1 _SDT_TEXT(1)
#define _SDT_TEXTS_2 _SDT_TEXTS_1 _SDT_SPACE _SDT_TEXT(2)
#define _SDT_TEXTS_3 _SDT_TEXTS_2 _SDT_SPACE _SDT_TEXT(3)
#define _SDT_TEXTS_4 _SDT_TEXTS_3 _SDT_SPACE _SDT_TEXT(4)
#define _SDT_TEXTS_5 _SDT_TEXTS_4 _SDT_SPACE _SDT_TEXT(5)
#define _SDT_TEXTS_6 _SDT_TEXTS_5 _SDT_SPACE _SDT_TEXT(6)
#define _SDT_TEXTS_7 _SDT_TEXTS_6 _SDT_SPACE _SDT_TEXT(7)
#define _SDT_TEXTS_8 _SDT_TEXTS_7 _SDT_SPACE _SDT_TEXT(8)
#define _SDT_TEXTS_9 _SDT_TEXTS_8 _SDT_SPACE _SDT_TEXT(9)
#define _SDT_TEXTS_10 _SDT_TEXTS_9 _SDT_SPACE _SDT_TEXT(10)
#define _SDT_TEXTS_11 _SDT_TEXTS_10 _SDT_SPACE _SDT_TEXT(11)
#define _SDT_TEXTS_12 _SDT_TEXTS_11 _SDT_SPACE _SDT_TEXT(12)

#define _SDT_OPERANDS_0() [_sdt_none] "n"(0)
#define _SDT_OPERANDS_1(a) _SDT_OPERAND(1, a)
#define _SDT_OPERANDS_2(a, b) _SDT_OPERANDS_1(a), _SDT_OPERAND(2, b)
#define _SDT_OPERANDS_3(a, b, c) _SDT_OPERANDS_2(a, b), _SDT_OPERAND(3, c)
#define _SDT_OPERANDS_4(a, b, c, d) _SDT_OPERANDS_3(a, b, c), _SDT_OPERAND(4, d)
#define _SDT_OPERANDS_5(a, b, c, d, e) _SDT_OPERANDS_4(a, b, c, d), _SDT_OPERAND(5, e)
#define _SDT_OPERANDS_6(a, b, c, d, e, f) _SDT_OPERANDS_5(a, b, c, d, e), _SDT_OPERAND(6, f)
#define _SDT_OPERANDS_7(a, b, c, d, e, f, g)                                   \
	_SDT_OPERANDS_6(a, b, c, d, e, f), _SDT_OPERAND(7, g)
#define _SDT_OPERANDS_8(a, b, c, d, e, f, g, h)                                \
	_SDT_OPERANDS_7(a, b, c, d, e, f, g), _SDT_OPERAND(8, h)
#define _SDT_OPERANDS_9(a, b, c, d, e, f, g, h, i)                             \
	_SDT_OPERANDS_8(a, b, c, d, e, f, g, h), _SDT_OPERAND(9, i)
#define _SDT_OPERANDS_10(a, b, c, d, e, f, g, h, i, j)                         \
	_SDT_OPERANDS_9(a, b, c, d, e, f, g, h, i), _SDT_OPERAND(10, j)
#define _SDT_OPERANDS_11(a, b, c, d, e, f, g, h, i, j, k)                      \
	_SDT_OPERANDS_10(a, b, c, d, e, f, g, h, i, j), _SDT_OPERAND(11, k)
#define _SDT_OPERANDS_12(a, b, c, d, e, f, g, h, i, j, k, l)                   \
	_SDT_OPERANDS_11(a, b, c, d, e, f, g, h, i, j, k), _SDT_OPERAND(12, l)

#ifdef _SDT_HAS_SEMAPHORES
#define _SDT_SEMAPHORE(provider, name) #provider "_" #name "_semaphore"
/* So that the compiler keeps it, and defines it before the assembler is asked for it. */
#define _SDT_USE_SEMAPHORE(provider, name)                                     \
	__asm__ __volatile__("" ::"m"(provider##_##name##_semaphore))
#else
#define _SDT_SEMAPHORE(provider, name) "0"
#define _SDT_USE_SEMAPHORE(provider, name) (void)0
#endif

/*
 * The note: three words of header, the owner's name, and what gdb documents: addresses of the nop, of
 * the section .stapsdt.base (which tells how far prelink moved the file) and of the semaphore, then
 * three strings. "?" puts it into the COMDAT group of the function around it, if there is one.
 */
#define _SDT_PROBE(provider, name, n, list)                                    \
	do {                                                                   \
		_SDT_USE_SEMAPHORE(provider, name);                            \
		__asm__ __volatile__(                                          \
			"990: " _SDT_NOP                                       \
			".pushsection .note.stapsdt, \"?\", \"note\"\n"        \
			".balign 4\n"                                          \
			".4byte 992f - 991f, 994f - 993f, 3\n"                 \
			"991: .asciz \"stapsdt\"\n"                            \
			"992: .balign 4\n"                                     \
			"993: " _SDT_ADDRESS "990b\n"                          \
			_SDT_ADDRESS "_.stapsdt.base\n"                        \
			_SDT_ADDRESS _SDT_SEMAPHORE(provider, name) "\n"       \
			".asciz \"" #provider "\"\n"                           \
			".asciz \"" #name "\"\n"                               \
			_SDT_TEXTS_##n                                         \
			".byte 0\n"                                            \
			"994: .balign 4\n"                                     \
			".popsection\n"                                        \
			".ifndef _.stapsdt.base\n"                             \
			".pushsection .stapsdt.base, \"aG\", \"progbits\", .stapsdt.base, comdat\n" \
			".weak _.stapsdt.base\n"                               \
			".hidden _.stapsdt.base\n"                             \
			"_.stapsdt.base: .space 1\n"                           \
			".size _.stapsdt.base, 1\n"                            \
			".popsection\n"                                        \
			".endif\n" ::_SDT_OPERANDS_##n list);                  \
	} while (0)

/* A semaphore of one point; declare it in every file that uses it and define it in one. */
#ifdef __cplusplus
#define SDT_DECLARE_SEMAPHORE(provider, name)                                  \
	extern "C" volatile unsigned short provider##_##name##_semaphore
#define SDT_DEFINE_SEMAPHORE(provider, name)                                   \
	SDT_DECLARE_SEMAPHORE(provider, name);                                 \
	volatile unsigned short provider##_##name##_semaphore                  \
		__attribute__((section(".probes")))
#else
#define SDT_DECLARE_SEMAPHORE(provider, name)                                  \
	extern volatile unsigned short provider##_##name##_semaphore
#define SDT_DEFINE_SEMAPHORE(provider, name)                                   \
	volatile unsigned short provider##_##name##_semaphore                  \
		__attribute__((section(".probes")))
#endif
/* Whether anybody listens. */
#define SDT_IS_ENABLED(provider, name)                                         \
	__builtin_expect(provider##_##name##_semaphore != 0, 0)

#define STAP_PROBE(provider, name) _SDT_PROBE(provider, name, 0, ())
#define STAP_PROBE1(provider, name, a) _SDT_PROBE(provider, name, 1, (a))
#define STAP_PROBE2(provider, name, a, b) _SDT_PROBE(provider, name, 2, (a, b))
#define STAP_PROBE3(provider, name, a, b, c) _SDT_PROBE(provider, name, 3, (a, b, c))
#define STAP_PROBE4(provider, name, a, b, c, d) _SDT_PROBE(provider, name, 4, (a, b, c, d))
#define STAP_PROBE5(provider, name, a, b, c, d, e) _SDT_PROBE(provider, name, 5, (a, b, c, d, e))
#define STAP_PROBE6(provider, name, a, b, c, d, e, f)                          \
	_SDT_PROBE(provider, name, 6, (a, b, c, d, e, f))
#define STAP_PROBE7(provider, name, a, b, c, d, e, f, g)                       \
	_SDT_PROBE(provider, name, 7, (a, b, c, d, e, f, g))
#define STAP_PROBE8(provider, name, a, b, c, d, e, f, g, h)                    \
	_SDT_PROBE(provider, name, 8, (a, b, c, d, e, f, g, h))
#define STAP_PROBE9(provider, name, a, b, c, d, e, f, g, h, i)                 \
	_SDT_PROBE(provider, name, 9, (a, b, c, d, e, f, g, h, i))
#define STAP_PROBE10(provider, name, a, b, c, d, e, f, g, h, i, j)             \
	_SDT_PROBE(provider, name, 10, (a, b, c, d, e, f, g, h, i, j))
#define STAP_PROBE11(provider, name, a, b, c, d, e, f, g, h, i, j, k)          \
	_SDT_PROBE(provider, name, 11, (a, b, c, d, e, f, g, h, i, j, k))
#define STAP_PROBE12(provider, name, a, b, c, d, e, f, g, h, i, j, k, l)       \
	_SDT_PROBE(provider, name, 12, (a, b, c, d, e, f, g, h, i, j, k, l))

/* With a number of arguments that the macro counts; to be asked for, as old compilers lack such macros. */
#ifdef SDT_USE_VARIADIC
#define _SDT_COUNT_(_0, _1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, n, ...) n
#define _SDT_COUNT(...) _SDT_COUNT_(__VA_ARGS__, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define _SDT_PROBE_N_(provider, name, n, ...) _SDT_PROBE(provider, name, n, (__VA_ARGS__))
#define _SDT_PROBE_N(provider, name, n, ...) _SDT_PROBE_N_(provider, name, n, ##__VA_ARGS__)
#define STAP_PROBEV(provider, name, ...)                                       \
	_SDT_PROBE_N(provider, name, _SDT_COUNT(0, ##__VA_ARGS__), ##__VA_ARGS__)
#endif

#define DTRACE_PROBE STAP_PROBE
#define DTRACE_PROBE1 STAP_PROBE1
#define DTRACE_PROBE2 STAP_PROBE2
#define DTRACE_PROBE3 STAP_PROBE3
#define DTRACE_PROBE4 STAP_PROBE4
#define DTRACE_PROBE5 STAP_PROBE5
#define DTRACE_PROBE6 STAP_PROBE6
#define DTRACE_PROBE7 STAP_PROBE7
#define DTRACE_PROBE8 STAP_PROBE8
#define DTRACE_PROBE9 STAP_PROBE9
#define DTRACE_PROBE10 STAP_PROBE10
#define DTRACE_PROBE11 STAP_PROBE11
#define DTRACE_PROBE12 STAP_PROBE12

#endif
