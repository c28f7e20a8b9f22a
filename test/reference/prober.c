// SPDX-License-Identifier: MIT
/*
 * Attaches a program of an object with libbpf, for tests that compare what it sees with what tsbpf's sees.
 *
 *   cc -O1 -Wall -o prober test/reference/prober.c -lbpf -lelf -lz
 *   prober OBJECT TGID PROGRAM KIND [PATH] NAME
 *
 * KIND is uprobe, uretprobe, kprobe, kretprobe, ksyscall or kretsyscall; TGID goes to the start of .rodata. It prints
 * "attached", waits for the end of its input, prints the content of .bss in hexadecimal and detaches.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

static struct bpf_link *attach(struct bpf_program *program, const char *kind, char **where)
{
	bool on_return = !!strstr(kind, "ret");

	if (!strcmp(kind, "uprobe") || !strcmp(kind, "uretprobe")) {
		LIBBPF_OPTS(bpf_uprobe_opts, options, .retprobe = on_return, .func_name = where[1]);
		return bpf_program__attach_uprobe_opts(program, -1, where[0], 0, &options);
	}
	if (!strcmp(kind, "kprobe") || !strcmp(kind, "kretprobe"))
		return bpf_program__attach_kprobe(program, on_return, where[0]);
	LIBBPF_OPTS(bpf_ksyscall_opts, options, .retprobe = on_return);
	return bpf_program__attach_ksyscall(program, where[0], &options);
}

static void fail(const char *what, int error)
{
	fprintf(stderr, "prober: %s: %s\n", what, strerror(error));
	exit(1);
}

int main(int argc, char **argv)
{
	struct bpf_program *program;
	struct bpf_object *object;
	struct bpf_link *link;
	struct bpf_map *map;
	unsigned char *bytes;
	unsigned int tgid;
	size_t size;
	int key = 0, error;

	if (argc < 6)
		return 2;
	object = bpf_object__open(argv[1]);
	if (!object)
		fail(argv[1], errno);
	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, !strcmp(bpf_program__name(program), argv[3]));
	tgid = strtoul(argv[2], NULL, 10);
	map = bpf_object__find_map_by_name(object, ".rodata");
	memcpy(bpf_map__initial_value(map, &size), &tgid, sizeof(tgid));
	error = bpf_object__load(object);
	if (error)
		fail("load", -error);
	program = bpf_object__find_program_by_name(object, argv[3]);
	link = attach(program, argv[4], argv + 5);
	if (!link)
		fail("attach", errno);
	printf("attached\n");
	fflush(stdout);
	while (getchar() != EOF)
		;
	map = bpf_object__find_map_by_name(object, ".bss");
	size = bpf_map__value_size(map);
	bytes = malloc(size);
	error = bpf_map__lookup_elem(map, &key, sizeof(key), bytes, size, 0);
	if (error)
		fail("look-up", -error);
	for (size_t i = 0; i < size; i++)
		printf("%02x", bytes[i]);
	printf("\n");
	bpf_link__destroy(link);
	bpf_object__close(object);
	return 0;
}
