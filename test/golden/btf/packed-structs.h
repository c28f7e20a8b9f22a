#ifndef __VMLINUX_H__
#define __VMLINUX_H__

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
#endif

struct misaligned {
	char a;
	long b;
	int c;
} __attribute__((packed));

struct odd_size {
	int a;
	char b;
} __attribute__((packed));

struct outer {
	char a;
	struct misaligned inner;
	int b;
};

struct gap {
	char a;
	char: 8;
	char: 8;
	int b;
} __attribute__((packed));

union packed_union {
	int a;
	char b[5];
} __attribute__((packed));

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif

#endif /* __VMLINUX_H__ */
