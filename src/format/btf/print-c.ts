import { BodyPrinter } from "./c-body.ts";
import { TextBudget } from "./c-budget.ts";
import { Declarator } from "./c-declarator.ts";
import { CNames, cIdentifier } from "./c-names.ts";
import { DeclarationWriter } from "./c-order.ts";
import type { Btf } from "./types.ts";

// The guard is the one of bpftool's output: headers test it to learn that kernel types are there.
const HEAD = `#ifndef __VMLINUX_H__
#define __VMLINUX_H__

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
#endif

`;
const TAIL = `#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif

#endif /* __VMLINUX_H__ */
`;

/**
 * A C header (`vmlinux.h`) that declares the types `ids` and all they need; without `ids` every type of the BTF
 * and of its base. Sizes and offsets come out as BTF says when clang compiles it for the BPF target; accesses
 * are CO-RE relocatable unless `BPF_NO_PRESERVE_ACCESS_INDEX` is defined. MALFORMED for types that C cannot say.
 */
export function printC(btf: Btf, ids?: Iterable<number>): string {
  return `${HEAD}${printDeclarations(btf, ids)}${TAIL}`;
}

/** The same without include guard and pragma. */
export function printDeclarations(btf: Btf, ids?: Iterable<number>): string {
  const writer = new DeclarationWriter(btf);
  const wanted = ids === undefined ? undefined : [...ids];
  const each = (visit: (id: number) => void): void => {
    if (wanted !== undefined) wanted.forEach(visit);
    else for (let id = 1; id < btf.endId; id++) visit(id);
  };
  each((id) => {
    writer.add(id);
  });
  each((id) => {
    writer.addLooseEnum(id);
  });
  return writer.finish();
}

/** One type as a C declaration, without what it needs: a whole `struct NAME { … };`, a `typedef …;`, a prototype. */
export function printType(btf: Btf, id: number): string {
  const names = new CNames(btf);
  const bodies = new BodyPrinter(btf, names, new TextBudget(btf));
  const type = btf.type(id);
  switch (type.kind) {
    case "struct":
    case "union":
    case "enum":
    case "enum64":
      return `${bodies.definition(id, type)};`;
    case "typedef":
      return `typedef ${bodies.declarator.declare(type.type, names.of(id))};`;
    case "func":
    case "var": {
      const storage = type.linkage === "global" ? "" : `${type.linkage} `;
      return `${storage}${bodies.declarator.declare(type.type, cIdentifier(type.name))};`;
    }
    case "datasec":
      return `/* section ${type.name.replaceAll("*/", "")}: ${type.variables.length} variables */`;
    case "decl_tag":
      return `/* tag "${type.name.replaceAll("*/", "")}" of type ${type.type} */`;
    default:
      return `${bodies.declarator.declare(id, "")};`;
  }
}

/** A type's name in messages: `struct task_struct *`, `char[16]`, `struct {…}` for an anonymous one. */
export function typeName(btf: Btf, id: number): string {
  const type = btf.type(id);
  switch (type.kind) {
    case "func":
    case "var":
    case "datasec":
    case "decl_tag":
      return `${type.kind} ${type.name}`;
    default: {
      const names = {
        of: (target: number): string => btf.name(target),
        inline: (target: number): string => `${btf.kind(target)} {…}`,
      };
      return new Declarator(btf, names, new TextBudget(btf)).declare(id, "");
    }
  }
}
