// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A point as some headers write it, a nop of five bytes behind the nop, in a function that keeps its variables below
// the stack pointer. Exits with 1 if they are changed by somebody else; x86-64.

__attribute__((noinline)) static long sum(long from)
{
	volatile long kept[12];
	long total = 0;

	for (int i = 0; i < 12; i++)
		kept[i] = from + i;
	__asm__ volatile("990: nop\n"
			 ".byte 0x0f, 0x1f, 0x44, 0x00, 0x00\n"
			 ".pushsection .note.stapsdt, \"\", \"note\"\n"
			 ".balign 4\n"
			 ".4byte 992f - 991f, 994f - 993f, 3\n"
			 "991: .asciz \"stapsdt\"\n"
			 "992: .balign 4\n"
			 "993: .8byte 990b, 0, 0\n"
			 ".asciz \"red\"\n"
			 ".asciz \"zone\"\n"
			 ".asciz \"-8@%0 -8@%1\"\n"
			 "994: .balign 4\n"
			 ".popsection\n" ::"r"(from), "m"(kept[11]));
	for (int i = 0; i < 12; i++)
		total += kept[i] - i;
	return total;
}

int main(void)
{
	int wrong = 0;

	for (int i = 0; i < 100; i++)
		wrong |= sum(1) != 12;
	return wrong;
}
