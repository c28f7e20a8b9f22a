/* SPDX-License-Identifier: MIT */
/*
 * The other side of ring-drain.mjs: libbpf draining a ring buffer. For each line on stdin it lets the pinned program
 * fill the pinned ring, drains it with a callback that reads six fields, and prints nanoseconds and records.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

static uint32_t sum;
static long records;

static int on_record(void *context, void *data, size_t size)
{
	const uint32_t *words = data;

	sum ^= words[0] ^ words[1] ^ words[2] ^ words[3] ^ words[4] ^ words[6];
	records++;
	return 0;
}

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int main(int argc, char **argv)
{
	char packet[64] = {0}, line[16];
	struct ring_buffer *ring;
	int map, program;

	if (argc != 4)
		return 2;
	map = bpf_obj_get(argv[1]);
	program = bpf_obj_get(argv[2]);
	ring = ring_buffer__new(map, on_record, NULL, NULL);
	if (map < 0 || program < 0 || !ring)
		return 1;
	while (fgets(line, sizeof(line), stdin)) {
		LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet, .data_size_in = sizeof(packet),
			    .repeat = atoi(argv[3]));
		int64_t start;

		if (bpf_prog_test_run_opts(program, &options))
			return 1;
		records = 0;
		start = now();
		if (ring_buffer__consume(ring) < 0)
			return 1;
		printf("%lld %ld %u\n", (long long)(now() - start), records, sum);
		fflush(stdout);
	}
	return 0;
}
