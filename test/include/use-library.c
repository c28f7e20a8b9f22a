// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Calls points.c as a library: once, or until it is stopped.
#include <stdio.h>
#include <unistd.h>

void fire(int a, long b, const char *text, unsigned long *table, int index);

int main(int argc, char **argv)
{
	unsigned long table[4] = {11, 22, 33, 44};

	puts("started");
	fflush(stdout);
	do {
		fire(5, 6, "text", table, 0);
		if (argc > 1)
			usleep(1000);
	} while (argc > 1);
	return 0;
}
