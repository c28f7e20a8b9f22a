import type { CNames } from "./c-names.ts";
import type { DeclarationWriter } from "./c-order.ts";
import type { CText } from "./c-text.ts";
import { KIND_DECL_TAG, KIND_FUNC } from "./kind-numbers.ts";
import type { Records } from "./records.ts";

const WHOLE_DECLARATION = 0xffffffff;

/** What declarations of kfuncs use; `bpf_helpers.h` defines the first two with the same text. */
export const KFUNC_MACROS = `#ifndef __ksym
#define __ksym __attribute__((section(".ksyms")))
#endif
#ifndef __weak
#define __weak __attribute__((weak))
#endif
#ifndef __bpf_fastcall
#if __has_attribute(bpf_fastcall)
#define __bpf_fastcall __attribute__((bpf_fastcall))
#else
#define __bpf_fastcall
#endif
#endif

`;

/** Kernel functions that BPF programs may call: ids by name, in the order of the names. */
export interface Kfuncs {
  readonly ids: ReadonlyMap<string, number>;
  /** Those that spare the registers which the calling convention gives away. */
  readonly fast: ReadonlySet<number>;
}

/**
 * Finds the functions that pahole 1.27 and later tag as `bpf_kfunc` (Linux 6.10 with it; kernels built with an older
 * one do not say which functions these are).
 */
export function findKfuncs(records: Records): Kfuncs {
  const found = new Map<string, number>();
  const fast = new Set<number>();
  for (let id = 1; id < records.endId; id++) {
    if (records.kind(id) !== KIND_DECL_TAG) continue;
    const start = records.start(id);
    const target = records.word(start + 2);
    if (records.word(start + 3) !== WHOLE_DECLARATION || records.kind(target) !== KIND_FUNC) continue;
    const tag = records.nameOf(id);
    if (records.isNamed(tag, "bpf_kfunc")) {
      const name = records.btf.name(target);
      if (!found.has(name)) found.set(name, target);
    } else if (records.isNamed(tag, "bpf_fastcall")) {
      fast.add(target);
    }
  }
  return { ids: new Map([...found].sort(([left], [right]) => (left < right ? -1 : 1))), fast };
}

/** Declares kfuncs as `extern … __weak __ksym`, with what their prototypes mention. */
export function writeKfuncs(
  { ids, fast }: Kfuncs,
  records: Records,
  names: CNames,
  writer: DeclarationWriter,
  text: CText,
): void {
  if (ids.size === 0) return;
  const prototype = (id: number): number => records.word(records.start(id) + 2);
  for (const id of ids.values()) writer.prepare(prototype(id));
  text.ascii("#ifndef BPF_NO_KFUNC_PROTOTYPES\n");
  for (const id of ids.values()) {
    text.subject = id;
    text.ascii(fast.has(id) ? "extern __bpf_fastcall " : "extern ");
    writer.bodies.declarator.declare(prototype(id), names.function(id));
    text.ascii(" __weak __ksym;\n");
  }
  text.ascii("#endif\n\n");
}
