#ifndef __VMLINUX_H__
#define __VMLINUX_H__

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
#endif

struct odd_name {
	int a_b;
	int c__;
};

enum e_e {
	x_y = 1,
};

typedef __attribute__((btf_type_tag("a___ int injected_ _"))) int *tagged;

typedef int *attributed;

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif

#endif /* __VMLINUX_H__ */
