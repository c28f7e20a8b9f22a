/* SPDX-License-Identifier: MIT */
/*
 * The other side of load.mjs: opens, loads and (with "attach") attaches an object ROUNDS times with libbpf and prints
 * the nanoseconds of each as JSON. The first is what a new process pays.
 *
 *   load OBJECT ROUNDS [attach]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <bpf/libbpf.h>

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int silent(enum libbpf_print_level level, const char *format, va_list arguments)
{
	return 0;
}

int main(int argc, char **argv)
{
	int rounds, attach, round;

	if (argc < 3)
		return 2;
	rounds = atoi(argv[2]);
	attach = argc > 3 && !strcmp(argv[3], "attach");
	libbpf_set_print(silent);
	printf("[");
	for (round = 0; round < rounds; round++) {
		struct bpf_link *links[16];
		struct bpf_program *program;
		struct bpf_object *object;
		long long start = now();
		int count = 0;

		object = bpf_object__open(argv[1]);
		if (!object || bpf_object__load(object))
			return 1;
		if (attach) {
			bpf_object__for_each_program(program, object) {
				links[count] = bpf_program__attach(program);
				if (!links[count++])
					return 1;
			}
		}
		printf("%s%lld", round == 0 ? "" : ",", now() - start);
		while (count > 0)
			bpf_link__destroy(links[--count]);
		bpf_object__close(object);
	}
	printf("]\n");
	return 0;
}
