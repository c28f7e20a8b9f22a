// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: every shape of value that the codec has to read and write: padding, bitfields, unions, enums, nesting, arrays, pointers
// endian: little big
#include "small.h"
#include <bpf/tsbpf.h>

enum color {
	RED,
	GREEN = 5,
	BLUE,
};

enum signed_level {
	BELOW = -3,
	ZERO = 0,
	ABOVE = 3,
};

typedef __u32 port_t;
typedef struct {
	__u8 octets[4];
} address_t;

struct inner {
	__u8 first;
	__u32 second; /* three bytes of padding before */
	__u8 third; /* and three after */
};

struct bits {
	__u32 a : 1;
	__u32 b : 7;
	__s32 c : 5;
	__u32 : 3;
	__u32 crossing : 16;
	__u64 wide : 40;
	__s64 wide_signed : 24;
	_Bool flag : 1;
	enum color color : 4;
};

struct packed {
	__u8 tag;
	__u64 unaligned;
	__u16 tail;
} __attribute__((packed));

struct zoo {
	_Bool yes;
	char letter;
	signed char small_signed;
	__u8 small;
	__s16 short_signed;
	__u16 short_unsigned;
	__s32 int_signed;
	__u32 int_unsigned;
	__s64 long_signed;
	__u64 long_unsigned;
	enum color color;
	enum signed_level level;
	char text[12];
	char text_full[4];
	__u8 bytes[6];
	unsigned char raw[3];
	__u32 matrix[2][3];
	struct inner nested;
	struct inner list[2];
	struct bits bits;
	union {
		__u32 as_number;
		__u8 as_bytes[4];
		struct {
			__u16 low;
			__u16 high;
		};
	};
	union choice {
		__u64 number;
		char word[8];
	} choice;
	struct {
		__s8 x, y;
	} anonymous_type;
	port_t port;
	address_t address;
	const volatile __u32 qualified;
	void *pointer;
	struct zoo *self;
	int (*function)(int, void *);
	struct packed packed;
	__u32 empty[0];
	_Bool flags[3];
	char names[2][8];
};

/* ends with a flexible array: decoded by what is left of the record */
struct flexible {
	__u32 length;
	char data[];
};

struct zoo specimen = {
	.yes = 1,
	.letter = 'z',
	.small_signed = -1,
	.small = 200,
	.short_signed = -300,
	.short_unsigned = 60000,
	.int_signed = -70000,
	.int_unsigned = 4000000000u,
	.long_signed = -5000000000ll,
	.long_unsigned = 0xfedcba9876543210ull,
	.color = BLUE,
	.level = BELOW,
	.text = "tsbpf",
	.text_full = {'f', 'u', 'l', 'l'},
	.bytes = {1, 2, 3, 4, 5, 6},
	.raw = {7, 8, 9},
	.matrix = {{1, 2, 3}, {4, 5, 6}},
	.nested = {1, 2, 3},
	.list = {{4, 5, 6}, {7, 8, 9}},
	.bits = {.a = 1, .b = 100, .c = -7, .crossing = 0xbeef, .wide = 0x123456789aull, .wide_signed = -2, .flag = 1, .color = GREEN},
	.as_number = 0x11223344,
	.choice = {.word = "choice"},
	.anonymous_type = {-1, 1},
	.port = 443,
	.address = {{10, 0, 0, 1}},
	.qualified = 77,
	.packed = {1, 0x0807060504030201ull, 0x0a09},
	.flags = {1, 0, 1},
	.names = {"one", "two"},
};

struct zoo zoo_in_bss;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, struct inner);
	__type(value, struct zoo);
} animals SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8192);
} letters SEC(".maps");
EVENT_TYPE(letters, struct flexible);

SEC("tracepoint/syscalls/sys_enter_getpgid")
int emit(struct sys_enter *ctx)
{
	struct inner key = {1, 2, 3};

	zoo_in_bss.int_signed = specimen.int_signed;
	bpf_map_update_elem(&animals, &key, &specimen, BPF_ANY);
	bpf_ringbuf_output(&letters, specimen.text, 8, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
