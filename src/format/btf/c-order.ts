import { BodyPrinter } from "./c-body.ts";
import { TextBudget } from "./c-budget.ts";
import { CNames, isBuiltIn } from "./c-names.ts";
import { endless } from "./resolve.ts";
import type { Btf, BtfType } from "./types.ts";

/** What the names of C's own basic types are made of. */
const BASIC = /^(?:signed|unsigned|char|short|int|long|float|double|_Bool|__int128|_Float16| )+$/;
/** Deepest nesting of definitions within definitions: bounds the stack; the kernel's needs 20. */
const DEEPEST_ORDER = 512;

const STARTED = 1;
const DONE = 2;

/**
 * Writes declarations in an order that C accepts: what a definition uses by value is defined before it, what it
 * points to is declared before it. Every type is written once.
 */
export class DeclarationWriter {
  private readonly btf: Btf;
  private readonly names: CNames;
  private readonly bodies: BodyPrinter;
  private readonly states: Uint8Array;
  /** 1 for tags that C knows already; a struct whose definition is being prepared may need it too. */
  private readonly declared: Uint8Array;
  private readonly chunks: string[] = [];

  constructor(btf: Btf) {
    this.btf = btf;
    this.names = new CNames(btf);
    this.bodies = new BodyPrinter(btf, this.names, new TextBudget(btf));
    this.states = new Uint8Array(btf.endId);
    this.declared = new Uint8Array(btf.endId);
  }

  /** Writes the type and what it needs, unless they are written already. Functions and variables are no types. */
  add(id: number): void {
    switch (this.btf.kind(id)) {
      case "struct":
      case "union":
      case "enum":
      case "enum64":
      case "fwd":
      case "typedef":
        if (this.btf.name(id) !== "") this.need(id, true, 0);
        break;
      default:
    }
  }

  /** Anonymous enums that no other type contains still give their constants to C. */
  addLooseEnum(id: number): void {
    const kind = this.btf.kind(id);
    if (kind !== "enum" && kind !== "enum64") return;
    const type = this.btf.type(id);
    if (!("values" in type) || type.name !== "" || type.values.length === 0) return;
    if (!this.bodies.wasInlined(id)) this.chunks.push(this.bodies.definition(id, type), ";\n\n");
  }

  /** Everything written so far. */
  finish(): string {
    return this.chunks.join("");
  }

  /** Sees to it that `id` can be used: by value if `whole`, else behind a pointer. */
  private need(id: number, whole: boolean, depth: number): void {
    if (depth > DEEPEST_ORDER) throw endless(id);
    for (let at = id, byValue = whole, step = 0; ; step++) {
      if (step > DEEPEST_ORDER) throw endless(id);
      const type = this.btf.type(at);
      switch (type.kind) {
        case "ptr":
          byValue = false;
          break;
        case "array":
          // C wants to know the size of an element even behind a pointer.
          byValue = true;
          break;
        case "const":
        case "volatile":
        case "restrict":
        case "type_tag":
          break;
        case "typedef":
          this.typedef(at, type.type, type.name, depth);
          break;
        default:
          this.target(at, type, byValue, depth);
          return;
      }
      at = type.type;
    }
  }

  private target(id: number, type: BtfType, byValue: boolean, depth: number): void {
    if (this.states[id] === DONE) return;
    switch (type.kind) {
      case "struct":
      case "union":
        if (type.name === "") this.parts(id, type, depth);
        else if (byValue) this.define(id, type, depth);
        else this.forward(id, `${type.kind} ${this.names.of(id)}`);
        break;
      case "fwd":
        this.forward(id, `${type.union ? "union" : "struct"} ${this.names.of(id)}`);
        break;
      case "enum":
      case "enum64":
        if (type.name === "") break;
        this.states[id] = DONE;
        this.chunks.push(this.bodies.definition(id, type), ";\n\n");
        break;
      case "func_proto":
        this.parts(id, type, depth);
        break;
      case "int":
      case "float":
        this.states[id] = DONE;
        this.alias(id, type);
        break;
      default:
    }
  }

  private define(id: number, type: BtfType & { kind: "struct" | "union" }, depth: number): void {
    if (this.states[id] === STARTED) throw endless(id);
    this.states[id] = STARTED;
    for (const member of type.members) this.need(member.type, true, depth + 1);
    this.states[id] = DONE;
    this.chunks.push(this.bodies.definition(id, type), ";\n\n");
  }

  /** What an inline struct or a function type mentions; both are written where they are used. */
  private parts(id: number, type: BtfType, depth: number): void {
    if (this.states[id] === STARTED) return;
    this.states[id] = STARTED;
    if (type.kind === "func_proto") {
      this.need(type.returnType, false, depth + 1);
      for (const parameter of type.parameters) this.need(parameter.type, false, depth + 1);
    } else if ("members" in type) {
      for (const member of type.members) this.need(member.type, true, depth + 1);
    }
    this.states[id] = DONE;
  }

  private typedef(id: number, target: number, name: string, depth: number): void {
    if (this.states[id] === DONE || isBuiltIn(name)) return;
    if (this.states[id] === STARTED) throw endless(id);
    this.states[id] = STARTED;
    this.need(target, false, depth + 1);
    this.states[id] = DONE;
    this.chunks.push(`typedef ${this.bodies.declarator.declare(target, this.names.of(id))};\n\n`);
  }

  private forward(id: number, text: string): void {
    if (this.declared[id] === 1) return;
    this.declared[id] = 1;
    this.chunks.push(`${text};\n\n`);
  }

  /** Basic types that the target's compiler lacks (arm64's `__Poly8_t`) become typedefs of ones it has. */
  private alias(id: number, type: BtfType & { kind: "int" | "float" }): void {
    if (BASIC.test(type.name)) return;
    const signed = type.kind === "int" && type.encoding === "signed" ? "" : "unsigned ";
    const integer: { readonly [bytes: number]: string } = {
      1: `${signed}char`,
      2: `${signed}short`,
      4: `${signed}int`,
      8: `${signed}long`,
      16: `${signed}__int128`,
    };
    const text = type.kind === "float" ? (type.size === 4 ? "float" : "double") : integer[type.size];
    this.chunks.push(`typedef ${text ?? "char"} ${this.names.of(id)};\n\n`);
  }
}
