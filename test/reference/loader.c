// SPDX-License-Identifier: MIT
/*
 * The reference loader of the differential tests: loads one object with libbpf and prints, as JSON, what
 * the kernel says about the result. tsbpf must end up with the same.
 *
 *   cc -O1 -Wall -o loader test/reference/loader.c -lbpf -lelf -lz
 *   loader [--without PROGRAM]… [--only PROGRAM]… [--btf-out FILE] [--relaxed-maps] OBJECT
 *   loader [--btf-out FILE] --ids [program=ID]… [map=ID]… [btf=ID]
 *
 * --without and --only choose the programs to load, --btf-out writes the BTF as the kernel holds it.
 * Maps pinned by this load are unpinned at the end. --ids loads nothing: it says the same of objects that
 * are in the kernel already, so that both loaders' results are described by one and the same code.
 * Exit status: 0 loaded, 1 refused (the JSON says how), 2 wrong use. Works with libbpf 1.1 (Debian 12)
 * and later.
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

#define MAX_NAMES 1024

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

static int info_of(int fd, void *info, uint32_t size)
{
	return bpf_obj_get_info_by_fd(fd, info, &size);
}

/* Name of a map by its id, cut to 15 bytes by the kernel. */
static void print_map_name(uint32_t id)
{
	struct bpf_map_info info = {};
	int fd = bpf_map_get_fd_by_id(id);

	if (fd >= 0)
		info_of(fd, &info, sizeof(info));
	print_string(info.name);
	close(fd);
}

/*
 * The verified code. What differs from load to load is taken out: instead of a map's id the instruction says
 * which of the program's maps it is, and addresses of what the kernel allocated (0xffff8..., not those of its
 * own code and data) are 0. The tag would not do: it leaves out maps and the offsets of variables in them.
 */
static void print_code(struct bpf_insn *code, uint32_t size, const uint32_t *maps, uint32_t map_count)
{
	for (uint32_t i = 0; i < size / sizeof(*code); i++) {
		uint8_t source = code[i].src_reg;

		if (code[i].code != (BPF_LD | BPF_IMM | BPF_DW))
			continue;
		for (uint32_t map = 0; map < map_count; map++)
			if ((source == BPF_PSEUDO_MAP_FD || source == BPF_PSEUDO_MAP_VALUE) &&
			    (uint32_t)code[i].imm == maps[map]) {
				code[i].imm = map;
				break;
			}
		if (!source && (uint32_t)code[i + 1].imm >= 0xffff0000 && (uint32_t)code[i + 1].imm != 0xffffffff)
			code[i].imm = code[i + 1].imm = 0;
		i++; /* the second half */
	}
	print_hex("code", (const uint8_t *)code, size);
}

/* What the kernel says of a program, after the fields that name it. */
static void print_program_info(int fd)
{
	struct bpf_prog_info info = {}, more = {};
	uint32_t maps[64];
	void *code, *functions, *lines;

	if (info_of(fd, &info, sizeof(info)))
		return;
	more.nr_map_ids = info.nr_map_ids < 64 ? info.nr_map_ids : 64;
	more.map_ids = (uintptr_t)maps;
	more.xlated_prog_len = info.xlated_prog_len;
	more.xlated_prog_insns = (uintptr_t)(code = calloc(1, info.xlated_prog_len + 1));
	more.func_info_rec_size = info.func_info_rec_size;
	more.nr_func_info = info.nr_func_info;
	more.func_info = (uintptr_t)(functions = calloc(info.nr_func_info + 1, info.func_info_rec_size));
	more.line_info_rec_size = info.line_info_rec_size;
	more.nr_line_info = info.nr_line_info;
	more.line_info = (uintptr_t)(lines = calloc(info.nr_line_info + 1, info.line_info_rec_size));
	if (info_of(fd, &more, sizeof(more)))
		return;

	print_field("kernelName", info.name);
	printf(",\"type\":%u", info.type);
	print_hex("tag", info.tag, sizeof(info.tag));
	printf(",\"xlatedLength\":%u,\"jited\":%s,\"functions\":%u,\"lines\":%u,\"gplCompatible\":%u"
	       ",\"verifiedInstructions\":%u,\"attachBtfId\":%u,\"maps\":[",
	       info.xlated_prog_len, info.jited_prog_len ? "true" : "false", info.nr_func_info,
	       info.nr_line_info, info.gpl_compatible, info.verified_insns, info.attach_btf_id);
	for (uint32_t i = 0; i < more.nr_map_ids; i++) {
		printf("%s", i ? "," : "");
		print_map_name(maps[i]);
	}
	printf("]");
	print_code(code, info.xlated_prog_len, maps, more.nr_map_ids);
	print_hex("functionInfo", functions, info.nr_func_info * info.func_info_rec_size);
	print_hex("lineInfo", lines, info.nr_line_info * info.line_info_rec_size);
	free(code);
	free(functions);
	free(lines);
}

static bool print_program(struct bpf_program *program, bool first)
{
	if (bpf_program__fd(program) < 0)
		return false;
	printf("%s{", first ? "" : ",");
	print_field("name", bpf_program__name(program));
	printf(",");
	print_field("section", bpf_program__section_name(program));
	printf(",\"expectedAttachType\":%d,\"loadFlags\":%u,\"instructions\":%zu,",
	       bpf_program__expected_attach_type(program), bpf_program__flags(program),
	       bpf_program__insn_cnt(program));
	print_program_info(bpf_program__fd(program));
	printf("}");
	return true;
}

/* What the slots of a map of maps and of a program array hold: key and kernel name. */
static void print_slots(int fd, const struct bpf_map_info *info)
{
	uint8_t key[64], next[64];
	uint32_t id;
	bool first = true;

	if (info->key_size > sizeof(key))
		return;
	printf(",\"slots\":[");
	for (void *after = NULL; !bpf_map_get_next_key(fd, after, next); after = key) {
		memcpy(key, next, info->key_size);
		if (bpf_map_lookup_elem(fd, key, &id))
			continue;
		printf("%s{\"of\":", first ? "" : ",");
		first = false;
		if (info->type == BPF_MAP_TYPE_PROG_ARRAY) {
			struct bpf_prog_info program = {};
			int program_fd = bpf_prog_get_fd_by_id(id);

			if (program_fd >= 0)
				info_of(program_fd, &program, sizeof(program));
			print_string(program.name);
			close(program_fd);
		} else {
			print_map_name(id);
		}
		print_hex("key", key, info->key_size);
		printf("}");
	}
	printf("]");
}

/* What the kernel says of a map, after the fields that name it. */
static void print_map_info(int fd)
{
	struct bpf_map_info info = {};
	uint32_t zero = 0;
	uint8_t *value;

	if (info_of(fd, &info, sizeof(info)))
		return;
	print_field("kernelName", info.name);
	printf(",\"type\":%u,\"keySize\":%u,\"valueSize\":%u,\"maxEntries\":%u,\"flags\":%u,\"mapExtra\":\"%llu\""
	       ",\"btfKeyTypeId\":%u,\"btfValueTypeId\":%u,\"btfVmlinuxValueTypeId\":%u,\"frozen\":%s",
	       info.type, info.key_size, info.value_size, info.max_entries, info.map_flags,
	       (unsigned long long)info.map_extra, info.btf_key_type_id, info.btf_value_type_id,
	       info.btf_vmlinux_value_type_id, is_frozen(fd) ? "true" : "false");
	/* what the loader put into global data, kconfig values included */
	if (info.type == BPF_MAP_TYPE_ARRAY && info.max_entries == 1 && info.value_size <= 65536) {
		value = calloc(1, info.value_size);
		if (value && !bpf_map_lookup_elem(fd, &zero, value))
			print_hex("value", value, info.value_size);
		free(value);
	}
	if (info.type == BPF_MAP_TYPE_ARRAY_OF_MAPS || info.type == BPF_MAP_TYPE_HASH_OF_MAPS ||
	    info.type == BPF_MAP_TYPE_PROG_ARRAY)
		print_slots(fd, &info);
}

/* A map that is not created can have an fd all the same: libbpf keeps numbers free with memfds. */
static bool print_map(struct bpf_map *map, bool first)
{
	struct bpf_map_info info = {};

	if (bpf_map__fd(map) < 0 || info_of(bpf_map__fd(map), &info, sizeof(info)))
		return false;
	printf("%s{", first ? "" : ",");
	print_field("name", bpf_map__name(map));
	printf(",");
	print_map_info(bpf_map__fd(map));
	printf("}");
	return true;
}

static void print_btf(int fd, const char *path)
{
	struct bpf_btf_info info = {};
	uint32_t capacity = 16 << 20;
	uint64_t hash = 0xcbf29ce484222325ull; /* FNV-1a */
	uint8_t *bytes;
	FILE *file;

	if (fd < 0)
		return;
	bytes = malloc(capacity);
	info.btf = (uintptr_t)bytes;
	info.btf_size = capacity;
	if (!bytes || info_of(fd, &info, sizeof(info)))
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

/* Describes what is loaded already: `what=id` each, in the order given. */
static int print_ids(char **ids, int count, const char *btf_path)
{
	uint32_t id;
	bool first = true;

	printf("{\"programs\":[");
	for (int i = 0; i < count; i++) {
		if (sscanf(ids[i], "program=%u", &id) != 1)
			continue;
		printf("%s{", first ? "" : ",");
		first = false;
		print_program_info(bpf_prog_get_fd_by_id(id));
		printf("}");
	}
	printf("],\"maps\":[");
	first = true;
	for (int i = 0; i < count; i++) {
		if (sscanf(ids[i], "map=%u", &id) != 1)
			continue;
		printf("%s{", first ? "" : ",");
		first = false;
		print_map_info(bpf_map_get_fd_by_id(id));
		printf("}");
	}
	printf("]");
	for (int i = 0; i < count; i++)
		if (sscanf(ids[i], "btf=%u", &id) == 1)
			print_btf(bpf_btf_get_fd_by_id(id), btf_path);
	printf("}\n");
	return 0;
}

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_object_open_opts, options);
	const char *path = NULL, *btf_path = NULL;
	const char *without[MAX_NAMES], *only[MAX_NAMES];
	int without_count = 0, only_count = 0, error;
	struct bpf_object *object;
	struct bpf_program *program;
	struct bpf_map *map;
	bool first;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--without") && i + 1 < argc && without_count < MAX_NAMES)
			without[without_count++] = argv[++i];
		else if (!strcmp(argv[i], "--only") && i + 1 < argc && only_count < MAX_NAMES)
			only[only_count++] = argv[++i];
		else if (!strcmp(argv[i], "--btf-out") && i + 1 < argc)
			btf_path = argv[++i];
		else if (!strcmp(argv[i], "--relaxed-maps"))
			options.relaxed_maps = true;
		else if (!strcmp(argv[i], "--ids"))
			return print_ids(argv + i + 1, argc - i - 1, btf_path);
		else if (argv[i][0] != '-' && !path)
			path = argv[i];
		else
			path = NULL, argc = 0;
	}
	if (!path) {
		fprintf(stderr, "usage: loader [--without PROGRAM]... [--only PROGRAM]... [--btf-out FILE] "
				"[--relaxed-maps] OBJECT\n"
				"       loader [--btf-out FILE] --ids [program=ID]... [map=ID]... [btf=ID]\n");
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
	bpf_object__for_each_program(program, object)
		first = !print_program(program, first) && first;
	printf("],\"maps\":[");
	first = true;
	bpf_object__for_each_map(map, object)
		first = !print_map(map, first) && first;
	printf("]");
	print_btf(bpf_object__btf_fd(object), btf_path);
	printf("}\n");

	bpf_object__for_each_map(map, object) {
		if (bpf_map__is_pinned(map))
			bpf_map__unpin(map, NULL);
	}
	bpf_object__close(object);
	return 0;
}
