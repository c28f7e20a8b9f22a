// How tsbpf refuses the test objects that cannot be loaded on this machine.
import type { TestObject } from "../kernel-floor.js";

export interface Refusal {
  readonly code: string;
  readonly message: RegExp;
  /** Whether another kernel may take it. */
  readonly kernelDecides?: boolean;
  /** Linux before this one lacks kernel functions of the object: the reason is then another. */
  readonly since?: number;
}

const refusals: Readonly<Record<string, Refusal | "taken">> = {
  core_ambiguous: {
    kernelDecides: true,
    code: "RELOCATION",
    message: /CO-RE type_size of struct syscall_tp_t is ambiguous: .* says 24 .* says 64 /,
  },
  core_missing: {
    code: "VERIFIER",
    message:
      /core_missing\.bpf\.c:19: .*CO-RE field task_struct___future\.tsbpf_future_member: no match among 1 candidate/,
  },
  core_offset_too_big: {
    kernelDecides: true,
    code: "RELOCATION",
    message:
      /pglist_data\.node_id: .*expected an offset up to 32767, found \d+ \(read the field with bpf_core_read/,
  },
  extern_unresolved: {
    code: "RELOCATION",
    message: /defined_elsewhere: expected a definition or an extern with BTF, found neither/,
  },
  globals_constants: {
    code: "MALFORMED",
    message: /section \.rodata: expected an ELF section \.rodata with content, found \.rodata\.cst32/,
  },
  kconfig_linux_unknown: {
    code: "RELOCATION",
    message: /extern LINUX_NOT_KNOWN_YET: expected a CONFIG_… option or one of LINUX_KERNEL_VERSION/,
  },
  kconfig_missing: { code: "RELOCATION", message: /extern CONFIG_NO_SUCH_OPTION: .*__weak/ },
  kconfig_range: {
    code: "RELOCATION",
    message: /extern CONFIG_PHYSICAL_START: expected a value of unsigned 8 bits, found \d+/,
  },
  kconfig_wrong_type: {
    code: "RELOCATION",
    message: /extern CONFIG_BPF_SYSCALL: expected a bool, .* to take "y", found string/,
  },
  kfunc_forward: {
    since: 6.18,
    code: "RELOCATION",
    message: /kernel function bpf_cpumask_create: the object declares another type than vmlinux has/,
  },
  kfunc_missing: {
    code: "RELOCATION",
    message: /kernel function bpf_tsbpf_no_such_function: not in the BTF of vmlinux or a module/,
  },
  ksyms_missing: {
    code: "RELOCATION",
    message: /extern tsbpf_no_such_symbol: expected a kernel symbol of this name, found none/,
  },
  ksyms_typed: {
    kernelDecides: true,
    code: "VERIFIER",
    message: /program "use": .*failed to find the address for kernel symbol 'runqueues'/,
  },
  ksyms_typed_mismatch: {
    code: "RELOCATION",
    message: /kernel variable runqueues: the object declares another type than vmlinux has/,
  },
  license_not_gpl: {
    code: "VERIFIER",
    message: /license_not_gpl\.bpf\.c:9: .*GPL-restricted function .*\(add: char LICENSE/,
  },
  map_inner_pinned: { code: "MALFORMED", message: /map "outer": .*inner map without pinning/ },
  map_kernel_pointers: {
    since: 6.18,
    code: "VERIFIER",
    message: /map_kernel_pointers\.bpf\.c:83: .*R1 has no valid kptr/,
  },
  // Legacy map definitions are data that can be understood, so they are.
  map_legacy: "taken",
  map_pinning_unknown: {
    code: "MALFORMED",
    message: /map "map": field pinning: expected 0 or LIBBPF_PIN_BY_NAME \(1\), found 2/,
  },
  map_ringbuf_zero: {
    code: "SYSCALL",
    message: /map "unsized": bpf\(BPF_MAP_CREATE\): EINVAL: .*how many entries.*0 entries/,
  },
  map_size_conflict: {
    code: "MALFORMED",
    message: /map "conflicting": field key_size: expected size 4, .*found 8/,
  },
  map_static: {
    code: "UNSUPPORTED",
    message: /map "concealed": expected a global variable, found a static one \(remove `static`\)/,
  },
  map_two_levels: {
    code: "UNSUPPORTED",
    message: /map "outer": .*expected one level of inner maps, found two/,
  },
  map_unknown_field: {
    code: "UNSUPPORTED",
    message: /map "painted": field colour: expected a field that map definitions have/,
  },
  map_values_not_last: {
    code: "MALFORMED",
    message: /map "outer": field values: expected values as the last field/,
  },
  sections_newer: {
    kernelDecides: true,
    code: "VERIFIER",
    message: /program "p_tracepoint_s": .*programs can be sleepable/,
  },
  sections_unknown: {
    code: "UNSUPPORTED",
    message:
      /program "old_style": section "classifier\/ingress" does not say what type .*\(write SEC\("classifier"\)\)/,
  },
  static_entry: {
    code: "UNSUPPORTED",
    message: /function "entry": expected a global function in section socket, found a static one/,
  },
  struct_ops_reuse: { code: "ARGUMENT", message: /member "undo_cwnd": program "shared" is in two members/ },
  struct_ops_unreferenced: {
    code: "ARGUMENT",
    message: /program "lonely": no struct_ops variable that is created refers to this program/,
  },
  subprogs_in_section: {
    code: "RELOCATION",
    message: /reference to inner: expected a function in section \.text, found one in socket/,
  },
  tracing_args_arm64: {
    code: "VERIFIER",
    message: /program "entered": .*the kernel has no struct user_pt_regs/,
  },
  version_malformed: { code: "MALFORMED", message: /expected 4 bytes in section version, found 8/ },
};

const foreign: Refusal = {
  code: "UNSUPPORTED",
  message: /expected a little-endian object, found a big-endian one \(compile with --target=bpfel\)/,
};

/** What is to become of an object that is not to be loaded; "taken": tsbpf takes it although libbpf does not. */
export function refusalOf(object: TestObject): Refusal | "taken" {
  if (object.endian === "big") return foreign;
  const refusal = refusals[object.name];
  if (refusal === undefined)
    throw new Error(`test/kernel/differential/refusals.ts: no row for ${object.name}`);
  return refusal;
}
