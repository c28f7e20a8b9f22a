// Where tsbpf means to differ from libbpf, each with the reason. docs/architecture.md tells users.
import type { Difference } from "./compare.js";

interface Exception {
  /** Names of test objects. */
  readonly objects: RegExp;
  readonly place: RegExp;
  readonly field: RegExp;
  readonly reason: string;
}

const exceptions: readonly Exception[] = [
  {
    objects: /^(kconfig_types|tracing_args|headers_tracing|probes)$/,
    place: /^map "\.kconfig"$/,
    field: /^value$/,
    reason:
      "LINUX_HAS_SYSCALL_WRAPPER: libbpf opens a kprobe to find out, which answers no where kprobes are not built; tsbpf reads /proc/kallsyms",
  },
  {
    // the same, where it decides which code is live
    objects: /^(tracing_args|headers_tracing|probes)$/,
    place: /^program "(killing|mapping|closing|call_entry)"$/,
    field: /^(xlatedLength|lines|verifiedInstructions|code|lineInfo)$/,
    reason: "LINUX_HAS_SYSCALL_WRAPPER is a constant of the verifier: other code is dead",
  },
  {
    objects: /^(headers_usdt|usdt_any|usdt_test)$/,
    place: /^program /,
    field: /^code$/,
    reason:
      "loaded for one link to all places (Linux 6.6), which libbpf does from 1.3 on: the address of bpf_get_attach_cookie is that of such links",
  },
  {
    objects: /^map_arena$/,
    place: /^map "arena"$/,
    field: /^mapExtra$/,
    reason: "the address at which user space sees an arena: JavaScript has none, the kernel may choose",
  },
  {
    objects: /^map_arena$/,
    place: /^program "touch"$/,
    field: /^code$/,
    reason: "holds the address of the arena",
  },
];

/** Whether the table has a row for this difference. */
export function isExpected(object: string, difference: Difference): boolean {
  return exceptions.some(
    ({ objects, place, field }) =>
      objects.test(object) && place.test(difference.place) && field.test(difference.field),
  );
}
