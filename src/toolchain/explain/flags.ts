/** What each argument of the compiler is for; the first pattern that fits explains it. */
const explanations: readonly (readonly [pattern: RegExp, text: string])[] = [
  [/^--target=bpfel$/, "code for the kernel's BPF machine, little-endian"],
  [/^--target=bpfeb$/, "code for the kernel's BPF machine, big-endian"],
  [
    /^-O2$/,
    "the verifier refuses much of what is not optimised: calls that were not inlined, wide stack use",
  ],
  [
    /^-g$/,
    "types and lines (BTF): CO-RE, typed events and the verifier's messages are made of them; DWARF is taken out",
  ],
  [/^-mcpu=v1$/, "the first instruction set, for every kernel"],
  [/^-mcpu=v2$/, "with unsigned and signed less-than jumps (Linux 4.14)"],
  [/^-mcpu=v3$/, "with 32-bit arithmetic and jumps (Linux 5.1)"],
  [/^-mcpu=v4$/, "with signed division, byte swaps, long jumps (Linux 6.6)"],
  [/^-Wall$/, "warnings"],
  [/^-Wno-missing-declarations$/, "but not for what vmlinux.h is full of: structs that declare no name"],
  [/^-D__TARGET_ARCH_/, "whose registers bpf_tracing.h reads: the traced machine is not the BPF machine"],
  [/^-D/, "a macro of this project"],
  [/^-nostdinc$/, "only the folders named here: no header of the build machine by accident"],
  [
    /^-fdebug-compilation-dir=/,
    "paths relative to the project, so that the object is the same wherever it is built",
  ],
  [/^-fdebug-prefix-map=/, "and wherever the headers and the cache lie"],
  [/^-c$/, "compile, do not link: the kernel's loader does that"],
];

/** The arguments with what each is for; folders are left out, they have a list of their own. */
export function explainFlags(parameters: readonly string[]): (readonly [flag: string, text: string])[] {
  const found = new Map<string, string>();
  for (const flag of parameters) {
    const explanation = explanations.find(([pattern]) => pattern.test(flag));
    // One of those for each folder, with its path: once, without it.
    const shown = flag.replace(/^(-f\w+-prefix-map=).*/, "$1…");
    if (explanation !== undefined) found.set(shown, explanation[1]);
  }
  return [...found];
}
