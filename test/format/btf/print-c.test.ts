import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  encodeBtf,
  HEADER_REVISION,
  printC,
  printDeclarations,
  printType,
  readBtf,
  typeName,
  type Btf,
  type BtfType,
} from "../../../src/format/btf/index.ts";
import { compileBtf, compilers, layoutDifferences, withAssertions } from "./compile-header.ts";
import { array, composite, enumeration, everyKind, int, member, prototype, reference } from "./types.ts";

const of = (types: readonly BtfType[]): Btf => readBtf(encodeBtf(types));

/** Each case is a list of types and a golden file of its name. Ids: 1 int, 2 char, 3 long, 4 `int *`. */
const basics = [int(), int("char", 1, "char"), int("long", 8), reference("ptr", 1)];
const cases: { readonly [name: string]: readonly BtfType[] } = {
  "padding between and behind members (RULES 80)": [
    composite("struct", "holes", 64, [
      member("a", 2, 0),
      member("b", 2, 16),
      member("c", 1, 64),
      member("d", 3, 128),
      member("e", 2, 192),
    ]),
    composite("struct", "early", 16, [member("a", 1, 64)]),
    composite("struct", "aligned", 64, [member("first", 9, 0), member("second", 9, 256)]),
    composite("struct", "empty", 0, []),
    composite("struct", "small", 8, [member("a", 1, 0)]),
    composite("struct", "nameless", 16, []),
    composite("union", "larger", 8, [member("a", 1, 0)]),
  ],
  "packed structs (RULES 80)": [
    composite("struct", "misaligned", 13, [member("a", 2, 0), member("b", 3, 8), member("c", 1, 72)]),
    composite("struct", "odd_size", 5, [member("a", 1, 0), member("b", 2, 32)]),
    composite("struct", "outer", 20, [member("a", 2, 0), member("inner", 5, 8), member("b", 1, 128)]), // 7
    composite("struct", "gap", 7, [member("a", 2, 0), member("b", 1, 24)]),
    composite("union", "packed_union", 5, [member("a", 1, 0), member("b", 10, 0)]),
    array(2, 5), // 10
  ],
  bitfields: [
    composite("struct", "flags", 8, [
      member("a", 1, 0, 3),
      member("b", 1, 3, 5),
      member("c", 1, 12, 4),
      member("d", 1, 32, 30),
    ]),
    composite("struct", "next_unit", 8, [member("a", 1, 0, 30), member("b", 1, 32, 4)]),
    composite("struct", "crossing", 5, [member("a", 1, 0, 30), member("b", 1, 30, 4)]),
    composite("struct", "mixed", 16, [member("a", 2, 0), member("b", 3, 8, 40), member("c", 1, 64)]),
    composite("union", "either", 4, [member("whole", 1, 0), member("low", 1, 0, 4)]),
    int("_Bool", 1, "bool"),
    composite("struct", "bools", 1, [member("a", 10, 0, 1), member("b", 10, 1, 1)]),
  ],
  "declarators and qualifiers": [
    reference("const", 2), // 5
    reference("ptr", 5), // 6 const char *
    reference("const", 6), // 7 const char *const
    array(2, 16), // 8
    reference("const", 8), // 9: const dropped
    array(7, 3), // 10
    prototype(1, ["", 4], ["name", 6], ["", 0]), // 11
    reference("volatile", 11), // 12: volatile dropped
    reference("ptr", 12), // 13
    array(13, 2), // 14
    prototype(13), // 15: returns a function pointer
    reference("ptr", 15), // 16
    reference("ptr", 8), // 17: pointer to array
    array(8, 4), // 18
    reference("volatile", 3), // 19
    reference("ptr", 0), // 20
    reference("restrict", 20), // 21
    reference("type_tag", 1, "user"), // 22
    reference("ptr", 22), // 23
    composite("struct", "declarators", 416, [
      member("text", 6, 0),
      member("fixed", 7, 64),
      member("bytes", 8, 128),
      member("constant_bytes", 9, 256),
      member("names", 10, 384),
      member("callback", 13, 576),
      member("callbacks", 14, 640),
      member("factory", 16, 768),
      member("row", 17, 832),
      member("table", 18, 896),
      member("spin", 19, 1408),
      member("anything", 20, 1472),
      member("alone", 21, 1536),
      member("user_pointer", 23, 1600),
      member("tail", 25, 1664),
    ]),
    array(1, 52), // 25
  ],
  "nested and anonymous types": [
    composite("struct", "", 8, [member("x", 1, 0), member("y", 1, 32)]), // 5
    composite("union", "", 8, [member("whole", 3, 0), member("", 5, 0)]), // 6
    enumeration("", { ON: 1n, OFF: 0n }), // 7
    composite("struct", "outer", 32, [
      member("", 6, 0),
      member("inner", 5, 64),
      member("state", 7, 128),
      member("list", 9, 160),
      member("tail", 10, 256),
    ]), // 8
    array(2, 12), // 9
    array(5, 0), // 10
    enumeration("", { LOOSE: 7n }), // 11
    reference("typedef", 5, "point_t"), // 12
  ],
  "order of definitions": [
    composite("struct", "first", 40, [
      member("second", 6, 0),
      member("self", 7, 64),
      member("third", 8, 128),
      member("callback", 11, 192),
      member("number", 12, 256),
    ]), // 5
    composite("struct", "second", 8, [member("first", 7, 0)]), // 6
    reference("ptr", 5), // 7
    reference("typedef", 9, "third_t"), // 8
    reference("ptr", 10), // 9
    composite("struct", "fourth", 8, [member("back", 8, 0)]), // 10
    reference("typedef", 13, "callback_t"), // 11
    reference("typedef", 1, "number_t"), // 12
    reference("ptr", 14), // 13
    prototype(8, ["", 7], ["", 15]), // 14
    reference("ptr", 16), // 15
    { kind: "fwd", name: "elsewhere", union: false }, // 16
    array(5, 2), // 17
    reference("typedef", 17, "pair_t"), // 18
    composite("struct", "uses_array_pointer", 8, [member("rows", 20, 0)]), // 19
    reference("ptr", 21), // 20
    array(22, 3), // 21
    composite("struct", "late", 4, [member("a", 1, 0)]), // 22
  ],
  "duplicate names (RULES 80)": [
    composite("struct", "twin", 4, [member("a", 1, 0)]),
    composite("struct", "twin", 8, [member("a", 3, 0)]),
    composite("union", "twin", 1, [member("a", 2, 0)]),
    reference("typedef", 1, "twin"),
    reference("typedef", 3, "twin"),
    enumeration("colors", { RED: 0n, twin: 1n }),
    enumeration("more_colors", { RED: 5n }),
    { kind: "fwd", name: "twin", union: false },
    composite("struct", "twin___4", 2, [member("a", 2, 0), member("b", 2, 8)]),
    composite("struct", "twin", 16, [member("a", 3, 0), member("b", 3, 64)]),
    composite("struct", "user", 16, [member("small", 5, 0), member("large", 6, 64)]),
  ],
  enums: [
    enumeration("plain", { A: 0n, B: 1n }),
    enumeration("negative", { C: -1n, D: 1n }),
    enumeration("large", { E: 4_294_967_295n }),
    enumeration("byte", { F: 1n }, 1),
    enumeration("half", { G: 1n }, 2),
    enumeration("wide", { H: 1n << 40n }, 8, "enum64"),
    enumeration("wide_negative", { I: -(1n << 63n), J: (1n << 63n) - 1n }, 8, "enum64"),
    enumeration("wide_small", { K: 1n }, 8, "enum64"),
    enumeration("wide_unsigned", { L: (1n << 64n) - 1n }, 8, "enum64"),
    enumeration("unknown", {}),
    composite("struct", "enums", 56, [
      member("plain", 5, 0),
      member("negative", 6, 32),
      member("large", 7, 64),
      member("byte", 8, 96),
      member("half", 9, 112),
      member("wide", 10, 128),
      member("wide_negative", 11, 192),
      member("wide_small", 12, 256),
      member("wide_unsigned", 13, 320),
      member("unknown", 16, 384),
    ]),
    reference("ptr", 14),
  ],
  "basic types and built-ins": [
    int("__int128", 16), // 5
    int("long long unsigned int", 8, "none"), // 6
    { kind: "float", name: "double", size: 8 }, // 7
    int("__Poly8_t", 1, "none"), // 8
    int("__Mystery_t", 2), // 9
    composite("struct", "__va_list_tag", 24, [
      member("a", 1, 0),
      member("b", 1, 32),
      member("c", 3, 64),
      member("d", 3, 128),
    ]), // 10
    array(10, 1), // 11
    reference("typedef", 11, "__builtin_va_list"), // 12
    reference("typedef", 12, "va_list"), // 13
    composite("struct", "basics", 80, [
      member("wide", 5, 0),
      member("u", 6, 128),
      member("d", 7, 192),
      member("poly", 8, 256),
      member("mystery", 9, 272),
      member("arguments", 13, 320),
    ]),
  ],
  "names that C does not take": [
    composite("struct", "odd.name", 8, [member("a-b", 1, 0), member("c;\n", 1, 32)]),
    enumeration("e.e", { "x y": 1n }),
    { kind: "type_tag", name: 'a"); int injected; (', type: 1, attribute: false },
    reference("ptr", 7),
    { kind: "type_tag", name: "x))) int injected; (((", type: 1, attribute: true },
    reference("ptr", 9),
    reference("typedef", 8, "tagged"),
    reference("typedef", 10, "attributed"),
  ],
};

describe("printC", () => {
  const file = (name: string): string => name.replace(/ \(.*/u, "").replaceAll(" ", "-");
  it.each(Object.entries(cases))("%s", async (name, types) => {
    const text = printC(of([...basics, ...types]));
    await expect(text).toMatchFileSnapshot(`../../golden/btf/${file(name)}.h`);
  });

  describe.each(compilers())("compiled by %s", (_, command) => {
    it.each(Object.entries(cases))("%s: every size, offset and bitfield is the BTF's", (_name, types) => {
      const btf = of([...basics, ...types]);
      const found = readBtf(compileBtf(command, withAssertions(printC(btf), btf)));
      expect(layoutDifferences(btf, found)).toEqual([]);
    });
  });

  it("has a new revision when it prints something else", () => {
    // Users' caches find printed headers by the revision: who changes the hash raises HEADER_REVISION.
    const text = Object.values(cases).map((types) => printC(of([...basics, ...types])));
    const hash = createHash("sha256")
      .update(text.join(""))
      .update(printC(of(everyKind)))
      .digest("hex");
    expect([HEADER_REVISION, hash.slice(0, 16)]).toMatchInlineSnapshot(`
      [
        2,
        "1186903d1d785d86",
      ]
    `);
  });

  it("prints what the chosen types need and nothing else", () => {
    const btf = of([
      ...basics,
      composite("struct", "wanted", 8, [member("pointer", 6, 0)]),
      reference("ptr", 7),
      composite("struct", "mentioned", 4, [member("a", 1, 0)]),
      composite("struct", "other", 4, [member("a", 1, 0)]),
    ]);
    expect(printDeclarations(btf, [5])).toBe(
      "struct mentioned;\n\nstruct wanted {\n\tstruct mentioned *pointer;\n};\n\n",
    );
    expect(printDeclarations(btf, [])).toBe("");
    expect(printDeclarations(btf, [1, 4])).toBe("");
  });

  it("prints split BTF with its base", () => {
    const base = of([int(), composite("struct", "below", 4, [member("a", 1, 0)])]);
    const bytes = encodeBtf([composite("struct", "above", 4, [member("b", 2, 0)])], { base });
    const text = printDeclarations(readBtf(bytes, { base }), [3]);
    expect(text).toContain("struct below {\n\tint a;\n};");
    expect(text).toContain("struct above {\n\tstruct below b;\n};");
  });

  it.each<readonly [string, readonly BtfType[], RegExp]>([
    ["a struct within itself", [composite("struct", "s", 4, [member("a", 1, 0)])], /a type that ends/],
    [
      "structs within each other",
      [composite("struct", "s", 4, [member("a", 2, 0)]), composite("struct", "t", 4, [member("a", 1, 0)])],
      /a type that ends/,
    ],
    ["a pointer to itself", [reference("ptr", 1), reference("typedef", 1, "t")], /a type that ends/],
    ["a typedef of itself", [reference("typedef", 1, "t")], /a type that ends/],
    [
      "an anonymous struct that points to itself",
      [composite("struct", "", 8, [member("a", 2, 0)]), reference("ptr", 1), reference("typedef", 1, "t")],
      /a type that ends/,
    ],
    [
      "a prototype with itself as a parameter",
      [reference("ptr", 2), prototype(0, ["f", 1]), reference("typedef", 1, "t")],
      /a type that ends/,
    ],
    [
      "gigabytes of padding",
      [composite("struct", "s", 0xfffffff8, [])],
      /C text is at most 32 times their size/,
    ],
    [
      "inline types that double 60 times",
      [
        ...Array.from({ length: 60 }, (_, n) =>
          composite("union", "", 4, [member("a", n + 2, 0), member("b", n + 2, 0)]),
        ),
        int(),
        reference("typedef", 1, "t"),
      ],
      /C text is at most 32 times their size/,
    ],
    [
      "a member that is a function",
      [prototype(0), composite("struct", "s", 4, [member("a", 1, 0)])],
      /expected a type with an alignment, found func_proto/,
    ],
    [
      "a struct of variables",
      [
        int(),
        { kind: "var", name: "v", type: 1, linkage: "static" },
        composite("struct", "s", 4, [member("a", 2, 0)]),
      ],
      /a type that a declaration can use, found var/,
    ],
  ])("refuses %s", (_, types, message) => {
    expect(() => printC(of(types))).toThrow(message);
  });
});

describe("single types", () => {
  const btf = of(everyKind);
  it.each([
    [1, "int;", "int"],
    [2, "int *;", "int *"],
    [3, "int [16];", "int [16]"],
    [4, "struct pair {\n\tint a;\n\tint b;\n};", "struct pair"],
    [5, "union either {\n\tint bits: 5;\n\tint;\n};", "union either"],
    [6, "enum color {\n\tRED = 0,\n\tGREEN = 4294967295,\n};", "enum color"],
    [7, "struct later;", "struct later"],
    [8, "typedef int number_t;", "number_t"],
    [9, "volatile int;", "volatile int"],
    [10, "const void;", "const void"],
    [11, "int *restrict;", "int *restrict"],
    [12, "int main(int argc, ...);", "func main"],
    [13, "int (int argc, ...);", "int (int, ...)"],
    [14, "extern int counter;", "var counter"],
    [15, "/* section .bss: 1 variables */", "datasec .bss"],
    [16, "double;", "double"],
    [17, '/* tag "user" of type 4 */', "decl_tag user"],
    [18, '__attribute__((btf_type_tag("rcu"))) int;', '__attribute__((btf_type_tag("rcu"))) int'],
    [21, "union later_union;", "union later_union"],
    [0, "void;", "void"],
  ])("%i is %s", (id, text, name) => {
    expect(printType(btf, id)).toBe(text);
    expect(typeName(btf, id).replace("int argc", "int")).toBe(name);
  });

  it("names anonymous types by their kind", () => {
    const some = of([composite("struct", "", 0, []), reference("ptr", 1), enumeration("", { A: 1n })]);
    expect([1, 2, 3].map((id) => typeName(some, id))).toEqual(["struct {…}", "struct {…} *", "enum {…}"]);
  });
});
