import { describe, expect, it } from "vitest";
import { attachTypes, programTypes } from "../../../src/format/abi/index.ts";
import { parseSectionName, sectionDefinitions } from "../../../src/program/spec/index.ts";

describe("the section table (RULES 5)", () => {
  it("has libbpf 1.8's 116 rows, each pattern once", () => {
    expect(sectionDefinitions).toHaveLength(116);
    expect(new Set(sectionDefinitions.map((row) => row.pattern)).size).toBe(116);
  });

  it("names program and attach types that exist", () => {
    for (const row of sectionDefinitions) {
      expect(programTypes).toContain(row.type);
      if (row.expectedAttachType !== undefined) expect(attachTypes).toContain(row.expectedAttachType);
    }
  });

  it("every pattern matches itself first", () => {
    for (const row of sectionDefinitions) {
      const name = row.pattern.replace(/\+$/, "/x");
      expect(parseSectionName(name).definition, name).toBe(row);
    }
  });

  it.each([
    // name, pattern, target
    ["kprobe", "kprobe+", undefined],
    ["kprobe/", "kprobe+", undefined],
    ["kprobe/do_exit+0x10", "kprobe+", "do_exit+0x10"],
    ["kprobes/do_exit", undefined, undefined],
    ["kprobe.multi/tcp_*", "kprobe.multi+", "tcp_*"],
    ["kprobe.multi.s/x", undefined, undefined],
    ["uprobe.s//bin/sh:main", "uprobe.s+", "/bin/sh:main"],
    ["tp/syscalls/sys_enter_execve", "tp+", "syscalls/sys_enter_execve"],
    ["tp_btf/sched_switch", "tp_btf+", "sched_switch"],
    ["xdp", "xdp", undefined],
    ["xdp/devmap", "xdp/devmap", undefined],
    ["xdp/eth0", undefined, undefined],
    ["cgroup_skb/ingress", "cgroup_skb/ingress", undefined],
    ["cgroup/skb/more", undefined, undefined],
    ["classifier/x", undefined, undefined],
    ["tc/ingress", "tc/ingress", undefined],
    ["struct_ops.s/init", "struct_ops.s+", "init"],
    ["SOCKET", undefined, undefined],
    ["", undefined, undefined],
  ])("SEC(%j) is %s with target %s", (name, pattern, target) => {
    const parsed = parseSectionName(name);
    expect([parsed.definition?.pattern, parsed.target, parsed.autoload]).toEqual([pattern, target, true]);
  });

  it("RULES 4: a leading ? is stripped and means no autoload", () => {
    expect(parseSectionName("?kprobe/do_exit")).toMatchObject({
      name: "kprobe/do_exit",
      autoload: false,
      target: "do_exit",
    });
    expect(parseSectionName("??xdp").definition).toBeUndefined();
  });

  it("RULES 49: optional attach types are those of libbpf's SEC_ATTACHABLE_OPT", () => {
    const optional = sectionDefinitions.filter((row) => row.attachTypeOptional).map((row) => row.pattern);
    expect(optional).toEqual([
      "xdp",
      "sockops",
      "sk_skb/stream_parser",
      "sk_skb/stream_verdict",
      "sk_skb/verdict",
      "sk_msg",
      "lirc_mode2",
      "flow_dissector",
      "cgroup_skb/ingress",
      "cgroup_skb/egress",
      "cgroup/sock",
      "cgroup/dev",
    ]);
  });
});
