import { MalformedError } from "../../errors.ts";
import type { TextBudget } from "./c-budget.ts";
import { cIdentifier, isBuiltIn } from "./c-names.ts";
import { DEEPEST, endless } from "./resolve.ts";
import type { Btf, BtfFunctionPrototype, BtfType } from "./types.ts";

/** Where the texts of named and of inline types come from. */
export interface DeclaratorNames {
  /** The unique name of a struct, union, enum, fwd or typedef; "" if anonymous. */
  of(id: number): string;
  /** The text of an anonymous struct, union or enum without qualifiers: `struct { … }`. */
  inline(id: number): string;
}

/**
 * C declarations from BTF, read inside out: `int (*name[4])(void)` is array → pointer → prototype → int.
 * Type chains are followed from the outermost type, which stands next to the name.
 */
export class Declarator {
  private readonly btf: Btf;
  private readonly names: DeclaratorNames;
  /** Texts in front of the name, by type id: most types need nothing behind it. */
  private readonly prefixes = new Map<number, string>();
  private readonly budget: TextBudget;
  /** Prototypes within prototypes. */
  private level = 0;

  constructor(btf: Btf, names: DeclaratorNames, budget: TextBudget) {
    this.btf = btf;
    this.names = names;
    this.budget = budget;
  }

  /** `type name`; without a name the abstract declarator: `char *[4]`. */
  declare(id: number, name: string): string {
    const prefix = this.prefixes.get(id);
    const text = prefix === undefined ? this.build(id, name) : join(prefix, name);
    this.budget.spend(text.length + 1, id);
    return text;
  }

  private build(id: number, name: string): string {
    let inner = name;
    let qualifiers = "";
    let at = id;
    let simple = true;
    for (let depth = 0; depth < DEEPEST; depth++) {
      const type = this.btf.type(at);
      switch (type.kind) {
        case "const":
        case "volatile":
        case "restrict":
          qualifiers += `${type.kind} `;
          at = type.type;
          break;
        case "type_tag":
          qualifiers += tag(type.name, type.attribute);
          at = type.type;
          break;
        case "ptr":
          // A qualifier of the pointer stands behind the asterisk.
          inner = `*${inner === "" ? qualifiers.trimEnd() : qualifiers + inner}`;
          qualifiers = "";
          at = type.type;
          break;
        case "array":
          // RULES 80: a qualifier of an array is dropped; its elements carry their own.
          inner = `${inner.startsWith("*") ? `(${inner})` : inner}[${type.length}]`;
          qualifiers = "";
          simple = false;
          at = type.type;
          break;
        case "func_proto": {
          // RULES 80: gcc writes noreturn function types as volatile; C has no qualified functions.
          inner = `${inner.startsWith("*") ? `(${inner})` : inner}(${this.parameters(type, id)})`;
          qualifiers = "";
          simple = false;
          at = type.returnType;
          break;
        }
        default: {
          if (type.kind === "typedef" && isBuiltIn(type.name)) {
            at = type.type;
            break;
          }
          const base = this.base(at, type);
          // What stands between base and name; the name itself is at its end if nothing follows it.
          if (simple && this.named(type)) {
            const between = inner.slice(0, inner.length - name.length);
            const text = between === "" ? qualifiers + base : `${qualifiers}${base} ${between}`;
            if (name !== "") this.prefixes.set(id, text);
            return join(text, name);
          }
          return join(`${qualifiers}${base}`, inner);
        }
      }
    }
    throw endless(id);
  }

  private parameters(type: BtfFunctionPrototype, id: number): string {
    if (type.parameters.length === 0) return "void";
    this.level += 1;
    if (this.level > DEEPEST) throw endless(id);
    const last = type.parameters.length - 1;
    const text = type.parameters
      .map((parameter, index) =>
        parameter.type === 0 && index === last
          ? "..."
          : this.declare(parameter.type, cIdentifier(parameter.name)),
      )
      .join(", ");
    this.level -= 1;
    return text;
  }

  private named(type: BtfType): boolean {
    return type.name !== "" || type.kind === "void";
  }

  private base(id: number, type: BtfType): string {
    switch (type.kind) {
      case "void":
        return "void";
      case "struct":
      case "union":
      case "enum":
      case "enum64": {
        const keyword = type.kind === "enum64" ? "enum" : type.kind;
        return type.name === "" ? this.names.inline(id) : `${keyword} ${this.names.of(id)}`;
      }
      case "fwd":
        return `${type.union ? "union" : "struct"} ${this.names.of(id)}`;
      case "int":
      case "float":
      case "typedef":
        return this.names.of(id);
      default:
        throw new MalformedError("a type that a declaration can use", type.kind, undefined, {
          trail: [`type ${id}`],
        });
    }
  }
}

/** One blank between type and name, none behind an asterisk. */
function join(type: string, name: string): string {
  if (name === "") return type.trimEnd();
  return type.endsWith("*") || type.endsWith(" ") ? type + name : `${type} ${name}`;
}

/** clang 14 and later record the attribute as a type tag; with kind_flag the tag is the attribute itself. */
function tag(name: string, attribute: boolean): string {
  // Only what is surely one attribute; its arguments are numbers and words.
  if (attribute) return /^\w+(\([\w, ]*\))?$/.test(name) ? `__attribute__((${name})) ` : "";
  return `__attribute__((btf_type_tag("${name.replace(/[^\w:. -]/gu, "_")}"))) `;
}
