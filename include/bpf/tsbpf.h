/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which C type do the records of a perf or ring buffer have? Map definitions have no place for that
 * (both kinds of map have neither key nor value type), so it is said in a form that tsbpf reads and
 * every other loader ignores:
 *
 *     struct {
 *         __uint(type, BPF_MAP_TYPE_RINGBUF);
 *         __uint(max_entries, 256 * 1024);
 *     } events SEC(".maps");
 *     EVENT_TYPE(events, struct event);
 *
 * EVENT_TYPE declares a pointer variable that nothing uses, for the sake of its BTF: a pointer to the
 * type, and a declaration tag with the name of the map.
 */
#ifndef TSBPF_H
#define TSBPF_H

#if defined(__has_attribute) && __has_attribute(btf_decl_tag)
#define EVENT_TYPE(map, type)                                                  \
	const type *__event_##map                                              \
		__attribute__((unused, btf_decl_tag("event_of:" #map)))
#else
/* clang 13 and older: the name of the variable still says it */
#define EVENT_TYPE(map, type) const type *__event_##map __attribute__((unused))
#endif

#endif
