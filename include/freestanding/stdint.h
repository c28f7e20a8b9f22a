/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Integer types by width. */
#ifndef TSBPF_STDINT_H
#define TSBPF_STDINT_H
#if !defined(__VMLINUX_H__) /* which brings the kernel's typedefs of the same names */
typedef __INT8_TYPE__ int8_t;
typedef __INT16_TYPE__ int16_t;
typedef __INT32_TYPE__ int32_t;
typedef long long int64_t;
typedef __UINT8_TYPE__ uint8_t;
typedef __UINT16_TYPE__ uint16_t;
typedef __UINT32_TYPE__ uint32_t;
typedef unsigned long long uint64_t;
typedef __UINTPTR_TYPE__ uintptr_t;
#endif
typedef __INTPTR_TYPE__ intptr_t;
typedef long long intmax_t;
typedef unsigned long long uintmax_t;
/* On BPF the smallest type that holds so many bits is also the fastest. */
typedef __INT8_TYPE__ int_least8_t, int_fast8_t;
typedef __INT16_TYPE__ int_least16_t, int_fast16_t;
typedef __INT32_TYPE__ int_least32_t, int_fast32_t;
typedef long long int_least64_t, int_fast64_t;
typedef __UINT8_TYPE__ uint_least8_t, uint_fast8_t;
typedef __UINT16_TYPE__ uint_least16_t, uint_fast16_t;
typedef __UINT32_TYPE__ uint_least32_t, uint_fast32_t;
typedef unsigned long long uint_least64_t, uint_fast64_t;
#define INT8_MAX 127
#define INT8_MIN (-128)
#define UINT8_MAX 255
#define INT16_MAX 32767
#define INT16_MIN (-32768)
#define UINT16_MAX 65535
#define INT32_MAX 2147483647
#define INT32_MIN (-INT32_MAX - 1)
#define UINT32_MAX 4294967295U
#define INT64_MAX 9223372036854775807LL
#define INT64_MIN (-INT64_MAX - 1)
#define UINT64_MAX 18446744073709551615ULL
#define INTPTR_MAX __INTPTR_MAX__
#define INTPTR_MIN (-INTPTR_MAX - 1)
#define UINTPTR_MAX __UINTPTR_MAX__
#define INTMAX_MAX INT64_MAX
#define INTMAX_MIN INT64_MIN
#define UINTMAX_MAX UINT64_MAX
#define SIZE_MAX __SIZE_MAX__
#define PTRDIFF_MAX __PTRDIFF_MAX__
#define PTRDIFF_MIN (-PTRDIFF_MAX - 1)
#define INT8_C(c) c
#define UINT8_C(c) c
#define INT16_C(c) c
#define UINT16_C(c) c
#define INTMAX_C(c) c##LL
#define UINTMAX_C(c) c##ULL
#define INT64_C(c) c##LL
#define UINT64_C(c) c##ULL
#define INT32_C(c) c
#define UINT32_C(c) c##U
#endif
