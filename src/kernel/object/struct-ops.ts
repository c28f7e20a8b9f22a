import { argumentError, ErrorCode, FeatureError, TsbpfError, within } from "../../errors.ts";
import { flags as bpfFlags, hostIsLittleEndian } from "../../format/abi/index.ts";
import {
  essentialName,
  resolve,
  sizeOf,
  type Btf,
  type BtfComposite,
  type BtfMember,
} from "../../format/btf/index.ts";
import type { MapSpec } from "../../program/spec/index.ts";
import type { MapCreation } from "./attr-map.ts";
import { kernelName } from "./bpf-call.ts";
import type { LoadContext } from "./load-context.ts";
import type { StructOpsLayout } from "./struct-ops-layout.ts";

/** Finds the kernel's struct by name and carries the members over by theirs: the two may be laid out differently. */
export function layOutStructOps(
  context: Pick<LoadContext, "spec" | "machine" | "host">,
  spec: MapSpec,
): StructOpsLayout {
  const own = context.spec.btf;
  const kernel = context.machine.btf;
  const local = own === undefined || spec.structOps === undefined ? undefined : own.type(spec.structOps.type);
  if (own === undefined || spec.structOps === undefined || local?.kind !== "struct") {
    throw new TsbpfError(ErrorCode.RELOCATION, "expected a struct in the object's BTF, found none");
  }
  const name = essentialName(local.name);
  const structType = kernel?.find(name, "struct");
  const valueType = kernel?.find(`bpf_struct_ops_${name}`, "struct");
  if (kernel === undefined || structType === undefined || valueType === undefined) {
    throw new FeatureError(`struct_ops "${name}"`, "5.6", context.host.release);
  }
  const struct = composite(kernel, structType);
  const wrapper = composite(kernel, valueType);
  const data = wrapper.members.find((member) => resolve(kernel, member.type) === structType);
  if (data === undefined)
    throw new TsbpfError(ErrorCode.RELOCATION, `expected a ${name} in bpf_struct_ops_${name}`);

  const value = new Uint8Array(wrapper.size);
  const programs = new Map<string, { offset: number; member: number }>();
  const contents = spec.contents ?? new Uint8Array(local.size);
  for (const member of local.members) {
    const start = member.bitOffset / 8;
    const size = sizeOf(own, member.type);
    const bytes = contents.subarray(start, start + size);
    const program = spec.structOps.programs.find(({ offset }) => offset === start)?.program;
    within(`member "${member.name}"`, () => {
      const index = struct.members.findIndex(({ name }) => name === member.name);
      const target = struct.members[index];
      if (target === undefined) {
        if (program === undefined && bytes.every((byte) => byte === 0)) return;
        throw new TsbpfError(ErrorCode.RELOCATION, `this kernel's ${name} has no such member`);
      }
      const offset = (data.bitOffset + target.bitOffset) / 8;
      if (program !== undefined) {
        // A program is loaded for one member: the kernel knows its arguments by it.
        if (programs.has(program)) {
          throw argumentError(
            `program "${program}" is in two members`,
            "give each member a program of its own",
          );
        }
        programs.set(program, { offset, member: index });
      } else copyMember(kernel, target, bytes, value, offset);
    });
  }
  return { structType, valueType, value, programs, link: spec.structOps.link };
}

function composite(btf: Btf, id: number): BtfComposite {
  const type = btf.type(id);
  if (type.kind === "struct") return type;
  throw new TsbpfError(ErrorCode.RELOCATION, `expected a struct, found ${type.kind}`);
}

/** Plain data must have the size that the kernel's member has; zeros fit everywhere. */
function copyMember(
  kernel: Btf,
  target: BtfMember,
  bytes: Uint8Array,
  value: Uint8Array,
  offset: number,
): void {
  if (bytes.every((byte) => byte === 0)) return;
  const size = sizeOf(kernel, target.type);
  if (size !== bytes.length || target.bitSize !== 0) {
    throw new TsbpfError(
      ErrorCode.RELOCATION,
      `expected ${size} bytes as in this kernel, found ${bytes.length}`,
    );
  }
  value.set(bytes, offset);
}

/** The call that creates the map: its value is the kernel's type, not the object's (RULES 15). */
export function planStructOps(context: LoadContext, spec: MapSpec): MapCreation {
  const layout = requireLayout(context, spec.name);
  return {
    type: "struct_ops",
    name: kernelName(spec.kernelName),
    keySize: 4,
    valueSize: layout.value.length,
    maxEntries: 1,
    flags: spec.flags | (layout.link ? bpfFlags.BPF_F_LINK : 0),
    mapExtra: 0n,
    innerMapFd: 0,
    numaNode: 0,
    // The kernel looks for some BTF object before it looks at the type in its own.
    btfFd: context.btfFd,
    keyType: 0,
    valueType: 0,
    kernelValueType: layout.valueType,
    valueTypeBtfFd: 0,
  };
}

export function requireLayout(context: Pick<LoadContext, "structOps">, map: string): StructOpsLayout {
  const layout = context.structOps.get(map);
  if (layout === undefined) throw new TsbpfError(ErrorCode.ARGUMENT, `map "${map}" is no struct_ops`);
  return layout;
}

/** Writes a loaded program's fd where the kernel expects a function pointer. */
export function putProgram(layout: StructOpsLayout, program: string, fd: number): void {
  const place = layout.programs.get(program);
  if (place === undefined) return;
  new DataView(layout.value.buffer).setBigUint64(place.offset, BigInt(fd), hostIsLittleEndian);
}
