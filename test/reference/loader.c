// SPDX-License-Identifier: MIT
/*
 * The reference loader of the differential tests: loads one object with libbpf and prints, as JSON, what
 * the kernel says about the result. tsbpf must end up with the same.
 *
 *   cc -O1 -Wall -o loader test/reference/loader.c -lbpf -lelf -lz
 *   loader [--without PROGRAM]… [--only PROGRAM]… [--btf-out FILE] [--relaxed-maps] OBJECT
 *
 * --without and --only choose the programs to load, --btf-out writes the BTF as the kernel holds it.
 * Maps pinned by this load are unpinned at the end. Exit status: 0 loaded, 1 refused (the JSON says
 * how), 2 wrong use. Works with libbpf 1.1 (Debian 12) and later.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

/* The last part of what libbpf and the verifier said. */
static char messages[16384];
static size_t message_length;

static int keep_message(enum libbpf_print_level level, const char *format, va_list args)
{
	char line[65536];
	int length = vsnprintf(line, sizeof(line), format, args);
	const char *text = line;
	size_t size;

	if (level == LIBBPF_DEBUG || length <= 0)
		return 0;
	size = (size_t)length < sizeof(line) ? (size_t)length : sizeof(line) - 1;
	/* a verifier log arrives as one message, its end is what matters */
	if (size >= sizeof(messages) / 2) {
		text += size - sizeof(messages) / 2;
		size = sizeof(messages) / 2;
	}
	if (message_length + size >= sizeof(messages)) {
		size_t drop = message_length + size - sizeof(messages) + 1;
		memmove(messages, messages + drop, message_length - drop);
		message_length -= drop;
	}
	memcpy(messages + message_length, text, size);
	message_length += size;
	messages[message_length] = 0;
	return length;
}

static void print_string(const char *text)
{
	putchar('"');
	for (const unsigned char *at = (const unsigned char *)text; at && *at; at++) {
		if (*at == '"' || *at == '\\')
			printf("\\%c", *at);
		else if (*at < 0x20 || *at >= 0x7f)
			printf("\\u%04x", *at);
		else
			putchar(*at);
	}
	putchar('"');
}

static void print_field(const char *name, const char *text)
{
	printf("\"%s\":", name);
	print_string(text);
}

static void print_hex(const char *name, const uint8_t *bytes, size_t size)
{
	printf(",\"%s\":\"", name);
	for (size_t i = 0; i < size; i++)
		printf("%02x", bytes[i]);
	putchar('"');
}

static int fail(const char *step, int error)
{
	printf("{\"libbpf\":\"%u.%u\",", libbpf_major_version(), libbpf_minor_version());
	print_field("error", step);
	printf(",\"errno\":%d,", error);
	print_field("log", messages);
	printf("}\n");
	return 1;
}

static bool is_frozen(int fd)
{
	char path[64], line[256];
	int frozen = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "frozen: %d", &frozen);
	if (file)
		fclose(file);
	return frozen;
}

static void print_program(struct bpf_program *program, bool first)
{
	struct bpf_prog_info info = {};
	uint32_t size = sizeof(info);

	if (bpf_program__fd(program) < 0 || bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
		return;
	printf("%s{", first ? "" : ",");
	print_field("name", bpf_program__name(program));
	printf(",");
	print_field("section", bpf_program__section_name(program));
	printf(",");
	print_field("kernelName", info.name);
	printf(",\"type\":%u,\"expectedAttachType\":%d,\"loadFlags\":%u", info.type,
	       bpf_program__expected_attach_type(program), bpf_program__flags(program));
	print_hex("tag", info.tag, sizeof(info.tag));
	printf(",\"instructions\":%zu,\"xlatedLength\":%u,\"jited\":%s,\"maps\":%u,\"functions\":%u,\"lines\":%u"
	       ",\"gplCompatible\":%u}",
	       bpf_program__insn_cnt(program), info.xlated_prog_len, info.jited_prog_len ? "true" : "false",
	       info.nr_map_ids, info.nr_func_info, info.nr_line_info, info.gpl_compatible);
}

static void print_map(struct bpf_map *map, bool first)
{
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info), zero = 0;
	int fd = bpf_map__fd(map);
	uint8_t *value;

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size))
		return;
	printf("%s{", first ? "" : ",");
	print_field("name", bpf_map__name(map));
	printf(",");
	print_field("kernelName", info.name);
	printf(",\"type\":%u,\"keySize\":%u,\"valueSize\":%u,\"maxEntries\":%u,\"flags\":%u,\"mapExtra\":\"%llu\""
	       ",\"btfKeyTypeId\":%u,\"btfValueTypeId\":%u,\"btfVmlinuxValueTypeId\":%u,\"frozen\":%s",
	       info.type, info.key_size, info.value_size, info.max_entries, info.map_flags,
	       (unsigned long long)info.map_extra, info.btf_key_type_id, info.btf_value_type_id,
	       info.btf_vmlinux_value_type_id, is_frozen(fd) ? "true" : "false");
	/* what the loader put into global data, kconfig values included */
	if (bpf_map__is_internal(map) && info.type == BPF_MAP_TYPE_ARRAY && info.value_size <= 4096) {
		value = calloc(1, info.value_size);
		if (value && !bpf_map_lookup_elem(fd, &zero, value))
			print_hex("value", value, info.value_size);
		free(value);
	}
	printf("}");
}

static void print_btf(struct bpf_object *object, const char *path)
{
	struct bpf_btf_info info = {};
	uint32_t size = sizeof(info), capacity = 16 << 20;
	int fd = bpf_object__btf_fd(object);
	uint64_t hash = 0xcbf29ce484222325ull; /* FNV-1a */
	uint8_t *bytes;
	FILE *file;

	if (fd < 0)
		return;
	bytes = malloc(capacity);
	info.btf = (uintptr_t)bytes;
	info.btf_size = capacity;
	if (!bytes || bpf_obj_get_info_by_fd(fd, &info, &size))
		return;
	for (uint32_t i = 0; i < info.btf_size; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3ull;
	printf(",\"btf\":{\"size\":%u,\"fnv1a\":\"%016llx\"}", info.btf_size, (unsigned long long)hash);
	file = path ? fopen(path, "wb") : NULL;
	if (file) {
		fwrite(bytes, 1, info.btf_size, file);
		fclose(file);
	}
	free(bytes);
}

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_object_open_opts, options);
	const char *path = NULL, *btf_path = NULL;
	const char *without[64], *only[64];
	int without_count = 0, only_count = 0, error;
	struct bpf_object *object;
	struct bpf_program *program;
	struct bpf_map *map;
	bool first;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--without") && i + 1 < argc && without_count < 64)
			without[without_count++] = argv[++i];
		else if (!strcmp(argv[i], "--only") && i + 1 < argc && only_count < 64)
			only[only_count++] = argv[++i];
		else if (!strcmp(argv[i], "--btf-out") && i + 1 < argc)
			btf_path = argv[++i];
		else if (!strcmp(argv[i], "--relaxed-maps"))
			options.relaxed_maps = true;
		else if (argv[i][0] != '-' && !path)
			path = argv[i];
		else
			path = NULL, argc = 0;
	}
	if (!path) {
		fprintf(stderr, "usage: loader [--without PROGRAM]... [--only PROGRAM]... [--btf-out FILE] "
				"[--relaxed-maps] OBJECT\n");
		return 2;
	}

	libbpf_set_print(keep_message);
	object = bpf_object__open_file(path, &options);
	error = errno;
	if (!object || libbpf_get_error(object))
		return fail("open", error);

	bpf_object__for_each_program(program, object) {
		const char *name = bpf_program__name(program);

		for (int i = 0; i < without_count; i++)
			if (!strcmp(name, without[i]))
				bpf_program__set_autoload(program, false);
		if (only_count)
			bpf_program__set_autoload(program, false);
		for (int i = 0; i < only_count; i++)
			if (!strcmp(name, only[i]))
				bpf_program__set_autoload(program, true);
	}

	error = bpf_object__load(object);
	if (error) {
		fail("load", -error);
		bpf_object__close(object);
		return 1;
	}

	printf("{\"libbpf\":\"%u.%u\",", libbpf_major_version(), libbpf_minor_version());
	print_field("object", bpf_object__name(object));
	printf(",\"programs\":[");
	first = true;
	bpf_object__for_each_program(program, object) {
		print_program(program, first);
		first = first && bpf_program__fd(program) < 0;
	}
	printf("],\"maps\":[");
	first = true;
	bpf_object__for_each_map(map, object) {
		print_map(map, first);
		first = first && bpf_map__fd(map) < 0;
	}
	printf("]");
	print_btf(object, btf_path);
	printf("}\n");

	bpf_object__for_each_map(map, object) {
		if (bpf_map__is_pinned(map))
			bpf_map__unpin(map, NULL);
	}
	bpf_object__close(object);
	return 0;
}
