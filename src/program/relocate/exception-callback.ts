import { ErrorCode, TsbpfError } from "../../errors.ts";
import { nearest } from "../../suggestion.ts";
import type { FunctionSpec, ObjectSpec } from "../spec/index.ts";

const PREFIX = "exception_callback:";

/** Program name → the names that its tags give as exception callback. */
export type ExceptionTags = ReadonlyMap<string, readonly string[]>;

/** The declaration tags `exception_callback:f` of the object, which `__exception_cb(f)` makes (Linux 6.7). */
export function findExceptionTags({ btf }: ObjectSpec): ExceptionTags {
  const tags = new Map<string, string[]>();
  if (btf === undefined) return tags;
  for (let id = btf.firstId; id < btf.endId; id++) {
    if (btf.kind(id) !== "decl_tag" || !btf.name(id).startsWith(PREFIX)) continue;
    const tag = btf.type(id);
    if (tag.kind !== "decl_tag" || tag.component !== -1) continue;
    const program = btf.name(tag.type);
    tags.set(program, [...(tags.get(program) ?? []), tag.name.slice(PREFIX.length)]);
  }
  return tags;
}

/**
 * The functions to append behind a program although nothing calls them. The kernel finds them by the same tag;
 * of several tags it complains itself.
 */
export function exceptionCallbacks(spec: ObjectSpec, tags: ExceptionTags, program: string): FunctionSpec[] {
  const [name, second] = tags.get(program) ?? [];
  if (name === undefined || second !== undefined) return [];
  const namesakes = spec.subprograms.filter((subprogram) => subprogram.name === name);
  const [callback] = namesakes;
  if (callback !== undefined && namesakes.length === 1 && callback.linkage !== "static" && !callback.hidden) {
    return [callback];
  }
  const near = nearest(
    name,
    spec.subprograms.map((subprogram) => subprogram.name),
  );
  throw new TsbpfError(
    ErrorCode.RELOCATION,
    `expected one global, visible function "${name}" as exception callback, found ${describe(namesakes)}`,
    {
      trail: [`program "${program}"`],
      remedy: callback === undefined && near !== undefined ? `did you mean "${near}"?` : undefined,
    },
  );
}

function describe(namesakes: readonly FunctionSpec[]): string {
  const [only] = namesakes;
  if (only === undefined) return "none";
  if (namesakes.length > 1) return `${namesakes.length} of them`;
  return only.hidden ? "a hidden one" : "a static one";
}
