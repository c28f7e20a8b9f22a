#ifndef __VMLINUX_H__
#define __VMLINUX_H__

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
#endif

struct declarators {
	const char *text;
	const char *const fixed;
	char bytes[16];
	char constant_bytes[16];
	const char *const names[3];
	int (*callback)(int *, const char *name, ...);
	int (*callbacks[2])(int *, const char *name, ...);
	int (*(*factory)(void))(int *, const char *name, ...);
	char (*row)[16];
	char table[4][16];
	volatile long spin;
	void *anything;
	void *restrict alone;
	__attribute__((btf_type_tag("user"))) int *user_pointer;
	int tail[52];
};

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif

#endif /* __VMLINUX_H__ */
