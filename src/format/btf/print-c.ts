import { BodyPrinter } from "./c-body.ts";
import { Declarator } from "./c-declarator.ts";
import { HeaderPrinter } from "./c-header.ts";
import { CNames, OwnNames } from "./c-names.ts";
import { CText, textBound, VERBATIM } from "./c-text.ts";
import { decodeUtf8, encodeUtf8 } from "../bytes/index.ts";
import { recordsOf } from "./read-btf.ts";
import type { Btf } from "./types.ts";

const ELLIPSIS = encodeUtf8("…");

/**
 * A C header (`vmlinux.h`) that declares the types `ids` and all they need; without `ids` every type of the BTF
 * and of its base, and the kernel functions that BPF programs may call. Sizes and offsets come out as BTF says when
 * clang compiles it for the BPF target; accesses are CO-RE relocatable unless `BPF_NO_PRESERVE_ACCESS_INDEX` is
 * defined. MALFORMED for types that C cannot say.
 */
export function printC(btf: Btf, ids?: Iterable<number>): string {
  const printer = new HeaderPrinter(btf);
  return decodeUtf8((ids === undefined ? printer.whole() : printer.only(ids)).bytes);
}

/** The same without include guard and pragma. */
export function printDeclarations(btf: Btf, ids?: Iterable<number>): string {
  return decodeUtf8(new HeaderPrinter(btf).declarations(ids).bytes);
}

/** One type as a C declaration, without what it needs: a whole `struct NAME { … };`, a `typedef …;`, a prototype. */
export function printType(btf: Btf, id: number): string {
  const type = btf.type(id);
  if (type.kind === "datasec") {
    return `/* section ${commentable(type.name)}: ${type.variables.length} variables */`;
  }
  if (type.kind === "decl_tag") return `/* tag "${commentable(type.name)}" of type ${type.type} */`;
  const records = recordsOf(btf);
  const names = new CNames(records);
  const text = new CText(textBound(records.bytes));
  const bodies = new BodyPrinter(records, text, names, false);
  switch (type.kind) {
    case "struct":
    case "union":
    case "enum":
    case "enum64":
      bodies.definition(id);
      break;
    case "typedef":
      text.ascii("typedef ");
      bodies.declarator.declare(type.type, names.of(id));
      break;
    case "func":
    case "var":
      if (type.linkage !== "global") text.ascii(`${type.linkage} `);
      bodies.declarator.declare(type.type, records.nameOf(id));
      break;
    default:
      bodies.declarator.declare(id, 0);
  }
  return `${text.toString()};`;
}

/** A type's name in messages: `struct task_struct *`, `char[16]`, `struct {…}` for an anonymous one. */
export function typeName(btf: Btf, id: number): string {
  const kind = btf.kind(id);
  switch (kind) {
    case "func":
    case "var":
    case "datasec":
    case "decl_tag":
      return `${kind} ${btf.name(id)}`;
    default: {
      const records = recordsOf(btf);
      const text = new CText(textBound(records.bytes), 64);
      const inline = (target: number): void => {
        text.ascii(`${btf.kind(target)} {`);
        text.name(ELLIPSIS, 0, VERBATIM);
        text.ascii("}");
      };
      new Declarator(records, text, new OwnNames(records), inline, false).declare(id, 0);
      return text.toString();
    }
  }
}

function commentable(text: string): string {
  return text.replaceAll("*/", "");
}
