#ifndef __VMLINUX_H__
#define __VMLINUX_H__

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
#endif

struct __va_list_tag {
	int a;
	int b;
	long c;
	long d;
};

typedef struct __va_list_tag va_list[1];

typedef unsigned char __Poly8_t;

typedef short __Mystery_t;

struct basics {
	__int128 wide;
	long long unsigned int u;
	double d;
	__Poly8_t poly;
	__Mystery_t mystery;
	va_list arguments;
	long: 64;
	long: 64;
};

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif

#endif /* __VMLINUX_H__ */
