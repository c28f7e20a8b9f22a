// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A program to trace: once a second it calls two functions and passes two static tracing points.
 *
 *     cc -O2 -I include -o /usr/local/bin/umark examples/umark/umark.c
 *     umark [-i MILLISECONDS] [-n ROUNDS]
 *
 * On lines of its own it says what a tracer should see:
 *
 *     1: func_uprobe1(1) func_uprobe2(1, 2) groupa:probe1(10) groupb:probe2(20, 30)
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <sys/sdt.h>

/* To be called at run time: not inlined, and with something in them that the compiler cannot leave out. */
__attribute__((noinline)) void func_uprobe1(unsigned long long x)
{
	__asm__ volatile("" ::"r"(x));
}

__attribute__((noinline)) void func_uprobe2(unsigned long long x, unsigned long long y)
{
	__asm__ volatile("" ::"r"(x), "r"(y));
}

static long number(const char *text, long least)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*text == '\0' || *end != '\0' || value < least) {
		fprintf(stderr, "umark: expected a number from %ld on, found \"%s\"\n", least, text);
		exit(2);
	}
	return value;
}

int main(int argc, char **argv)
{
	long milliseconds = 1000, rounds = -1;
	unsigned long long round;
	int option;

	while ((option = getopt(argc, argv, "i:n:")) != -1) {
		if (option == 'i') {
			milliseconds = number(optarg, 0);
		} else if (option == 'n') {
			rounds = number(optarg, 0);
		} else {
			fprintf(stderr, "usage: umark [-i MILLISECONDS] [-n ROUNDS]\n");
			return 2;
		}
	}
	struct timespec pause = {milliseconds / 1000, milliseconds % 1000 * 1000000};

	printf("umark: process %d\n", getpid());
	for (round = 1; rounds < 0 || round <= (unsigned long long)rounds; round++) {
		func_uprobe1(round);
		func_uprobe2(round, 2 * round);
		DTRACE_PROBE1(groupa, probe1, 10);
		DTRACE_PROBE2(groupb, probe2, 20, 30);
		printf("%llu: func_uprobe1(%llu) func_uprobe2(%llu, %llu) groupa:probe1(10) groupb:probe2(20, 30)\n",
		       round, round, round, 2 * round);
		fflush(stdout);
		nanosleep(&pause, NULL);
	}
	return 0;
}
