/* SPDX-License-Identifier: MIT */
/*
 * The other side of kernel-btf.mjs: reads the kernel's types with libbpf and finds the structs named on the command
 * line. Prints nanoseconds and the sum of the ids as JSON.
 */
#include <stdio.h>
#include <time.h>
#include <bpf/btf.h>

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int main(int argc, char **argv)
{
	long long start = now(), sum = 0;
	struct btf *btf = btf__parse("/sys/kernel/btf/vmlinux", NULL);
	int index;

	if (!btf)
		return 1;
	for (index = 1; index < argc; index++) {
		int id = btf__find_by_name_kind(btf, argv[index], BTF_KIND_STRUCT);

		if (id < 0)
			return 1;
		sum += id;
	}
	printf("{\"time\":%lld,\"sum\":%lld}\n", now() - start, sum);
	return 0;
}
