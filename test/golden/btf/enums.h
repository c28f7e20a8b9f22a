#ifndef __VMLINUX_H__
#define __VMLINUX_H__

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
#endif

enum plain {
	A = 0,
	B = 1,
};

enum negative {
	C = -1,
	D = 1,
};

enum large {
	E = 4294967295,
};

enum byte {
	F = 1,
} __attribute__((mode(byte)));

enum half {
	G = 1,
} __attribute__((mode(HI)));

enum wide {
	H = 1099511627776ULL,
};

enum wide_negative {
	I = -9223372036854775807LL - 1LL,
	J = 9223372036854775807LL,
};

enum wide_small {
	K = 1ULL,
} __attribute__((mode(word)));

enum wide_unsigned {
	L = 18446744073709551615ULL,
};

enum unknown;

struct enums {
	enum plain plain;
	enum negative negative;
	enum large large;
	enum byte byte;
	enum half half;
	enum wide wide;
	enum wide_negative wide_negative;
	enum wide_small wide_small;
	enum wide_unsigned wide_unsigned;
	enum unknown *unknown;
};

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif

#endif /* __VMLINUX_H__ */
