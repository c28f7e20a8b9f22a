// SPDX-License-Identifier: MIT
/*
 * Attaches a program to a USDT point with libbpf, runs a command, and prints what there was:
 *
 *   cc -O1 -Wall -o usdt test/reference/usdt.c -lbpf -lelf -lz
 *   usdt OBJECT PROGRAM PATH PROVIDER NAME COOKIE COMMAND [ARGUMENT…]
 *
 * {"libbpf": "1.1", "specs": [HEX…], "bss": HEX}: the first four specs while it was attached, and the
 * global variables after the command. {"error": ERRNO} if libbpf refuses to attach.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#define SPECS 4

static void fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(2);
}

static void print_element(const struct bpf_map *map, int key)
{
	static unsigned char value[65536];
	size_t size = bpf_map__value_size(map);

	if (size > sizeof(value) || bpf_map_lookup_elem(bpf_map__fd(map), &key, value))
		fail("lookup");
	putchar('"');
	for (size_t i = 0; i < size; i++)
		printf("%02x", value[i]);
	putchar('"');
}

static int silent(enum libbpf_print_level level, const char *format, va_list args)
{
	return level == LIBBPF_WARN && getenv("USDT_VERBOSE") ? vfprintf(stderr, format, args) : 0;
}

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_usdt_opts, options);
	const struct bpf_map *map;
	struct bpf_program *program;
	struct bpf_object *object;
	struct bpf_link *link;
	int key, status;
	pid_t child;

	if (argc < 8) {
		fprintf(stderr, "usage: usdt OBJECT PROGRAM PATH PROVIDER NAME COOKIE COMMAND [ARGUMENT…]\n");
		return 2;
	}
	libbpf_set_print(silent);
	object = bpf_object__open_file(argv[1], NULL);
	if (!object)
		fail("open");
	/* Others may be of a kind that an older libbpf does not know. */
	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, strcmp(bpf_program__name(program), argv[2]) == 0);
	program = bpf_object__find_program_by_name(object, argv[2]);
	if (!program || bpf_object__load(object))
		fail("load");
	options.usdt_cookie = strtoull(argv[6], NULL, 0);
	printf("{\"libbpf\": \"%u.%u\", ", libbpf_major_version(), libbpf_minor_version());
	link = bpf_program__attach_usdt(program, -1, argv[3], argv[4], argv[5], &options);
	if (!link) {
		printf("\"error\": %d}\n", errno);
		return 0;
	}
	fflush(stdout);
	child = fork();
	if (child == 0) {
		if (!freopen("/dev/null", "w", stdout))
			_exit(127);
		execv(argv[7], argv + 7);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		fail(argv[7]);
	map = bpf_object__find_map_by_name(object, "__bpf_usdt_specs");
	if (!map)
		fail("__bpf_usdt_specs");
	printf("\"specs\": [");
	for (key = 0; key < SPECS; key++) {
		printf("%s", key ? ", " : "");
		print_element(map, key);
	}
	printf("], \"bss\": ");
	bpf_object__for_each_map(map, object) {
		const char *dot = strrchr(bpf_map__name(map), '.');

		if (dot && strcmp(dot, ".bss") == 0)
			break;
	}
	if (!map)
		fail(".bss");
	print_element(map, 0);
	printf("}\n");
	bpf_link__destroy(link);
	bpf_object__close(object);
	return 0;
}
