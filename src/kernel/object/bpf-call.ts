import {
  bpfCmd,
  encodeStruct,
  fieldOffset,
  flags,
  type StructLayout,
  type StructValues,
} from "../../format/abi/index.ts";
import { encodeUtf8 } from "../../format/bytes/index.ts";
import type { Kernel, Reference } from "../sys/index.ts";

/** The name of a bpf(2) command. */
export type BpfCommand = Exclude<keyof typeof bpfCmd, "BPF_COMMON_ATTRS">;

/** A bpf(2) call as data: what is privileged is only to make it. */
export interface BpfCall {
  readonly command: BpfCommand;
  readonly attr: Uint8Array;
  /** Buffers whose addresses go into the attr. */
  readonly references: readonly Reference[];
}

/** Builds a call: plain fields in `values`, pointer fields in `buffers`; a buffer that is undefined stays NULL. */
export function bpfCall<L extends StructLayout>(
  command: BpfCommand,
  layout: L,
  values: StructValues<L>,
  buffers: { readonly [F in keyof L["fields"]]?: Uint8Array | undefined } = {},
): BpfCall {
  const references: Reference[] = [];
  for (const [field, buffer] of Object.entries(buffers)) {
    // An empty buffer has no address worth sending, and the kernel checks that its length is 0.
    if (buffer !== undefined && buffer.length > 0) {
      references.push({ offset: fieldOffset(layout, field), buffer });
    }
  }
  return { command, attr: encodeStruct(layout, values), references };
}

/** EAGAIN from the verifier means that a signal was pending; libbpf gives it five tries, too (RULES 48). */
export const VERIFIER_TRIES = 5;

/** Makes the call: its answer, or -errno. */
export function callBpf(kernel: Kernel, call: BpfCall): number {
  return kernel.bpf(bpfCmd[call.command], call.attr, call.references);
}

/** Makes the call in a thread of its own. */
export function callBpfAsync(kernel: Kernel, call: BpfCall): Promise<number> {
  return kernel.bpfAsync(bpfCmd[call.command], call.attr, call.references);
}

/** The flag that says that the attr's token counts: in map, program and BTF flags alike (RULES 52). */
export function tokenFlag(fd: number | undefined): number {
  return fd === undefined ? 0 : flags.BPF_F_TOKEN_FD;
}

/** UTF-8 with the NUL that the kernel looks for. */
export function cString(text: string): Uint8Array {
  return encodeUtf8(`${text}\0`);
}

/** A kernel name: letters, digits, `_` and `.`; others would be EINVAL (bpf_obj_name_cpy). At most 15 bytes (RULES 8). */
export function kernelName(name: string): string {
  return name.replace(/[^A-Za-z0-9_.]/g, "_").slice(0, 15);
}
