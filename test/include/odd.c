// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Points with operands that compilers choose rarely or never; x86-64.
#include <stdlib.h>

#define NOTE(name, arguments)                                                  \
	"990: nop\n"                                                           \
	".pushsection .note.stapsdt, \"\", \"note\"\n"                         \
	".balign 4\n"                                                          \
	".4byte 992f - 991f, 994f - 993f, 3\n"                                 \
	"991: .asciz \"stapsdt\"\n"                                            \
	"992: .balign 4\n"                                                     \
	"993: .8byte 990b, 0, 0\n"                                             \
	".asciz \"odd\"\n"                                                     \
	".asciz \"" name "\"\n"                                                \
	".asciz \"" arguments "\"\n"                                           \
	"994: .balign 4\n"                                                     \
	".popsection\n"

long counter = 4711;
long table[4] = {100, 200, 300, 400};

__attribute__((noinline)) void fire(long index)
{
	/* The second byte of a register; its sign. */
	__asm__ volatile(NOTE("high", "1@%%ah -1@%%ah 2@%%ax") ::"a"(0xfe12));
	/* A variable next to the code, an element of it. */
	__asm__ volatile(NOTE("variable", "8@counter(%%rip) -8@table+16(%%rip)") ::"a"(0));
	/* Base, index and scale. */
	__asm__ volatile(NOTE("scaled", "8@(%%rbx,%%rcx,8) 8@8(%%rbx,%%rcx,8) 8@8(%%rbx)") ::"b"(table), "c"(index));
	/* Without a size: a word. */
	__asm__ volatile(NOTE("bare", "%%rax $3") ::"a"(77));
	/* What no program can read, and what it can beside that. */
	__asm__ volatile(NOTE("float", "8f@%%xmm0 -4@$9") ::"a"(0));
	__asm__ volatile(NOTE("absent", "8@nowhere(%%rip) -4@$9") ::"a"(0));
	__asm__ volatile(NOTE("many", "1@$1 1@$2 1@$3 1@$4 1@$5 1@$6 1@$7 1@$8 1@$9 1@$10 1@$11 1@$12 1@$13") ::"a"(0));
}

int main(int argc, char **argv)
{
	fire(argc > 1 ? atoi(argv[1]) : 1);
	return 0;
}
