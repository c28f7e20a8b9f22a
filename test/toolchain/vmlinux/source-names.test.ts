import { expect, test } from "vitest";
import { quotedNames, sourceNames } from "../../../src/toolchain/vmlinux/source-names.ts";

test("tags and words of a source; of BPF headers only words", () => {
  const text = [
    '# 1 "a.bpf.c"',
    '# 1 "/headers/bpf/bpf_helper_defs.h" 1 3',
    "struct far_away; static long (*helper)(struct far_away *p, __u32 size);",
    '# 7 "a.bpf.c" 2',
    "struct task *t; union __attribute__((packed)) either e; enum color c = RED;",
    '__attribute__((section("iter/struct file"))) pid_t x;',
  ].join("\n");
  const { tags, words } = sourceNames(text, (file) => file.startsWith("/headers/"));
  expect([...tags]).toEqual(["task", "either", "color", "file"]);
  expect([...words]).toEqual(expect.arrayContaining(["__u32", "RED", "pid_t", "helper"]));
});

test.each([
  ["incomplete definition of type 'struct mm_struct'", ["mm_struct"], []],
  ["incomplete definition of type 'mm_t' (aka 'struct mm_struct')", ["mm_struct"], ["mm_t"]],
  ["unknown type name 'u32'; did you mean '__u32'?", [], ["u32", "__u32"]],
  ["call to undeclared function 'bpf_task_acquire'; ISO C99", [], ["bpf_task_acquire"]],
  ["expected ';'", [], []],
])("%s", (message, tags, words) => {
  const names = quotedNames([message]);
  expect([...names.tags]).toEqual(tags);
  expect([...names.words]).toEqual(words);
});
