// Every PT_REGS macro, on every machine: the offsets that it reads are those of the machine's own layout.
import { describe, expect, test } from "vitest";
import { readElf } from "../../src/format/elf/index.ts";
import { readObject, specToJson } from "../../src/program/spec/index.ts";
import { compileText } from "./compile-with-headers.ts";
import { machines, type Machine } from "./machines.ts";

const roles = ["RET", "FP", "RC", "SP", "IP"];

/** The macros whose registers the machine has, with the offsets that they must have. */
function expectations(machine: Machine): [macro: string, offset: number][] {
  const found: [string, number][] = [];
  for (const [index, offset] of machine.arguments.entries()) found.push([`PT_REGS_PARM${index + 1}`, offset]);
  for (const [index, offset] of machine.systemCall.entries()) {
    found.push([`PT_REGS_PARM${index + 2}_SYSCALL`, offset]);
  }
  for (const [index, offset] of machine.roles.entries()) {
    if (offset !== undefined) found.push([`PT_REGS_${roles[index]}`, offset]);
  }
  return found;
}

/** The name with _CORE where it belongs: PT_REGS_PARM1_CORE_SYSCALL. */
const copied = (macro: string): string =>
  macro.endsWith("_SYSCALL") ? macro.replace("_SYSCALL", "_CORE_SYSCALL") : `${macro}_CORE`;

const prologue = (machine: Machine): string => `
#include <bpf/bpf_helpers.h>
${machine.declaration}
#include <bpf/bpf_tracing.h>
`;
const flagsOf = (machine: Machine): string[] => [
  `-D__TARGET_ARCH_${machine.target}`,
  ...(machine.flags ?? []),
];

describe.each(Object.entries(machines))("%s", (_, machine) => {
  const wanted = expectations(machine);
  const [member, flavour] = machine.first;

  test("each macro reads from its register", () => {
    const addresses = wanted.map(([macro]) => `(unsigned long)&${macro}((struct pt_regs *)0),`);
    const object = compileText(
      `${prologue(machine)}
const unsigned long offsets[] = {
${addresses.join("\n")}
};
_Static_assert(&PT_REGS_PARM1_SYSCALL((struct pt_regs *)0) ==
	&((const ${flavour ?? "typeof(*__PT_REGS_CAST((struct pt_regs *)0))"} *)0)->${member}, "first");
`,
      flagsOf(machine),
    );
    const { bytes } = readElf(object).sections.find(({ name }) => name === ".rodata") ?? {};
    if (bytes === undefined) throw new Error("the compiler wrote no table");
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const offsets = wanted.map(([macro], index) => [macro, Number(view.getBigUint64(index * 8, true))]);
    expect(offsets).toEqual(wanted);
  });

  test("each _CORE macro leaves a relocation, and each program macro compiles", () => {
    const copies = wanted.map(([macro]) => `sum += ${copied(macro)}(regs);`);
    const list = (count: number): string =>
      Array.from({ length: count }, (__, index) => `, long a${index}`).join("");
    const object = compileText(
      `#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
${prologue(machine)}
#pragma clang attribute pop
unsigned long sum;
SEC("kprobe/a") int all(struct pt_regs *ctx)
{
	struct pt_regs *regs = (void *)bpf_get_current_task();
	${copies.join("\n\t")}
	sum += PT_REGS_PARM1_CORE_SYSCALL(PT_REGS_SYSCALL_REGS(ctx));
	return 0;
}
SEC("kprobe/b") int BPF_KPROBE(entry${list(machine.arguments.length)}) { sum += a0; return 0; }
SEC("kretprobe/b") int BPF_KRETPROBE(leave, long result) { sum += result; return 0; }
SEC("uprobe") int BPF_UPROBE(user_entry${list(machine.arguments.length)}) { sum += a1; return 0; }
SEC("uretprobe") int BPF_URETPROBE(user_leave, int result) { sum += result; return 0; }
SEC("ksyscall/c") int BPF_KSYSCALL(call${list(machine.systemCall.length + 1)}) { sum += a0 + a5; return 0; }
SEC("kprobe/d") int BPF_KPROBE_SYSCALL(old_name, int a) { sum += a; return 0; }
`,
      flagsOf(machine),
    );
    const spec = specToJson(readObject(object, { name: "t.bpf.o" })) as {
      programs: { name: string; coreRelocations?: string[] }[];
    };
    const relocations = spec.programs.find(({ name }) => name === "all")?.coreRelocations ?? [];
    // Reads of the same register share one.
    const places = new Set(relocations.map((relocation) => relocation.replace(/^\d+: /, "")));
    expect(places.size).toBeGreaterThanOrEqual(new Set(wanted.map(([, offset]) => offset)).size);
    expect(spec.programs.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["entry", "leave", "user_entry", "user_leave", "call", "old_name"]),
    );
  });

  test("the return address of the probed function can be read", () => {
    const frame = machine.roles[1] !== undefined;
    const object = compileText(
      `${prologue(machine)}
unsigned long ip;
SEC("kprobe/a") int entered(struct pt_regs *ctx) { BPF_KPROBE_READ_RET_IP(ip, ctx); return 0; }
${frame ? `SEC("kretprobe/a") int left(struct pt_regs *ctx) { BPF_KRETPROBE_READ_RET_IP(ip, ctx); return 0; }` : ""}
`,
      [...flagsOf(machine), "-Wno-int-to-void-pointer-cast", "-Wno-int-to-pointer-cast"],
    );
    expect(readObject(object, { name: "t.bpf.o" }).programs.length).toBe(frame ? 2 : 1);
  });

  test("an argument that no register holds is refused by name", () => {
    const missing = machine.arguments.length + 1;
    if (missing > 8) return;
    const text = `${prologue(machine)} int f(struct pt_regs *ctx) { return PT_REGS_PARM${missing}(ctx); }`;
    expect(() => compileText(text, flagsOf(machine))).toThrow("__unsupported__");
  });
});

describe("without a machine", () => {
  const text = (body: string): string => `
#include <bpf/bpf_helpers.h>
struct pt_regs { unsigned long di; };
#include <bpf/bpf_tracing.h>
SEC("kprobe/a") long f(struct pt_regs *ctx) { return ${body}; }`;

  test("a program that reads no register compiles", () => {
    expect(compileText(text("0")).length).toBeGreaterThan(0);
  });

  test.each([
    "PT_REGS_PARM1(ctx)",
    "PT_REGS_IP(ctx)",
    "PT_REGS_RC_CORE(ctx)",
    "PT_REGS_PARM1_SYSCALL(ctx)",
    "PT_REGS_PARM7_CORE_SYSCALL(ctx)",
    "({ long ip; BPF_KPROBE_READ_RET_IP(ip, ctx); })",
  ])("%s says what to do", (body) => {
    expect(() => compileText(text(body))).toThrow("registers need a machine: compile with -D__TARGET_ARCH_x86");
  });
});
