import type { ProgramType } from "../../format/abi/index.ts";
import { resolve, type Btf, type BtfFunctionPrototype } from "../../format/btf/index.ts";
import type { BtfEditor } from "./btf-editor.ts";
import type { PreparedProgram } from "./types.ts";

/** The name of a program type's context struct in its C prototype (bpf_ctx_convert, kernel/bpf/btf.c). */
const contexts: { readonly [T in ProgramType]?: string } = {
  cgroup_device: "bpf_cgroup_dev_ctx",
  cgroup_skb: "__sk_buff",
  cgroup_sock: "bpf_sock",
  cgroup_sock_addr: "bpf_sock_addr",
  cgroup_sockopt: "bpf_sockopt",
  cgroup_sysctl: "bpf_sysctl",
  flow_dissector: "__sk_buff",
  kprobe: "bpf_user_pt_regs_t",
  lwt_in: "__sk_buff",
  lwt_out: "__sk_buff",
  lwt_seg6local: "__sk_buff",
  lwt_xmit: "__sk_buff",
  netfilter: "bpf_nf_ctx",
  perf_event: "bpf_perf_event_data",
  raw_tracepoint: "bpf_raw_tracepoint_args",
  raw_tracepoint_writable: "bpf_raw_tracepoint_args",
  sched_act: "__sk_buff",
  sched_cls: "__sk_buff",
  sk_lookup: "bpf_sk_lookup",
  sk_msg: "sk_msg_md",
  sk_reuseport: "sk_reuseport_md",
  sk_skb: "__sk_buff",
  sock_ops: "bpf_sock_ops",
  socket_filter: "__sk_buff",
  xdp: "xdp_md",
};
/** What architectures call the registers that `bpf_user_pt_regs_t` stands for. */
const registers: ReadonlySet<string> = new Set(["pt_regs", "user_pt_regs", "user_regs_struct"]);
const TAG = "arg:ctx";
const GLOBAL = 1;

/** A parameter of a global function that is tagged as the program's context. */
export interface ContextArgument {
  /** Id of the function. */
  readonly function: number;
  /** Number of the parameter. */
  readonly parameter: number;
}

/** All parameters that `__arg_ctx` marks, by their tags in the object. */
export function findContextArguments(btf: Btf): ContextArgument[] {
  const found: ContextArgument[] = [];
  for (let id = btf.firstId; id < btf.endId; id++) {
    if (btf.kind(id) !== "decl_tag" || btf.name(id) !== TAG) continue;
    const tag = btf.type(id);
    const target = tag.kind === "decl_tag" ? btf.type(tag.type) : undefined;
    if (tag.kind !== "decl_tag" || target?.kind !== "func" || target.linkage !== "global") continue;
    const prototype = btf.type(target.type);
    if (prototype.kind !== "func_proto" || tag.component < 0) continue;
    if (tag.component < prototype.parameters.length)
      found.push({ function: tag.type, parameter: tag.component });
  }
  return found;
}

/**
 * Function info of a program with prototypes that name the context type, for kernels before 6.8, whose verifier
 * does not know the tag and takes a global function's parameter for the context by its type's name alone. The
 * functions are cloned into the object's BTF, for programs of another type call them too.
 */
export function nameContextTypes(
  editor: BtfEditor,
  found: readonly ContextArgument[],
  program: PreparedProgram,
): PreparedProgram["functions"] {
  const context = contexts[program.spec.type];
  if (context === undefined) return program.functions;
  let pointer: number | undefined;
  return program.functions.map((record) => {
    const wanted = found.filter(
      ({ function: id, parameter }) =>
        id === record.type && mustRename(editor.btf, program.spec.type, context, id, parameter),
    );
    const prototype = prototypeOf(editor.btf, record.type);
    if (wanted.length === 0 || prototype === undefined) return record;
    pointer ??= editor.addType("ptr", 0, 0, [editor.addType("struct", context, 0, [0])]);
    const words = parameterWords(editor, record.type, prototype);
    for (const { parameter } of wanted) words[parameter * 2 + 1] = pointer;
    const clone = editor.addType("func_proto", 0, prototype.parameters.length, [
      prototype.returnType,
      ...words,
    ]);
    const type = editor.addType("func", editor.nameOffset(record.type), GLOBAL, [clone]);
    return { ...record, type };
  });
}

function prototypeOf(btf: Btf, id: number): BtfFunctionPrototype | undefined {
  const target = btf.type(id);
  const prototype = target.kind === "func" ? btf.type(target.type) : undefined;
  return prototype?.kind === "func_proto" ? prototype : undefined;
}

/** Name offset and type of each parameter, as they are. */
function parameterWords(editor: BtfEditor, id: number, prototype: BtfFunctionPrototype): number[] {
  const target = editor.btf.type(id);
  const record = target.kind === "func" ? editor.types[target.type - editor.btf.firstId] : undefined;
  const places = record === undefined ? [] : editor.elements(record);
  return prototype.parameters.flatMap(({ type }, index) => [editor.u32(places[index] ?? 0), type]);
}

/** Whether the declared type is one that means the context but does not say so: `void *`, the registers, `u64 *`. */
function mustRename(btf: Btf, program: ProgramType, context: string, id: number, parameter: number): boolean {
  const declared = prototypeOf(btf, id)?.parameters[parameter]?.type ?? 0;
  const pointer = btf.type(resolve(btf, declared));
  if (pointer.kind !== "ptr") return false;
  const target = btf.type(resolve(btf, pointer.type));
  if (target.kind === "void") return true;
  if (target.kind === "struct" && target.name === context) return false;
  if (program === "kprobe" || program === "perf_event") {
    return target.kind === "struct" && registers.has(target.name);
  }
  const raw = program === "raw_tracepoint" || program === "raw_tracepoint_writable";
  return raw && target.kind === "int" && target.size === 8;
}
