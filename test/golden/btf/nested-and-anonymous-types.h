#ifndef __VMLINUX_H__
#define __VMLINUX_H__

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
#endif

struct outer {
	union {
		long whole;
		struct {
			int x;
			int y;
		};
	};
	struct {
		int x;
		int y;
	} inner;
	enum {
		ON = 1,
		OFF = 0,
	} state;
	char list[12];
	struct {
		int x;
		int y;
	} tail[0];
};

typedef struct {
	int x;
	int y;
} point_t;

enum {
	LOOSE = 7,
};

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif

#endif /* __VMLINUX_H__ */
