import { resolve, type Btf, type BtfComposite, type BtfEnum } from "../../format/btf/index.ts";
import { DEEPEST, isEnum, sameEssentialName, tooDeep, type TypeIn } from "./compatible.ts";

/**
 * Whether the kernel's type can do all that the object's type does: TYPE_MATCHES. Names, kinds, sizes of ints
 * and enums, lengths of arrays and the number of parameters agree, every local member has a namesake that
 * matches; behind a pointer only name and kind of a struct count, and a forward declaration stands for it.
 */
export function typesMatch(local: TypeIn, target: TypeIn): boolean {
  return new Matcher(local.btf, target.btf).match(local.id, target.id, false, DEEPEST);
}

class Matcher {
  private readonly local: Btf;
  private readonly target: Btf;
  /** Members share types: each pair is compared once. */
  private readonly known = new Map<string, boolean>();

  constructor(local: Btf, target: Btf) {
    this.local = local;
    this.target = target;
  }

  /** `level` bounds the nesting like libbpf: types that contain themselves end in an error, not in a hang. */
  match(localId: number, targetId: number, behindPointer: boolean, level: number): boolean {
    const key = `${localId}:${targetId}:${behindPointer}`;
    let answer = this.known.get(key);
    if (answer === undefined) {
      if (level <= 0) throw tooDeep();
      answer = this.compare(localId, targetId, behindPointer, level - 1);
      this.known.set(key, answer);
    }
    return answer;
  }

  private compare(localId: number, targetId: number, behindPointer: boolean, level: number): boolean {
    const left = this.local.type(resolve(this.local, localId));
    const right = this.target.type(resolve(this.target, targetId));
    // Names are compared behind typedefs; that of a root typedef matched when candidates were searched.
    if (!namesMatch(left.name, right.name)) return false;
    switch (left.kind) {
      case "void":
        return right.kind === "void";
      case "fwd":
        if (right.kind === "fwd") return left.union === right.union;
        return behindPointer && right.kind === (left.union ? "union" : "struct");
      case "enum":
      case "enum64":
        return isEnum(right.kind) && enumsMatch(left, right as BtfEnum); // isEnum does not narrow `right` itself
      case "struct":
      case "union":
        if (behindPointer) {
          if (right.kind === "fwd") return right.union === (left.kind === "union");
          return right.kind === left.kind;
        }
        return right.kind === left.kind && this.membersMatch(left, right, level);
      case "int":
        return (
          right.kind === "int" &&
          left.size === right.size &&
          (left.encoding === "signed") === (right.encoding === "signed")
        );
      case "ptr":
        return right.kind === "ptr" && this.match(left.type, right.type, true, level);
      case "array":
        return (
          right.kind === "array" &&
          left.length === right.length &&
          this.match(left.type, right.type, behindPointer, level)
        );
      case "func_proto":
        return (
          right.kind === "func_proto" &&
          left.parameters.length === right.parameters.length &&
          left.parameters.every(({ type }, index) =>
            this.match(type, right.parameters[index]?.type ?? 0, behindPointer, level),
          ) &&
          this.match(left.returnType, right.returnType, behindPointer, level)
        );
      default:
        // Floats among them: libbpf calls them unexpected here, and the answer is no.
        return false;
    }
  }

  /** The kernel may have more members, in any order and at any place. */
  private membersMatch(left: BtfComposite, right: BtfComposite, level: number): boolean {
    if (left.members.length > right.members.length) return false;
    return left.members.every((member) =>
      right.members.some(
        (other) => namesMatch(member.name, other.name) && this.match(member.type, other.type, false, level),
      ),
    );
  }
}

/** Every local enumerator has a namesake; its value does not count, the enum's size does. */
function enumsMatch(left: BtfEnum, right: BtfEnum): boolean {
  if (left.size !== right.size || left.values.length > right.values.length) return false;
  return left.values.every(({ name }) => right.values.some((other) => namesMatch(name, other.name)));
}

/** Anonymous only matches anonymous. */
function namesMatch(left: string, right: string): boolean {
  return right === "" ? left === "" : sameEssentialName(left, right);
}
