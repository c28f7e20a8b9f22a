// The stand-ins for <linux/…>: they compile alone and together, and say what the system's headers say.
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { vmlinuxFolder } from "../../src/toolchain/vmlinux/index.ts";
import { compileText, compilers, include } from "./compile-with-headers.ts";

const uapi = join(include, "uapi");
const headers = readdirSync(uapi, { recursive: true, encoding: "utf8" })
  .filter((name) => name.includes("/"))
  .filter((name) => name.endsWith(".h"))
  .sort();
const vmlinux = vmlinuxFolder();
const noBtf = vmlinux === undefined ? " (skipped: this kernel has no BTF to print vmlinux.h from)" : "";
// anonymous members of vmlinux.h are declared by their tags
const flagsWith = (types: string): string[] => [
  "-idirafter",
  uapi,
  `-I${types}`,
  "-Wno-missing-declarations",
];

// Its hundred thousand lines are for one test; the others ask for the form alone.
const small = mkdtempSync(join(tmpdir(), "tsbpf-uapi-"));
afterAll(() => rmSync(small, { recursive: true }));
writeFileSync(
  join(small, "vmlinux.h"),
  `#ifndef __VMLINUX_H__
#define __VMLINUX_H__
typedef _Bool bool;
enum { false = 0, true = 1 };
typedef unsigned short __u16;
typedef __u16 __be16;
#endif
`,
);

describe("instead of the system's headers", () => {
  test.each(headers)("<%s> compiles by itself, twice and after <stdbool.h>", (name) => {
    const text = `#include <stdbool.h>\n#include <${name}>\n#include <${name}>\nint x;\n`;
    expect(compileText(text, flagsWith(small)).length).toBeGreaterThan(0);
  });

  const title = `%s: all together, and a packet program of the usual form${noBtf}`;
  test.skipIf(noBtf !== "").each(Object.entries(compilers))(title, (_, command) => {
    const text = `
#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>
${headers.map((name) => `#include <${name}>`).join("\n")}
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} packets SEC(".maps");

SEC("xdp") int count(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct tcphdr *tcp = (void *)(ip + 1);
	__u32 key = 0;
	bool wanted = false;
	uint64_t *n;

	if ((void *)(tcp + 1) > end || eth->h_proto != __constant_htons(ETH_P_IP) || ip->protocol != IPPROTO_TCP)
		return XDP_PASS;
	wanted = tcp->dest == bpf_htons(80) && tcp->syn && !tcp->ack && ip->daddr != INADDR_ANY;
	n = bpf_map_lookup_elem(&packets, &key);
	if (n && wanted)
		++*n;
	return n ? XDP_PASS : -EINVAL;
}

SEC("tc") int drop(struct __sk_buff *skb)
{
	struct in6_addr address = {};

	if (skb->pkt_type == PACKET_OUTGOING && address.s6_addr[0] == 0)
		return TC_ACT_OK;
	return TC_ACT_SHOT;
}

SEC("license") char licence[] = "GPL";
`;
    expect(compileText(text, flagsWith(vmlinux ?? ""), command).length).toBeGreaterThan(0);
  });
});

describe("the numbers are those of the system's headers", () => {
  const system = ["/usr/include/x86_64-linux-gnu", "/usr/include"];
  const missing = system.every((folder) => existsSync(folder))
    ? ""
    : " (skipped: no linux-libc-dev for x86-64 here)";
  const constantsOf = (name: string): RegExpMatchArray[] => [
    ...readFileSync(join(uapi, name), "utf8").matchAll(/^#define ([A-Z]\w+) (.+?)(?: \/\*.*)?$/gm),
  ];
  const numbered = headers
    .map((name) => [name, constantsOf(name)] as const)
    .filter(([, { length }]) => length > 0);

  test.skipIf(missing !== "").each(numbered)(`<%s>${missing}`, (name, constants) => {
    const checks = constants.map(
      ([, macro, value]) => `_Static_assert((${macro}) == (${value}), "${macro}");`,
    );
    // <linux/icmp.h> includes <sys/socket.h>, and libc asks for the machine.
    const after = ["-D__x86_64__", ...system.flatMap((folder) => ["-idirafter", folder])];
    const text = `#include <${name}>\n${checks.join("\n")}\nint x;\n`;
    expect(compileText(text, after).length).toBeGreaterThan(0);
  });
});
