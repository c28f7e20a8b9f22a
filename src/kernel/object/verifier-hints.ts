/** What to do about the refusals that people meet most: words of the verifier → advice. First match wins. */
const hints: readonly (readonly [RegExp, string])[] = [
  [
    /invalid mem access '(map_value_or_null|mem_or_null|ringbuf_mem_or_null|ptr_\w*or_null)/,
    "compare the pointer with NULL before using it",
  ],
  [/pointer arithmetic on \w*or_null/, "compare the pointer with NULL before using it"],
  [
    /Unreleased reference/,
    "release on every path: bpf_ringbuf_submit or bpf_ringbuf_discard after a reserve",
  ],
  [/!read_ok/, "the value is not set on every path that leads here: initialise it"],
  [
    /invalid (indirect )?(read from|access to) stack|invalid indirect access to stack/,
    "clear the whole variable first, padding included: struct x x = {}, or __builtin_memset",
  ],
  [/cannot call GPL.restricted function/, 'add: char LICENSE[] SEC("license") = "GPL"'],
  [
    /(R\d+ )?(min value is negative|unbounded memory access|unbounded variable-offset)/,
    "bound the value before using it as length or index: if (n > MAX) return 0, or n &= MASK",
  ],
  [/invalid access to map value/, "check the index against the size of the value before using it"],
  [/invalid access to packet/, "compare the pointer with data_end before reading"],
  [
    /invalid mem access '(scalar|inv)'/,
    "a pointer from the kernel is read with bpf_probe_read_kernel or BPF_CORE_READ, one from a process with bpf_probe_read_user",
  ],
  [
    /back-edge|infinite loop detected|too complex|BPF program is too large|1000001 insn/,
    "give the loop a constant bound, or use bpf_loop (Linux 5.17)",
  ],
  [
    /stack (size|depth|limit)|combined stack/,
    "the stack has 512 bytes: put large variables into a per-CPU array map",
  ],
  [/unknown func|invalid func/, "this kernel has no such helper, or not for this type of program"],
  [/program of this type cannot use helper/, "this helper is for other types of programs"],
  [/misaligned/, "read with __builtin_memcpy, or align the field"],
  [/leaks addr/, "a pointer must not be stored where user space can read it"],
  [/At program exit the register R0/, "return a value in the range that this kind of program may return"],
];

/** Advice for a reason; undefined where there is none. */
export function verifierHint(reason: string): string | undefined {
  return hints.find(([pattern]) => pattern.test(reason))?.[1];
}
