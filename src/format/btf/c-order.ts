import { BodyPrinter } from "./c-body.ts";
import { isBuiltIn, keyword } from "./c-declarator.ts";
import type { CNames } from "./c-names.ts";
import type { CText } from "./c-text.ts";
import {
  KIND_ARRAY,
  KIND_CONST,
  KIND_ENUM,
  KIND_ENUM64,
  KIND_FLOAT,
  KIND_FUNC_PROTO,
  KIND_FWD,
  KIND_INT,
  KIND_PTR,
  KIND_RESTRICT,
  KIND_STRUCT,
  KIND_TYPEDEF,
  KIND_TYPE_TAG,
  KIND_UNION,
  KIND_VOLATILE,
} from "./kind-numbers.ts";
import type { Records } from "./records.ts";
import { endless } from "./resolve.ts";

/** What the names of C's own basic types are made of. */
const BASIC = /^(?:signed|unsigned|char|short|int|long|float|double|_Bool|__int128|_Float16| )+$/;
/** Deepest nesting of definitions within definitions: bounds the stack; the kernel's needs 20. */
const DEEPEST_ORDER = 512;

const MENTIONED = 1;
const WHOLE = 2;

const STARTED = 1;
const DONE = 2;

/**
 * Writes declarations in an order that C accepts: what a definition uses by value is defined before it, what it
 * points to is declared before it. Every type is written once.
 */
export class DeclarationWriter {
  readonly bodies: BodyPrinter;
  /** How many structs, unions, enums and typedefs were written. */
  definitions = 0;
  private readonly records: Records;
  private readonly names: CNames;
  private readonly text: CText;
  private readonly states: Uint8Array;
  /** Types whose needs have been seen to: behind a pointer, by value. Most members have a type that another had. */
  private readonly ready: Uint8Array;
  /** 1 for tags that C knows already; a struct whose definition is being prepared may need it too. */
  private readonly declared: Uint8Array;

  constructor(records: Records, names: CNames, text: CText) {
    this.records = records;
    this.names = names;
    this.text = text;
    this.bodies = new BodyPrinter(records, text, names, true);
    this.states = new Uint8Array(records.endId);
    this.ready = new Uint8Array(records.endId);
    this.declared = new Uint8Array(records.endId);
  }

  /** Writes the type and what it needs, unless they are written already. Functions and variables are no types. */
  add(id: number): void {
    switch (this.records.kind(id)) {
      case KIND_STRUCT:
      case KIND_UNION:
      case KIND_ENUM:
      case KIND_ENUM64:
      case KIND_FWD:
      case KIND_TYPEDEF:
        if (this.records.nameOf(id) !== 0) this.need(id, true, 0);
        break;
      default:
    }
  }

  /** Anonymous enums that no other type contains still give their constants to C. */
  addLooseEnum(id: number): void {
    const { records } = this;
    const kind = records.kind(id);
    if (kind !== KIND_ENUM && kind !== KIND_ENUM64) return;
    if (records.nameOf(id) !== 0 || records.count(records.start(id)) === 0) return;
    if (!this.bodies.wasWritten(id)) this.write(id);
  }

  /** Declares what a mention of the type needs, so that a declaration that uses it can follow. */
  prepare(id: number): void {
    this.need(id, false, 0);
  }

  /** Sees to it that `id` can be used: by value if `whole`, else behind a pointer. */
  private need(id: number, whole: boolean, depth: number): void {
    const enough = whole ? WHOLE : MENTIONED;
    if (((this.ready[id] ?? 0) & enough) !== 0) return;
    if (depth > DEEPEST_ORDER) throw endless(id);
    this.follow(id, whole, depth);
    this.ready[id] = (this.ready[id] ?? 0) | enough;
  }

  private follow(id: number, whole: boolean, depth: number): void {
    const { records } = this;
    for (let at = id, byValue = whole, step = 0; at !== 0; step++) {
      if (step > DEEPEST_ORDER) throw endless(id);
      const kind = records.kind(at);
      const start = records.start(at);
      let next = 2;
      switch (kind) {
        case KIND_PTR:
          byValue = false;
          break;
        case KIND_ARRAY:
          // C wants to know the size of an element even behind a pointer.
          byValue = true;
          next = 3;
          break;
        case KIND_CONST:
        case KIND_VOLATILE:
        case KIND_RESTRICT:
        case KIND_TYPE_TAG:
          break;
        case KIND_TYPEDEF:
          this.typedef(at, records.word(start + 2), depth);
          break;
        default:
          if (this.states[at] !== DONE) this.target(at, kind, byValue, depth);
          return;
      }
      at = records.word(start + next);
    }
  }

  private target(id: number, kind: number, byValue: boolean, depth: number): void {
    switch (kind) {
      case KIND_STRUCT:
      case KIND_UNION:
        if (this.records.nameOf(id) === 0) this.parts(id, kind, depth);
        else if (byValue) this.define(id, depth);
        else this.forward(id, kind);
        break;
      case KIND_FWD:
        this.forward(id, kind);
        break;
      case KIND_ENUM:
      case KIND_ENUM64:
        if (this.records.nameOf(id) === 0) break;
        this.states[id] = DONE;
        this.write(id);
        break;
      case KIND_FUNC_PROTO:
        this.parts(id, kind, depth);
        break;
      case KIND_INT:
      case KIND_FLOAT:
        this.states[id] = DONE;
        this.alias(id, kind);
        break;
      default:
    }
  }

  private define(id: number, depth: number): void {
    if (this.states[id] === STARTED) throw endless(id);
    this.states[id] = STARTED;
    this.members(id, depth);
    this.states[id] = DONE;
    this.write(id);
  }

  /** What an inline struct or a function type mentions; both are written where they are used. */
  private parts(id: number, kind: number, depth: number): void {
    if (this.states[id] === STARTED) return;
    this.states[id] = STARTED;
    const { records } = this;
    if (kind === KIND_FUNC_PROTO) {
      const start = records.start(id);
      this.need(records.word(start + 2), false, depth + 1);
      const end = start + 3 + records.count(start) * 2;
      for (let word = start + 3; word < end; word += 2) this.need(records.word(word + 1), false, depth + 1);
    } else {
      this.members(id, depth);
    }
    this.states[id] = DONE;
  }

  private members(id: number, depth: number): void {
    const { records, ready } = this;
    const { words } = records;
    const start = records.start(id);
    const end = start + 3 + records.count(start) * 3;
    for (let word = start + 3; word < end; word += 3) {
      const type = words[word + 1] ?? 0;
      if (((ready[type] ?? 0) & WHOLE) === 0) this.need(type, true, depth + 1);
    }
  }

  private typedef(id: number, target: number, depth: number): void {
    if (this.states[id] === DONE || isBuiltIn(this.records, id)) return;
    if (this.states[id] === STARTED) throw endless(id);
    this.states[id] = STARTED;
    this.need(target, false, depth + 1);
    this.states[id] = DONE;
    this.definitions += 1;
    this.text.subject = id;
    this.text.ascii("typedef ");
    this.bodies.declarator.declare(target, this.names.of(id));
    this.text.ascii(";\n\n");
  }

  private write(id: number): void {
    this.definitions += 1;
    this.bodies.definition(id);
    this.text.ascii(";\n\n");
  }

  private forward(id: number, kind: number): void {
    if (this.declared[id] === 1) return;
    this.declared[id] = 1;
    this.text.ascii(keyword(this.records, id, kind));
    this.names.write(this.text, this.names.of(id));
    this.text.ascii(";\n\n");
  }

  /** Basic types that the target's compiler lacks (arm64's `__Poly8_t`) become typedefs of ones it has. */
  private alias(id: number, kind: number): void {
    const { records, text } = this;
    const name = records.btf.name(id);
    if (BASIC.test(name)) return;
    const start = records.start(id);
    const size = records.word(start + 2);
    const signed = kind === KIND_INT && records.word(start + 3) >>> 24 === 1 ? "" : "unsigned ";
    const integer: { readonly [bytes: number]: string } = {
      1: `${signed}char`,
      2: `${signed}short`,
      4: `${signed}int`,
      8: `${signed}long`,
      16: `${signed}__int128`,
    };
    const base = kind === KIND_FLOAT ? (size === 4 ? "float" : "double") : integer[size];
    text.ascii(`typedef ${base ?? "char"} `);
    this.names.writeBasic(text, this.names.of(id));
    text.ascii(";\n\n");
  }
}
