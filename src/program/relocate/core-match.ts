import { ErrorCode, TsbpfError } from "../../errors.ts";
import type { CoreRelocationKind } from "../../format/abi/index.ts";
import { resolve, sizeOf, type Btf } from "../../format/btf/index.ts";
import { fieldsAreCompatible, sameEssentialName, typesAreCompatible, type TypeIn } from "./compatible.ts";
import {
  isEnumBased,
  isFlexible,
  isTypeBased,
  LONGEST_PATH,
  requireOffset,
  type Accessor,
  type CoreSpec,
} from "./core-spec.ts";
import { typesMatch } from "./types-match.ts";

/**
 * The path in a candidate type that corresponds to the object's path (RULES 41): members by name wherever
 * anonymous structs put them, elements by index, enumerators by name. undefined: the candidate has none.
 */
export function matchCoreSpec(
  kind: CoreRelocationKind,
  local: CoreSpec,
  candidate: TypeIn,
): CoreSpec | undefined {
  const { btf, id } = candidate;
  if (isTypeBased(kind)) {
    const relation = kind === "type_matches" ? typesMatch : typesAreCompatible;
    const fits = relation({ btf: local.btf, id: local.root }, candidate);
    return fits ? { btf, root: id, accessors: [], bitOffset: 0 } : undefined;
  }
  return isEnumBased(kind) ? matchEnumerator(local, candidate) : matchField(local, candidate);
}

/** The first enumerator of that name, flavours aside; its place in the enum and its value may differ. */
function matchEnumerator(local: CoreSpec, { btf, id: root }: TypeIn): CoreSpec | undefined {
  const id = resolve(btf, root);
  const type = btf.type(id);
  if (type.kind !== "enum" && type.kind !== "enum64") return undefined;
  const wanted = local.accessors[0]?.name ?? "";
  const index = type.values.findIndex(({ name }) => sameEssentialName(wanted, name));
  const name = type.values[index]?.name;
  return name === undefined ? undefined : { btf, root, accessors: [{ type: id, index, name }], bitOffset: 0 };
}

/** Follows the local path step by step in the target; each step may take several there, through anonymous structs. */
function matchField(local: CoreSpec, { btf, id: root }: TypeIn): CoreSpec | undefined {
  const accessors: Accessor[] = [];
  let bitOffset = 0;
  let steps = 0;
  let id = resolve(btf, root);
  for (const [at, accessor] of local.accessors.entries()) {
    id = resolve(btf, id);
    if (accessor.name !== undefined) {
      const found = findMember(local.btf, accessor, btf, id);
      if (found === undefined) return undefined;
      accessors.push(found.accessor);
      bitOffset += found.bitOffset;
      steps += found.depth;
      id = found.type;
    } else {
      // The first index counts roots, as if they stood in an array; only the further ones enter one.
      if (at > 0) {
        const array = btf.type(id);
        if (array.kind !== "array") return undefined;
        if (accessor.index >= array.length && !isFlexible(btf, accessors.at(-1), array)) return undefined;
        id = resolve(btf, array.type);
      }
      accessors.push({ type: id, index: accessor.index, name: undefined });
      bitOffset += accessor.index * sizeOf(btf, id) * 8;
      steps += 1;
    }
    if (steps > LONGEST_PATH) throw tooLong();
  }
  requireOffset(bitOffset);
  return { btf, root, accessors, bitOffset };
}

interface FoundMember {
  readonly accessor: Accessor;
  /** From the start of the struct that was searched. */
  readonly bitOffset: number;
  readonly type: number;
  /** Structs entered, the member's own step included. */
  readonly depth: number;
}

/** The member with the local member's name in a target struct, anonymous members searched through. */
function findMember(localBtf: Btf, wanted: Accessor, btf: Btf, start: number): FoundMember | undefined {
  const holder = localBtf.type(wanted.type);
  const local =
    holder.kind === "struct" || holder.kind === "union" ? holder.members[wanted.index] : undefined;
  if (local === undefined) return undefined;
  // An anonymous struct that was searched in vain need not be searched again where it occurs once more.
  const searched = new Set<number>();
  const search = (id: number, bitOffset: number, depth: number): FoundMember | "mismatch" | undefined => {
    if (depth > LONGEST_PATH) throw tooLong();
    const type = btf.type(id);
    if ((type.kind !== "struct" && type.kind !== "union") || searched.has(id)) return undefined;
    searched.add(id);
    for (const [index, member] of type.members.entries()) {
      const offset = bitOffset + member.bitOffset;
      if (member.name === "") {
        const found = search(resolve(btf, member.type), offset, depth + 1);
        if (found !== undefined) return found;
      } else if (member.name === local.name) {
        // Names are unique within a struct and its anonymous members: a namesake of another kind ends the search.
        const fits = fieldsAreCompatible({ btf: localBtf, id: local.type }, { btf, id: member.type });
        if (!fits) return "mismatch";
        return {
          accessor: { type: id, index, name: member.name },
          bitOffset: offset,
          type: member.type,
          depth,
        };
      }
    }
    return undefined;
  };
  const found = search(start, 0, 1);
  return found === "mismatch" ? undefined : found;
}

function tooLong(): TsbpfError {
  return new TsbpfError(
    ErrorCode.RELOCATION,
    `expected a path of at most ${LONGEST_PATH} steps (RULES 41), found a longer one`,
  );
}
