import { MalformedError } from "../../errors.ts";
import { essentialName, resolve, type Btf, type BtfKind, type BtfType } from "../../format/btf/index.ts";

/**
 * When a type of the object and a type of the kernel count as "the same" for relocation. Three relations,
 * each with its purpose in libbpf (relo_core.c): fields (is this member the one that was meant), types
 * (TYPE_EXISTS and friends, typed ksyms, kfuncs) and, in types-match.ts, TYPE_MATCHES.
 */

/** A type in its BTF. */
export interface TypeIn {
  readonly btf: Btf;
  readonly id: number;
}

/** libbpf's depth of nesting, beyond which it gives up with an error. */
export const DEEPEST = 32;

/** Whether a type of one kind can stand for one of the other (RULES 38): enums of both widths are one kind. */
export function kindsAreCompatible(left: BtfKind, right: BtfKind): boolean {
  return left === right || (isEnum(left) && isEnum(right));
}

export function isEnum(kind: BtfKind): kind is "enum" | "enum64" {
  return kind === "enum" || kind === "enum64";
}

/** Whether two names are equal without their flavour suffixes (RULES 37). */
export function sameEssentialName(left: string, right: string): boolean {
  return left === right || essentialName(left) === essentialName(right);
}

/** Whether a member of the kernel's type can be the member that the object means (RULES 41). */
export function fieldsAreCompatible(local: TypeIn, target: TypeIn): boolean {
  let [here, there] = [stripped(local), stripped(target)];
  // Arrays compare by their elements; an array that nests without end is damage.
  for (let depth = 0; depth < DEEPEST; depth++) {
    const [left, right] = [here.type, there.type];
    if (isComposite(left.kind) && isComposite(right.kind)) return true;
    if (!kindsAreCompatible(left.kind, right.kind)) return false;
    switch (left.kind) {
      case "ptr":
      case "float":
        return true;
      case "fwd":
      case "enum":
      case "enum64":
        return left.name === "" || right.name === "" || sameEssentialName(left.name, right.name);
      case "int":
        return left.offset === 0 && right.kind === "int" && right.offset === 0;
      case "array":
        if (right.kind !== "array") return false;
        [here, there] = [stripped(local, left.type), stripped(target, right.type)];
        break;
      default:
        return false;
    }
  }
  throw tooDeep();
}

/**
 * Whether two types are compatible below a name that already matched: kinds all the way down, but neither names
 * nor sizes (RULES 28, 40). Pointers and arrays lead on; structs, unions and enums end the comparison.
 */
export function typesAreCompatible(local: TypeIn, target: TypeIn): boolean {
  // libbpf tests the kinds of the roots before it looks behind typedefs.
  if (!kindsAreCompatible(local.btf.kind(local.id), target.btf.kind(target.id))) return false;
  return new Comparison(local.btf, target.btf).compatible(local.id, target.id, DEEPEST);
}

class Comparison {
  private readonly local: Btf;
  private readonly target: Btf;
  /** Prototypes share parameter types: without this a damaged BTF could make the work exponential. */
  private readonly known = new Map<string, boolean>();

  constructor(local: Btf, target: Btf) {
    this.local = local;
    this.target = target;
  }

  compatible(localId: number, targetId: number, level: number): boolean {
    const key = `${localId}:${targetId}`;
    let answer = this.known.get(key);
    if (answer === undefined) {
      if (level < 0) throw tooDeep();
      answer = this.compare(localId, targetId, level);
      this.known.set(key, answer);
    }
    return answer;
  }

  private compare(localId: number, targetId: number, level: number): boolean {
    const left = this.local.type(resolve(this.local, localId));
    const right = this.target.type(resolve(this.target, targetId));
    if (!kindsAreCompatible(left.kind, right.kind)) return false;
    switch (left.kind) {
      case "void":
      case "struct":
      case "union":
      case "enum":
      case "enum64":
      case "fwd":
        return true;
      case "int":
        // Bit offsets are how compilers before kind_flag wrote bitfields: no type of a variable.
        return right.kind === "int" && left.offset === 0 && right.offset === 0;
      case "ptr":
      case "array":
        return right.kind === left.kind && this.compatible(left.type, right.type, level - 1);
      case "func_proto":
        return (
          right.kind === "func_proto" &&
          left.parameters.length === right.parameters.length &&
          left.parameters.every(({ type }, index) =>
            this.compatible(type, right.parameters[index]?.type ?? 0, level - 1),
          ) &&
          this.compatible(left.returnType, right.returnType, level - 1)
        );
      default:
        return false;
    }
  }
}

export function isComposite(kind: BtfKind): kind is "struct" | "union" {
  return kind === "struct" || kind === "union";
}

/** A type nested deeper than libbpf follows. */
export function tooDeep(): MalformedError {
  return new MalformedError(`types nested at most ${DEEPEST} levels`, "deeper ones");
}

/** The type behind modifiers and typedefs, of `id` or of another id in the same BTF. */
function stripped(place: TypeIn, id: number = place.id): { readonly type: BtfType } {
  return { type: place.btf.type(resolve(place.btf, id)) };
}
