#ifndef __VMLINUX_H__
#define __VMLINUX_H__

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
#endif

struct holes {
	char a;
	char: 8;
	char b;
	char: 8;
	int: 32;
	int c;
	long d;
	char e;
	char: 8;
	short: 16;
	int: 32;
	long: 64;
	long: 64;
	long: 64;
	long: 64;
};

struct early {
	long: 64;
	int a;
	int: 32;
};

struct small {
	int a;
	int: 32;
};

struct aligned {
	struct small first;
	long: 64;
	long: 64;
	long: 64;
	struct small second;
	long: 64;
	long: 64;
	long: 64;
};

struct empty {};

struct nameless {
	long: 64;
	long: 64;
};

union larger {
	int a;
	long: 64;
};

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif

#endif /* __VMLINUX_H__ */
