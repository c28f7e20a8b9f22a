#ifndef __VMLINUX_H__
#define __VMLINUX_H__

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
#endif

struct flags {
	int a: 3;
	int b: 5;
	char: 4;
	int c: 4;
	int d: 30;
};

struct next_unit {
	int a: 30;
	int b: 4;
};

struct crossing {
	int a: 30;
	int b: 4;
} __attribute__((packed));

struct mixed {
	char a;
	long b: 40;
	int c;
};

union either {
	int whole;
	int low: 4;
};

struct bools {
	_Bool a: 1;
	_Bool b: 1;
};

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif

#endif /* __VMLINUX_H__ */
