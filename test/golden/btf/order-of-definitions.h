#ifndef __VMLINUX_H__
#define __VMLINUX_H__

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
#endif

struct first;

struct second {
	struct first *first;
};

struct fourth;

typedef struct fourth *third_t;

struct elsewhere;

typedef third_t (*callback_t)(struct first *, struct elsewhere *);

typedef int number_t;

struct first {
	struct second second;
	struct first *self;
	third_t third;
	callback_t callback;
	number_t number;
};

struct fourth {
	third_t back;
};

typedef struct first pair_t[2];

struct late {
	int a;
};

struct uses_array_pointer {
	struct late (*rows)[3];
};

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif

#endif /* __VMLINUX_H__ */
