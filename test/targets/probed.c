// A program to put probes on. For each line "N" on stdin it calls probed(i, 2 * i) for i = 1 to N, and the others once,
// then prints the sum of the results and the value of its counter.
#include <stdio.h>
#include <stdlib.h>

// What a reference counter is for: above 0 while a probe is there.
__attribute__((section(".probes"))) unsigned short probed_counter;

__attribute__((noinline)) int probed(int a, int b)
{
	__asm__ volatile("" ::: "memory");
	return a + b;
}

__attribute__((noinline)) int probed_more(int a)
{
	__asm__ volatile("" ::: "memory");
	return a;
}

__attribute__((noinline, used)) static int probed_hidden(int a)
{
	__asm__ volatile("" ::: "memory");
	return a;
}

int main(void)
{
	char line[64];
	while (fgets(line, sizeof(line), stdin)) {
		int sum = 0;
		for (int i = 1; i <= atoi(line); i++)
			sum += probed(i, 2 * i);
		probed_more(7);
		probed_hidden(7);
		printf("%d %d\n", sum, *(volatile unsigned short *)&probed_counter);
		fflush(stdout);
	}
	return 0;
}
