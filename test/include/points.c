// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Tracing points of every number and type of arguments; C and C++.
#define _SDT_HAS_SEMAPHORES 1
#define SDT_USE_VARIADIC 1
#include <stdio.h>
#include <stdlib.h>
#include <sys/sdt.h>

#ifdef __cplusplus
extern "C" {
#endif
/* Both headers know semaphores by these names. */
#define SEMAPHORE(name) \
	extern volatile unsigned short points_##name##_semaphore; \
	volatile unsigned short points_##name##_semaphore __attribute__((section(".probes")))
SEMAPHORE(p0);
SEMAPHORE(p1);
SEMAPHORE(p2);
SEMAPHORE(p3);
SEMAPHORE(p4);
SEMAPHORE(p5);
SEMAPHORE(p6);
SEMAPHORE(p7);
SEMAPHORE(p8);
SEMAPHORE(p9);
SEMAPHORE(p10);
SEMAPHORE(p11);
SEMAPHORE(p12);
SEMAPHORE(integers);
SEMAPHORE(others);
SEMAPHORE(globals);
SEMAPHORE(twice);
SEMAPHORE(variadic);
SEMAPHORE(variadic0);
#ifdef __cplusplus
}
#endif

static int counter = 7;
enum color { RED, GREEN };

__attribute__((noinline)) void fire(int a, long b, const char *text, unsigned long *table, int index)
{
	char array[16] = "array";
	volatile short narrow = -3;
	const unsigned char byte = (unsigned char)b;
	unsigned short half = (unsigned short)a;
	float single = (float)a;
	double real = (double)b;
	enum color color = a > 1000 ? RED : GREEN;

	STAP_PROBE(points, p0);
	STAP_PROBE1(points, p1, a);
	DTRACE_PROBE2(points, p2, a, b);
	DTRACE_PROBE3(points, p3, a, b, 3);
	DTRACE_PROBE4(points, p4, a, b, 3, 4u);
	DTRACE_PROBE5(points, p5, a, b, 3, 4u, 5l);
	DTRACE_PROBE6(points, p6, a, b, 3, 4u, 5l, -6);
	DTRACE_PROBE7(points, p7, a, b, 3, 4u, 5l, -6, 7);
	DTRACE_PROBE8(points, p8, a, b, 3, 4u, 5l, -6, 7, 8);
	DTRACE_PROBE9(points, p9, a, b, 3, 4u, 5l, -6, 7, 8, 9);
	DTRACE_PROBE10(points, p10, a, b, 3, 4u, 5l, -6, 7, 8, 9, 10);
	DTRACE_PROBE11(points, p11, a, b, 3, 4u, 5l, -6, 7, 8, 9, 10, 11);
	DTRACE_PROBE12(points, p12, a, b, 3, 4u, 5l, -6, 7, 8, 9, 10, 11, 12);
	DTRACE_PROBE6(points, integers, byte, half, narrow, (int)'x', (signed char)a, (unsigned long long)b);
	DTRACE_PROBE6(points, others, text, array, single, real, color, (void *)0);
	DTRACE_PROBE2(points, globals, counter, table[index]);
	STAP_PROBEV(points, variadic, a, b, 3);
	STAP_PROBEV(points, variadic0);
	DTRACE_PROBE1(points, twice, a);
	DTRACE_PROBE1(points, twice, b);
	counter++;
}

int main(int argc, char **argv)
{
	unsigned long table[4] = {11, 22, 33, 44};
	int rounds = argc > 1 ? atoi(argv[1]) : 1;

	for (int round = 0; round < rounds; round++)
		fire(5, 6, "text", table, round & 3);
	return points_p1_semaphore;
}
