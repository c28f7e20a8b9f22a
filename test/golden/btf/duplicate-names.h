#ifndef __VMLINUX_H__
#define __VMLINUX_H__

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
#endif

struct twin {
	int a;
};

struct twin___2 {
	long a;
};

union twin___3 {
	char a;
};

typedef int twin;

typedef long twin___2;

enum colors {
	RED = 0,
	twin___3 = 1,
};

enum more_colors {
	RED___2 = 5,
};

struct twin;

struct twin___4 {
	char a;
	char b;
};

struct twin___5 {
	long a;
	long b;
};

struct user {
	struct twin small;
	struct twin___2 large;
};

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif

#endif /* __VMLINUX_H__ */
