import { essentialName, findCandidates, type Btf, type BtfKind } from "../../format/btf/index.ts";
import { kindsAreCompatible, type TypeIn } from "./compatible.ts";
import type { Machine, ModuleBtf } from "./types.ts";

/** A type of the kernel that may be meant by a type of the object. */
export interface Candidate extends TypeIn {
  /** undefined: vmlinux. */
  readonly module: ModuleBtf | undefined;
}

/**
 * The candidates of all root types of an object, found in one pass over the kernel's names: same name without
 * flavour, compatible kind (RULES 38). The kind is compared before anything is sized: a function that shares
 * its name with a struct has no size. Modules are asked only for roots that vmlinux does not know, and never
 * beside a BTF that the user gave.
 */
export function findAllCandidates(
  local: Btf,
  roots: Iterable<number>,
  machine: Machine,
): Map<number, Candidate[]> {
  const found = new Map<number, Candidate[]>();
  const wanted = [...new Set(roots)].filter((root) => local.name(root) !== "");
  if (wanted.length === 0 || machine.btf === undefined) return found;
  search(local, wanted, machine.btf, undefined, found);
  const missing = wanted.filter((root) => !found.has(root));
  if (missing.length > 0 && !machine.customBtf) {
    for (const module of machine.modules()) search(local, missing, module.btf, module, found);
  }
  return found;
}

function search(
  local: Btf,
  roots: readonly number[],
  btf: Btf,
  module: ModuleBtf | undefined,
  found: Map<number, Candidate[]>,
): void {
  const names = new Set(roots.map((root) => essentialName(local.name(root))));
  const byName = findCandidates(btf, names, searchedKinds(local, roots));
  for (const root of roots) {
    const kind = local.kind(root);
    const ids = byName.get(essentialName(local.name(root))) ?? [];
    const own = ids.filter((id) => {
      // A module's BTF also answers for its base, which was asked before.
      const belongs = module === undefined || id >= btf.firstId;
      return belongs && kindsAreCompatible(kind, btf.kind(id));
    });
    if (own.length === 0) continue;
    const candidates = own.map((id) => ({ btf, id, module }));
    found.set(root, [...(found.get(root) ?? []), ...candidates]);
  }
}

function searchedKinds(local: Btf, roots: readonly number[]): BtfKind[] {
  const kinds = new Set(roots.map((root) => local.kind(root)));
  if (kinds.has("enum") || kinds.has("enum64")) kinds.add("enum").add("enum64");
  return [...kinds];
}
