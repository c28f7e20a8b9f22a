import { ErrorCode, TsbpfError } from "../../errors.ts";
import type { CoreRelocationKind } from "../../format/abi/index.ts";
import { resolve, sizeOf, type Btf, type BtfArray } from "../../format/btf/index.ts";
import type { CoreRelocation } from "../spec/index.ts";
import { isComposite, isEnum } from "./compatible.ts";

/** A turning point of an access path: a named member, an index, or an enumerator. */
export interface Accessor {
  /** The struct that has the member, the element type behind the index, or the enum; no modifier, no typedef. */
  readonly type: number;
  /** Number of the member, of the element or of the enumerator. */
  readonly index: number;
  /** undefined for an index. */
  readonly name: string | undefined;
}

/** An access path in one BTF: what a CO-RE relocation asks for, or what a kernel offers for it. */
export interface CoreSpec {
  readonly btf: Btf;
  readonly root: number;
  readonly accessors: readonly Accessor[];
  /** Of the whole path, from the start of the root. */
  readonly bitOffset: number;
}

/** BPF_CORE_SPEC_MAX_LEN (RULES 41). */
export const LONGEST_PATH = 64;

const typeKinds: ReadonlySet<CoreRelocationKind> = new Set([
  "type_id_local",
  "type_id_target",
  "type_exists",
  "type_size",
  "type_matches",
]);

/** Whether a relocation asks about a whole type. */
export function isTypeBased(kind: CoreRelocationKind): boolean {
  return typeKinds.has(kind);
}

/** Whether a relocation asks about an enumerator. */
export function isEnumBased(kind: CoreRelocationKind): boolean {
  return kind === "enumval_exists" || kind === "enumval_value";
}

/** The access path of a relocation in the object's own types. A path that leaves them is a RELOCATION error. */
export function parseCoreSpec(btf: Btf, relocation: CoreRelocation): CoreSpec {
  const { access, kind, type: root } = relocation;
  if (isTypeBased(kind)) {
    if (access !== "0") throw malformed(relocation, 'the access string "0" (RULES 44)', `"${access}"`);
    return { btf, root, accessors: [], bitOffset: 0 };
  }
  const path = parseAccess(relocation);
  const first = path[0] ?? 0;
  const id = resolve(btf, root);
  if (isEnumBased(kind)) {
    const type = btf.type(id);
    if (type.kind !== "enum" && type.kind !== "enum64") throw malformed(relocation, "an enum", type.kind);
    const value = type.values[first];
    if (path.length !== 1 || value === undefined) {
      throw malformed(relocation, `one index below ${type.values.length} (RULES 44)`, `"${access}"`);
    }
    return { btf, root, accessors: [{ type: id, index: first, name: value.name }], bitOffset: 0 };
  }
  return walk(btf, relocation, id, path);
}

function walk(btf: Btf, relocation: CoreRelocation, start: number, path: readonly number[]): CoreSpec {
  const first = path[0] ?? 0;
  const accessors: Accessor[] = [{ type: start, index: first, name: undefined }];
  let bitOffset = first * sizeOf(btf, start) * 8;
  let id = start;
  for (const index of path.slice(1)) {
    id = resolve(btf, id);
    const type = btf.type(id);
    if (type.kind === "struct" || type.kind === "union") {
      const member = type.members[index];
      if (member === undefined) {
        throw malformed(
          relocation,
          `a member below ${type.members.length} of ${type.kind} ${type.name}`,
          `${index}`,
        );
      }
      bitOffset += member.bitOffset;
      // Anonymous members are steps, not turning points: the kernel may nest otherwise.
      if (member.name !== "") accessors.push({ type: id, index, name: member.name });
      id = member.type;
    } else if (type.kind === "array") {
      if (index >= type.length && !isFlexible(btf, accessors.at(-1), type)) {
        throw malformed(relocation, `an element below ${type.length}`, `${index}`);
      }
      id = resolve(btf, type.type);
      accessors.push({ type: id, index, name: undefined });
      bitOffset += index * sizeOf(btf, id) * 8;
    } else {
      throw malformed(relocation, "a struct, a union or an array on the way", `${type.kind} ${type.name}`);
    }
  }
  requireOffset(bitOffset);
  return { btf, root: relocation.type, accessors, bitOffset };
}

/** `0:1:2` as numbers. */
function parseAccess(relocation: CoreRelocation): number[] {
  const { access } = relocation;
  if (!/^\d{1,10}(:\d{1,10})*$/.test(access)) {
    throw malformed(relocation, 'an access string such as "0:1:2"', `"${access.slice(0, 80)}"`);
  }
  const path = access.split(":").map(Number);
  if (path.length > LONGEST_PATH)
    throw malformed(relocation, `at most ${LONGEST_PATH} steps`, `${path.length}`);
  return path;
}

/** Whether an array may be indexed beyond its length: the last member of a struct with no elements (RULES 41). */
export function isFlexible(btf: Btf, holder: Accessor | undefined, array: BtfArray): boolean {
  if (holder?.name === undefined || array.length > 0) return false;
  const type = btf.type(holder.type);
  return isComposite(type.kind) && "members" in type && holder.index === type.members.length - 1;
}

/** Bit offsets are 32 bits wide in libbpf, and no kernel struct is larger. */
export function requireOffset(bitOffset: number): void {
  if (bitOffset < 2 ** 32) return;
  throw new TsbpfError(ErrorCode.RELOCATION, `expected a field below 512 MiB, found one at bit ${bitOffset}`);
}

function malformed(relocation: CoreRelocation, expected: string, found: string): TsbpfError {
  return new TsbpfError(
    ErrorCode.RELOCATION,
    `CO-RE ${relocation.kind} of type ${relocation.type}: expected ${expected}, found ${found}`,
  );
}

/**
 * A path in C: `struct task_struct.cred.uid`, `struct bio.bi_io_vec[2].bv_len`, `enum bpf_func_id::BPF_FUNC_x`.
 * The first index is only shown where it is not 0.
 */
export function formatCoreSpec(spec: CoreSpec): string {
  return `${typeWords(spec)}${formatPath(spec)}`;
}

/** The path without the kind of its root: `task_struct.comm`. */
export function formatField(spec: CoreSpec): string {
  return `${spec.btf.name(spec.root) || "(anonymous)"}${formatPath(spec)}`;
}

/** `struct task_struct`, `typedef u64`. */
export function typeWords({ btf, root }: Pick<CoreSpec, "btf" | "root">): string {
  return `${btf.kind(root)} ${btf.name(root) || "(anonymous)"}`;
}

function formatPath({ btf, root, accessors }: CoreSpec): string {
  if (isEnum(btf.kind(resolve(btf, root)))) return accessors.map(({ name }) => `::${name ?? ""}`).join("");
  return accessors
    .map(({ name, index }, at) => (name !== undefined ? `.${name}` : at > 0 || index > 0 ? `[${index}]` : ""))
    .join("");
}
