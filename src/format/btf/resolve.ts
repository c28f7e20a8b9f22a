import { MalformedError } from "../../errors.ts";
import type { Btf, BtfKind } from "./types.ts";

/**
 * Longest chain of references followed. The kernel refuses more than 32 (MAX_RESOLVE_DEPTH, kernel/bpf/btf.c);
 * a chain that is longer than this is a loop.
 */
export const DEEPEST = 64;
/** Bytes of a pointer: BPF has 64-bit pointers whatever the host. */
export const POINTER_SIZE = 8;

/** The id behind `const`, `volatile`, `restrict` and type tags. MALFORMED if the chain does not end. */
export function skipModifiers(btf: Btf, id: number): number {
  return follow(btf, id, false);
}

/** The id behind modifiers and typedefs. MALFORMED if the chain does not end. */
export function resolve(btf: Btf, id: number): number {
  return follow(btf, id, true);
}

function follow(btf: Btf, id: number, typedefs: boolean): number {
  let at = id;
  for (let depth = 0; depth < DEEPEST; depth++) {
    // By the kind alone: the type at the end of the chain need not be decoded.
    if (!isAlias(btf.kind(at), typedefs)) return at;
    const type = btf.type(at);
    if ("type" in type) at = type.type;
  }
  throw endless(id);
}

function isAlias(kind: BtfKind, typedefs: boolean): boolean {
  switch (kind) {
    case "const":
    case "volatile":
    case "restrict":
    case "type_tag":
      return true;
    case "typedef":
      return typedefs;
    default:
      return false;
  }
}

/** `sizeof` in bytes. MALFORMED for what has no size (void, functions, forward declarations) and for loops. */
export function sizeOf(btf: Btf, id: number): number {
  let at = id;
  let count = 1;
  for (let depth = 0; depth < DEEPEST; depth++) {
    const type = btf.type(at);
    switch (type.kind) {
      case "int":
      case "enum":
      case "enum64":
      case "float":
      case "struct":
      case "union":
      case "datasec":
        return boundedSize(count * type.size, id);
      case "ptr":
        return boundedSize(count * POINTER_SIZE, id);
      case "array":
        count = boundedSize(count * type.length, id);
        at = type.type;
        break;
      case "const":
      case "volatile":
      case "restrict":
      case "type_tag":
      case "typedef":
      case "var":
        at = type.type;
        break;
      default:
        throw new MalformedError("a type with a size", type.kind, undefined, { trail: [`type ${id}`] });
    }
  }
  throw endless(id);
}

/** The size, if an object of it can exist. */
export function boundedSize(size: number, id: number): number {
  // BTF sizes are 32-bit; an array that says more is no object that can exist (libbpf: E2BIG).
  if (size <= 0xffffffff) return size;
  throw new MalformedError("a size below 4 GiB", `${size}`, undefined, { trail: [`type ${id}`] });
}

/** A chain or nesting without end. */
export function endless(id: number): MalformedError {
  return new MalformedError("a type that ends", `a loop or more than ${DEEPEST} levels`, undefined, {
    trail: [`type ${id}`],
  });
}
