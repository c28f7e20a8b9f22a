import { describe, expect, it } from "vitest";
import type { CoreRelocationKind } from "../../../src/format/abi/index.ts";
import type { Btf, BtfType } from "../../../src/format/btf/index.ts";
import { decodeInstructions, InstructionView, type Instruction } from "../../../src/format/insn/index.ts";
import {
  CORE_POISON,
  prepareObject,
  type Machine,
  type PreparedProgram,
} from "../../../src/program/relocate/index.ts";
import {
  array,
  btfOf,
  constant,
  coreObject,
  enumeration,
  exit,
  float,
  func,
  fwd,
  insn,
  int,
  ldimm64,
  ldx,
  machineOf,
  mov,
  proto,
  ptr,
  struct,
  typedef,
} from "./support.ts";

type Steps = Parameters<typeof coreObject>[1];

/** Prepares one program against a kernel of these types. */
function prepare(
  local: readonly BtfType[],
  kernel: readonly BtfType[] | Partial<Machine>,
  steps: Steps,
): PreparedProgram {
  const machine = Array.isArray(kernel)
    ? { btf: btfOf(kernel as readonly BtfType[]), modules: () => [] } // Array.isArray does not narrow readonly arrays
    : (kernel as Partial<Machine>);
  const { programs } = prepareObject(coreObject(btfOf(local), steps), machineOf(machine));
  const [program] = programs;
  if (program === undefined) throw new Error("no program was prepared");
  return program;
}

/** The value that a relocation on `r1 = compiled` comes to; undefined: poisoned. */
function value(
  local: readonly BtfType[],
  kernel: readonly BtfType[] | Partial<Machine>,
  kind: CoreRelocationKind,
  type: number,
  access: string,
  compiled = 0,
): number | bigint | undefined {
  const program = prepare(local, kernel, [[mov(1, compiled), { kind, type, access }], [exit]]);
  return program.poisoned.length > 0 ? undefined : decodeInstructions(program.code)[0]?.imm;
}

const task = (name: string, ...rest: readonly (readonly [string, number, number])[]): BtfType =>
  struct(name, 64, [["pid", 1, 0], ...rest]);

describe("names and candidates", () => {
  it("RULES 37: the flavour of a type is cut at the last ___ between other characters", () => {
    const kernel = [int(), task("task_struct", ["tgid", 1, 320])];
    for (const name of ["task_struct___x", "task_struct___2"]) {
      const local = [int(), struct(name, 8, [["tgid", 1, 32]])];
      expect(value(local, kernel, "field_byte_offset", 2, "0:0", 4)).toBe(40);
    }
    // Four underscores are no separator, so this is another type.
    const other = [int(), struct("task_struct____x", 8, [["tgid", 1, 32]])];
    expect(value(other, kernel, "field_byte_offset", 2, "0:0", 4)).toBeUndefined();
    // The last separator counts: the essential name is a___b.
    const twice = [int(), struct("a___b___c", 8, [["tgid", 1, 32]])];
    expect(
      value(twice, [int(), struct("a___b", 8, [["tgid", 1, 64]])], "field_byte_offset", 2, "0:0", 4),
    ).toBeUndefined();
    expect(
      value(twice, [int(), struct("a___b___z", 8, [["tgid", 1, 64]])], "field_byte_offset", 2, "0:0", 4),
    ).toBe(8);
  });

  it("RULES 37: the kernel's own duplicates foo___2 are candidates too", () => {
    const local = [int(), struct("foo", 8, [["a", 1, 0]])];
    expect(value(local, [int(), struct("foo___2", 8, [["a", 1, 32]])], "field_byte_offset", 2, "0:0")).toBe(
      4,
    );
  });

  it("RULES 37: flavours of enumerators are cut as well", () => {
    const local = [enumeration("e___mine", { A___old: 1n })];
    expect(value(local, [enumeration("e", { B: 4n, A: 5n })], "enumval_value", 1, "0", 1)).toBe(5);
  });

  it("RULES 38: a namesake of another kind is no candidate and is never sized", () => {
    const local = [int(), struct("foo", 8, [["a", 1, 0]])];
    const kernel = [
      int(),
      proto(0),
      func("foo", 2),
      fwd("foo"),
      typedef("foo", 2),
      struct("foo", 8, [["a", 1, 32]]),
    ];
    expect(value(local, kernel, "field_byte_offset", 2, "0:0")).toBe(4);
    expect(value(local, kernel.slice(0, 5), "type_size", 2, "0", 8)).toBe(0);
  });

  it("RULES 38: enum and enum64 stand for one another", () => {
    const local = [enumeration("e", { A: 1n })];
    expect(value(local, [enumeration("e", { A: 7n }, "enum64")], "enumval_value", 1, "0", 1)).toBe(7);
  });

  const vmlinux = btfOf([int(), struct("in_vmlinux", 8, [["a", 1, 0]])]);
  const module = (types: readonly BtfType[]): { name: string; id: number; btf: Btf } => ({
    name: "nf",
    id: 7,
    btf: btfOf(types, true, vmlinux),
  });

  it("RULES 38: modules are asked only for what vmlinux does not have", () => {
    const modules = [module([struct("in_module", 8, [["a", 1, 32]])])];
    const local = [int(), struct("in_module", 8, [["a", 1, 0]])];
    expect(value(local, { btf: vmlinux, modules: () => modules }, "field_byte_offset", 2, "0:0")).toBe(4);
    // machineOf's default modules() throws: it must not be called here.
    const known = [int(), struct("in_vmlinux", 8, [["a", 1, 0]])];
    expect(value(known, { btf: vmlinux }, "field_byte_offset", 2, "0:0")).toBe(0);
    const program = prepare(local, { btf: vmlinux, modules: () => modules }, [
      [mov(1, 0), { kind: "field_byte_offset", type: 2, access: "0:0" }],
    ]);
    expect(program.explained[0]?.text).toBe("struct in_module.a: field_byte_offset 0 -> 4 (module nf)");
  });

  it("RULES 38: no modules beside a BTF of the user's", () => {
    const local = [int(), struct("in_module", 8, [["a", 1, 0]])];
    expect(value(local, { btf: vmlinux, customBtf: true }, "field_exists", 2, "0:0", 1)).toBe(0);
  });

  it("RULES 17: without CO-RE nobody asks for the kernel's BTF", () => {
    const machine = machineOf();
    Object.defineProperty(machine, "btf", {
      get: () => {
        throw new Error("the kernel's BTF was read");
      },
    });
    const spec = coreObject(btfOf([int()]), [
      [mov(1, 1), { kind: "type_id_local", type: 1, access: "0" }],
      [exit],
    ]);
    expect(prepareObject(spec, machine).programs).toHaveLength(1);
  });
});

describe("several candidates", () => {
  const local = [int(), struct("s", 8, [["a", 1, 0], ["b", 1, 32]])]; // prettier-ignore
  const first = struct("s", 16, [["a", 1, 32], ["b", 1, 64]]); // prettier-ignore
  const same = struct("s", 16, [["a", 1, 32], ["c", 1, 64]]); // prettier-ignore
  const other = struct("s", 24, [["a", 1, 96], ["b", 1, 64]]); // prettier-ignore

  it("RULES 39: agree on the value, or the relocation is refused", () => {
    expect(value(local, [int(), first, same], "field_byte_offset", 2, "0:0")).toBe(4);
    expect(() => value(local, [int(), first, other], "field_byte_offset", 2, "0:0")).toThrow(
      "CO-RE field_byte_offset of struct s.a is ambiguous: struct s [2] of vmlinux says 4 at bit 32, " +
        "struct s [3] of vmlinux says 12 at bit 96",
    );
  });

  it("RULES 39: the place must agree even where the value does", () => {
    expect(() => value(local, [int(), first, other], "field_byte_size", 2, "0:0", 4)).toThrow("ambiguous");
  });

  it("RULES 39: those without a match do not count", () => {
    expect(value(local, [int(), same, other], "field_byte_offset", 2, "0:1", 4)).toBe(8);
  });

  it("RULES 39: a candidate that failed once is out for all of the object, as in libbpf", () => {
    // b rules out `same`; a would otherwise be ambiguous between 4 and 12.
    const program = prepare(
      local,
      [int(), first, struct("s", 24, [["a", 1, 96]])],
      [
        [mov(1, 4), { kind: "field_byte_offset", type: 2, access: "0:1" }],
        [mov(1, 0), { kind: "field_byte_offset", type: 2, access: "0:0" }],
      ],
    );
    expect(decodeInstructions(program.code).map(({ imm }) => imm)).toEqual([8, 4]);
  });
});

describe("no match", () => {
  const local = [
    int(),
    struct("s", 8, [["gone", 1, 0], ["b", 1, 32]]), // prettier-ignore
    enumeration("e", { GONE: 1n }),
    typedef("t", 2),
  ];
  const kernel = [int(), struct("s", 8, [["b", 1, 0]]), enumeration("e", { LEFT: 1n })];
  const zero: readonly [CoreRelocationKind, number, string, number][] = [
    ["field_exists", 2, "0:0", 1],
    ["enumval_exists", 3, "0", 1],
    ["type_exists", 4, "0", 1],
    ["type_matches", 4, "0", 1],
    ["type_size", 4, "0", 8],
    ["type_id_target", 4, "0", 4],
  ];
  for (const [kind, type, access, compiled] of zero) {
    it(`RULES 40: ${kind} is 0`, () => {
      expect(value(local, kernel, kind, type, access, compiled)).toBe(0);
    });
  }
  const poisoned: readonly [CoreRelocationKind, number, string, number][] = [
    ["field_byte_offset", 2, "0:0", 0],
    ["field_byte_size", 2, "0:0", 4],
    ["field_signed", 2, "0:0", 1],
    ["field_lshift_u64", 2, "0:0", 32],
    ["field_rshift_u64", 2, "0:0", 32],
    ["enumval_value", 3, "0", 1],
  ];
  for (const [kind, type, access, compiled] of poisoned) {
    it(`RULES 34, 40: ${kind} poisons the instruction`, () => {
      const program = prepare(local, kernel, [[mov(1, compiled), { kind, type, access }], [exit]]);
      expect(decodeInstructions(program.code)[0]).toEqual(insn(0x85, { imm: 195896080 }));
      expect(program.poisoned).toMatchObject([{ instruction: 0, imm: CORE_POISON }]);
    });
  }

  it("RULES 34: both halves of an ldimm64", () => {
    const program = prepare(local, kernel, [
      [ldimm64(1, 1n), { kind: "enumval_value", type: 3, access: "0" }],
      [exit],
    ]);
    const view = new InstructionView(program.code);
    expect([view.opcode(0), view.imm(0), view.opcode(1), view.imm(1)]).toEqual([
      0x85,
      CORE_POISON,
      0x85,
      CORE_POISON,
    ]);
    expect(view.opcode(2)).toBe(0x95);
  });

  it("names what is missing and what is near", () => {
    const near = [int(), struct("s", 8, [["gones", 1, 0]]), struct("s", 8, [["b", 1, 0]])];
    const program = prepare(local, near, [
      [mov(1, 0), { kind: "field_byte_offset", type: 2, access: "0:0" }],
      [mov(1, 1), { kind: "enumval_value", type: 3, access: "0" }],
      [mov(1, 1), { kind: "type_exists", type: 4, access: "0" }],
    ]);
    expect(program.poisoned.map(({ reason }) => reason)).toEqual([
      'CO-RE field s.gone: no match among 2 candidates (struct s in vmlinux); it has "gones"',
      "CO-RE enumerator e::GONE: the kernel has no enum e",
    ]);
    expect(program.explained.map(({ text }) => text)).toEqual([
      'struct s.gone: field_byte_offset 0 -> poisoned; CO-RE field s.gone: no match among 2 candidates (struct s in vmlinux); it has "gones"',
      "enum e::GONE: enumval_value 1 -> poisoned; CO-RE enumerator e::GONE: the kernel has no enum e",
      "typedef t: type_exists 1 -> 0; CO-RE type typedef t: the kernel has no typedef t",
    ]);
  });

  it("without BTF in the kernel CO-RE is an error that says so", () => {
    expect(() => value(local, { btf: undefined }, "field_exists", 2, "0:0", 1)).toThrow(
      /^program "p": instruction 0: expected the kernel's BTF for CO-RE, found none \(/,
    );
  });
});

describe("fields", () => {
  /** One member `f` of each type, local against kernel; the kernel's is at byte 8. */
  function compatible(local: BtfType, kernel: BtfType): boolean {
    // 1 int, 2 the member's type, 3 the struct; further types the member's type may lead to stand behind.
    const more = [int("char", 1), float("double", 8)];
    const types = (member: BtfType, at: number): BtfType[] => [
      int(),
      member,
      struct("s", 64, [["f", 2, at]]),
      ...more,
    ];
    return value(types(local, 0), types(kernel, 64), "field_exists", 3, "0:0", 1) === 1;
  }

  const pairs: readonly [string, BtfType, BtfType, boolean][] = [
    ["struct and union", struct("x", 4, []), struct("y", 8, [], "union"), true],
    ["pointers to anything", ptr(1), ptr(4), true],
    ["floats of any size", float("float", 4), float("double", 8), true],
    ["ints of any size and sign", int("int", 4), int("u64", 8, "none"), true],
    ["int and bitfield-like int", int("int", 4), int("bits", 4, "none", 3), false],
    ["int and pointer", int(), ptr(1), false],
    ["int and enum", int(), enumeration("e", {}), false],
    ["enums of one name", enumeration("e", {}), enumeration("e", { A: 1n }, "enum64"), true],
    ["enums of one name modulo flavour", enumeration("e___x", {}), enumeration("e", {}), true],
    ["enums of other names", enumeration("e", {}), enumeration("g", {}), false],
    ["an anonymous enum and a named one", enumeration("", {}), enumeration("g", {}), true],
    ["fwds of one name", fwd("x"), fwd("x", true), true],
    ["fwds of other names", fwd("x"), fwd("y"), false],
    ["arrays by their elements", array(1, 4), array(4, 9), true],
    ["arrays of other elements", array(1, 4), array(5, 4), false],
    ["array and element", array(1, 4), int(), false],
    ["typedef and const are looked through", typedef("t", 1), constant(4), true],
  ];
  for (const [what, local, kernel, expected] of pairs) {
    it(`RULES 41: ${what}: ${expected ? "compatible" : "not compatible"}`, () => {
      expect(compatible(local, kernel)).toBe(expected);
    });
  }

  const nested = [
    int(),
    struct("", 8, [["x", 1, 0], ["y", 1, 32]]), // prettier-ignore
    struct("", 16, [["", 2, 32]], "union"),
    struct("s", 32, [["a", 1, 0], ["", 3, 64]]), // prettier-ignore
  ];

  it("RULES 41: members of anonymous structs are found wherever they are", () => {
    const flat = [int(), struct("s", 8, [["y", 1, 32]])];
    expect(value(flat, nested, "field_byte_offset", 2, "0:0", 4)).toBe(16);
    expect(value(nested, flat, "field_byte_offset", 4, "0:1:0:1", 16)).toBe(4);
  });

  it("RULES 41: a path goes through named structs, arrays and the first index", () => {
    const local = [int(), struct("in", 8, [["v", 1, 32]]), array(2, 3), struct("s", 40, [["l", 3, 64]])];
    const kernel = [int(), struct("in", 12, [["v", 1, 64]]), array(2, 8), struct("s", 200, [["l", 3, 128]])];
    // s[1].l[2].v: 40 + 8 + 2 * 8 + 4 becomes 200 + 16 + 2 * 12 + 8.
    expect(value(local, kernel, "field_byte_offset", 4, "1:0:2:0", 68)).toBe(248);
    // Beyond the kernel's array.
    const short = [int(), struct("in", 12, [["v", 1, 64]]), array(2, 2), struct("s", 200, [["l", 3, 128]])];
    expect(value(local, short, "field_exists", 4, "0:0:2:0", 1)).toBe(0);
  });

  it("RULES 41: an array without length is flexible as the last member only", () => {
    const flexible = (last: boolean): BtfType[] => [
      int(),
      array(1, 0),
      struct("s", 8, last ? [["n", 1, 0], ["l", 2, 32]] : [["l", 2, 32], ["n", 1, 0]]), // prettier-ignore
    ];
    expect(value(flexible(true), flexible(true), "field_byte_offset", 3, "0:1:5", 24)).toBe(24);
    expect(() => value(flexible(false), flexible(false), "field_byte_offset", 3, "0:0:5", 24)).toThrow(
      "expected an element below 0, found 5",
    );
    const long = [int(), array(1, 9), struct("s", 40, [["n", 1, 0], ["l", 2, 32]])]; // prettier-ignore
    expect(value(long, flexible(false), "field_exists", 3, "0:1:5", 1)).toBe(0);
  });

  it("RULES 41: anonymous root types are refused", () => {
    expect(() => value([int(), struct("", 4, [["a", 1, 0]])], [int()], "field_exists", 2, "0:0", 1)).toThrow(
      "expected a named root type, found an anonymous struct",
    );
  });

  it("RULES 41: paths have at most 64 steps", () => {
    const access = Array.from({ length: 65 }, () => "0").join(":");
    expect(() => value([int()], [int()], "field_exists", 1, access, 1)).toThrow("at most 64 steps");
  });

  it("the kinds of questions about one field", () => {
    const local = [int("int", 4), struct("s", 8, [["f", 1, 0]])];
    const kernel = [int("unsigned short", 2, "none"), struct("s", 8, [["f", 1, 48]])];
    const answers: readonly [CoreRelocationKind, number, number][] = [
      ["field_byte_offset", 0, 6],
      ["field_byte_size", 4, 2],
      ["field_exists", 1, 1],
      ["field_signed", 1, 0],
      ["field_lshift_u64", 32, 48],
      ["field_rshift_u64", 32, 48],
    ];
    for (const [kind, compiled, expected] of answers) {
      expect([kind, value(local, kernel, kind, 2, "0:0", compiled)]).toEqual([kind, expected]);
    }
  });

  const broken: readonly [string, CoreRelocationKind, number, string, RegExp][] = [
    ["an empty path", "field_exists", 2, "", /expected an access string such as "0:1:2", found ""/],
    ["a path of colons", "field_exists", 2, ":0", /expected an access string/],
    ["a negative step", "field_exists", 2, "0:-1", /expected an access string/],
    [
      "a member that is not there",
      "field_exists",
      2,
      "0:7",
      /expected a member below 1 of struct s, found 7/,
    ],
    [
      "a step into an int",
      "field_exists",
      2,
      "0:0:0",
      /expected a struct, a union or an array on the way, found int/,
    ],
    ["RULES 44: a type with a path", "type_exists", 2, "0:0", /expected the access string "0"/],
    ["RULES 44: an enumerator with a path", "enumval_value", 3, "0:0", /expected one index below 1/],
    ["RULES 44: an enumerator that is not there", "enumval_value", 3, "1", /expected one index below 1/],
    ["an enumerator of a struct", "enumval_value", 2, "0", /expected an enum, found struct/],
    ["a shift of an element", "field_lshift_u64", 2, "0", /expected a member at the end of the path/],
    ["a type id beyond the end", "field_exists", 99, "0:0", /type id below/],
  ];
  for (const [what, kind, type, access, message] of broken) {
    it(`refuses ${what}`, () => {
      const local = [int(), struct("s", 8, [["f", 1, 0]]), enumeration("e", { A: 0n })];
      expect(() => value(local, local, kind, type, access)).toThrow(message);
    });
  }
});

describe("bitfields", () => {
  // 3 bits at bit 30 of an unsigned int do not fit 4 bytes: the load becomes 8 bytes wide.
  const types = (bits: readonly (readonly [string, number, number, number?])[]): BtfType[] => [
    int("unsigned int", 4, "none"),
    struct("s", 16, bits),
  ];
  const local = types([["f", 1, 0, 3]]);
  const ask = (
    kernel: BtfType[],
    kind: CoreRelocationKind,
    littleEndian: boolean,
  ): number | bigint | undefined => {
    const spec = coreObject(
      btfOf(local, littleEndian),
      [[mov(1, kind === "field_rshift_u64" ? 61 : 0), { kind, type: 2, access: "0:0" }]],
      littleEndian,
    );
    const [program] = prepareObject(
      spec,
      machineOf({ btf: btfOf(kernel, littleEndian), modules: () => [] }),
    ).programs;
    return program && decodeInstructions(program.code, littleEndian)[0]?.imm;
  };
  const rows: readonly [number, CoreRelocationKind, number, number][] = [
    // bit offset in the kernel, kind, little-endian, big-endian
    [5, "field_byte_offset", 0, 0],
    [5, "field_byte_size", 4, 4],
    [5, "field_lshift_u64", 64 - 8, 32 + 5],
    [5, "field_rshift_u64", 61, 61],
    [37, "field_byte_offset", 4, 4],
    [37, "field_lshift_u64", 64 - 8, 32 + 5],
    [30, "field_byte_offset", 0, 0],
    [30, "field_byte_size", 8, 8],
    [30, "field_lshift_u64", 64 - 33, 30],
    [30, "field_rshift_u64", 61, 61],
    [94, "field_byte_offset", 8, 8],
    [94, "field_lshift_u64", 64 - 33, 30],
  ];
  for (const [bit, kind, little, big] of rows) {
    it(`RULES 42: ${kind} of 3 bits at bit ${bit}`, () => {
      const kernel = types([["f", 1, bit, 3]]);
      expect([ask(kernel, kind, true), ask(kernel, kind, false)]).toEqual([little, big]);
    });
  }

  it("RULES 42: the smallest load that holds all bits", () => {
    const bytes = [int("unsigned char", 1, "none"), struct("s", 16, [["f", 1, 6, 3]])];
    expect(ask(bytes, "field_byte_size", true)).toBe(2);
    expect(
      ask([int("unsigned char", 1, "none"), struct("s", 16, [["f", 1, 15, 3]])], "field_byte_size", true),
    ).toBe(4);
  });

  it("RULES 42: bits that cross 64 are refused", () => {
    expect(() =>
      ask([int("u64", 8, "none"), struct("s", 16, [["f", 1, 62, 3]])], "field_byte_size", true),
    ).toThrow("expected a bitfield that a 64-bit load can read, found 3 bits at bit 62");
  });

  it("RULES 43: the compiler's value is not checked for bitfields, but for signedness and right shift it is", () => {
    const check =
      (kind: CoreRelocationKind): (() => unknown) =>
      () =>
        value(local, local, kind, 2, "0:0", 9);
    expect(check("field_byte_offset")()).toBe(0);
    expect(check("field_byte_size")()).toBe(4);
    expect(check("field_lshift_u64")()).toBe(61);
    expect(check("field_rshift_u64")).toThrow("expected the compiler's value 61 in the instruction, found 9");
    expect(check("field_signed")).toThrow("expected the compiler's value 0 in the instruction, found 9");
  });
});

describe("types", () => {
  /** Asks about type 3 of the object. */
  function answer(kind: "type_exists" | "type_matches", local: BtfType[], kernel: BtfType[]): boolean {
    const root = local.length;
    return value(local, kernel, kind, root, "0", 1) === 1;
  }
  const base = [int(), ptr(1)];
  const t = (...types: BtfType[]): BtfType[] => [...base, ...types];
  const rows: readonly [string, BtfType[], BtfType[], exists: boolean, matches: boolean][] = [
    ["the same struct", t(struct("s", 8, [["a", 1, 0]])), t(struct("s", 8, [["a", 1, 0]])), true, true],
    ["a struct with more in the kernel", t(struct("s", 8, [["a", 1, 0]])), t(struct("s", 16, [["b", 1, 0], ["a", 1, 32]])), true, true], // prettier-ignore
    ["a struct with less in the kernel", t(struct("s", 16, [["b", 1, 0], ["a", 1, 32]])), t(struct("s", 8, [["a", 1, 0]])), true, false], // prettier-ignore
    [
      "a member of another type",
      t(struct("s", 8, [["a", 1, 0]])),
      t(struct("s", 8, [["a", 2, 0]])),
      true,
      false,
    ],
    ["struct and union", t(struct("s", 8, [])), t(struct("s", 8, [], "union")), false, false],
    [
      "typedefs of ints of another size",
      t(typedef("n", 1)),
      [int("long", 8), ptr(1), typedef("n", 1)],
      true,
      false,
    ],
    ["typedef of an int and of a pointer", t(typedef("n", 1)), t(typedef("n", 2)), false, false],
    [
      "enums with fewer values",
      t(enumeration("e", { A: 1n })),
      t(enumeration("e", { B: 1n, A: 2n })),
      true,
      true,
    ],
    [
      "enums of two widths",
      t(enumeration("e", { A: 1n })),
      t(enumeration("e", { A: 1n }, "enum64")),
      true,
      false,
    ],
    [
      "prototypes of other parameters",
      t(proto(0, 1), typedef("f", 3)),
      t(proto(0, 2), typedef("f", 3)),
      false,
      false,
    ],
    [
      "prototypes of another length",
      t(proto(0, 1), typedef("f", 3)),
      t(proto(0, 1, 1), typedef("f", 3)),
      false,
      false,
    ],
    [
      "the same prototype",
      t(proto(1, 1, 2), typedef("f", 3)),
      t(proto(1, 1, 2), typedef("f", 3)),
      true,
      true,
    ],
    [
      "arrays of another length",
      t(array(1, 4), typedef("l", 3)),
      t(array(1, 5), typedef("l", 3)),
      true,
      false,
    ],
    ["a pointer to a struct and to its forward declaration", t(struct("x", 4, []), ptr(3), typedef("p", 4)), t(fwd("x"), ptr(3), typedef("p", 4)), false, true], // prettier-ignore
    ["a pointer to another struct", t(struct("x", 4, []), ptr(3), typedef("p", 4)), t(struct("y", 4, []), ptr(3), typedef("p", 4)), true, false], // prettier-ignore
    ["behind a pointer members do not count", t(struct("x", 4, [["a", 1, 0]]), ptr(3), typedef("p", 4)), t(struct("x", 4, []), ptr(3), typedef("p", 4)), true, true], // prettier-ignore
  ];
  for (const [what, local, kernel, exists, matches] of rows) {
    it(`${what}: ${exists ? "exists" : "does not exist"}, ${matches ? "matches" : "does not match"}`, () => {
      expect([answer("type_exists", local, kernel), answer("type_matches", local, kernel)]).toEqual([
        exists,
        matches,
      ]);
    });
  }

  it("sizes and ids", () => {
    const local = [int(), struct("s", 8, [["a", 1, 0]])];
    const kernel = [int(), ptr(1), struct("s", 24, [["a", 1, 0]])];
    expect(value(local, kernel, "type_size", 2, "0", 8)).toBe(24);
    // RULES 43: ids are not checked, they move when objects are linked.
    expect(value(local, kernel, "type_id_target", 2, "0", 77)).toBe(3);
    expect(value(local, { btf: undefined }, "type_id_local", 2, "0", 77)).toBe(2);
  });
});

describe("enumerators", () => {
  it("of 64 bits and of either sign go into an ldimm64", () => {
    const local = [enumeration("e", { A: 1n, B: 2n }, "enum64")];
    const kernel = [enumeration("e", { B: 0xffff_ffff_0000_0001n, A: 3n }, "enum64")];
    const program = prepare(local, kernel, [
      [ldimm64(1, 2n), { kind: "enumval_value", type: 1, access: "1" }],
      [mov(1, 1), { kind: "enumval_exists", type: 1, access: "0" }],
    ]);
    const code = decodeInstructions(program.code);
    expect([code[0]?.imm, code[1]?.imm]).toEqual([0xffff_ffff_0000_0001n, 1]);
    const negative = [enumeration("e", { A: -5n }, "enum", true)];
    expect(value(negative, negative, "enumval_value", 1, "0", -5)).toBe(-5);
  });

  it("of an unsigned enum above 2^31 stay unsigned", () => {
    const local = [enumeration("e", { A: 0x80000000n })];
    const program = prepare(local, local, [
      [ldimm64(1, 0x80000000n), { kind: "enumval_value", type: 1, access: "0" }],
    ]);
    expect(decodeInstructions(program.code)[0]?.imm).toBe(0x80000000n);
  });
});

describe("patching", () => {
  const local = [int("unsigned int", 4, "none"), ptr(1), struct("s", 16, [["f", 1, 32], ["p", 2, 64]])]; // prettier-ignore
  const moved = (to: number, member: BtfType = int("unsigned int", 4, "none")): BtfType[] => [
    member,
    ptr(1),
    struct("s", 16, [["f", 1, to * 8], ["p", 2, to * 8 + 64]]), // prettier-ignore
  ];
  const offset = { kind: "field_byte_offset", type: 3, access: "0:0" } as const;
  const patched = (instruction: Instruction, kernel: readonly BtfType[]): Instruction | undefined =>
    decodeInstructions(prepare(local, kernel, [[instruction, offset]]).code)[0];

  it("RULES 43: the offset of loads and stores", () => {
    for (const opcode of [0x61, 0x62, 0x63]) {
      const instruction = insn(opcode, { dst: 1, src: 2, off: 4, imm: 9 });
      expect(patched(instruction, moved(40))).toEqual({ ...instruction, off: 40 });
    }
  });

  it("RULES 43: an offset beyond 16 bits is refused for loads, not for arithmetic", () => {
    expect(() => patched(ldx(4, 4), moved(32768))).toThrow("expected an offset up to 32767, found 32768");
    expect(patched(mov(1, 4), moved(32768))?.imm).toBe(32768);
    expect(patched(insn(0x04, { dst: 1, imm: 4 }), moved(32768))?.imm).toBe(32768);
  });

  const widths: readonly [number, number][] = [
    [1, 0x71],
    [2, 0x69],
    [8, 0x79],
  ];
  for (const [size, opcode] of widths) {
    it(`RULES 43: a load of an unsigned int becomes ${size} bytes wide`, () => {
      const instruction = patched(ldx(4, 4), moved(8, int("u", size, "none")));
      expect([instruction?.opcode, instruction?.off]).toEqual([opcode, 8]);
    });
  }

  it("RULES 43: signed ints of another width poison loads, but not arithmetic", () => {
    const program = prepare(local, moved(8, int("long", 8)), [
      [ldx(4, 4), offset],
      [mov(1, 4), offset],
    ]);
    expect(program.poisoned).toEqual([
      {
        instruction: 0,
        imm: CORE_POISON,
        reason:
          "CO-RE field s.f: 4 bytes in the object, 8 bytes in the kernel, " +
          "and only pointers and unsigned integers may change their width",
      },
    ]);
    expect(decodeInstructions(program.code)[1]?.imm).toBe(8);
  });

  const bad: readonly [string, Instruction, RegExp][] = [
    [
      "a wrong value in arithmetic",
      mov(1, 5),
      /struct s\.f: field_byte_offset: expected the compiler's value 4 .* found 5/,
    ],
    ["a wrong offset in a load", ldx(4, 8), /expected the compiler's value 4 .* found 8/],
    ["a wrong constant", ldimm64(1, 5n), /expected the compiler's value 4 .* found 5/],
    ["a move of a register", insn(0xbf, { dst: 1, src: 2 }), /found opcode 0xbf/],
    ["a jump", insn(0x05, { off: 4 }), /found opcode 0x5/],
    ["a half constant", insn(0x18, { dst: 1, imm: 4 }), /found opcode 0x18/],
    ["a constant that is a map", { ...ldimm64(1, 4n), src: 1 }, /found opcode 0x18/],
  ];
  for (const [what, instruction, message] of bad) {
    it(`RULES 43: refuses ${what}`, () => {
      expect(() => patched(instruction, moved(8))).toThrow(message);
    });
  }

  it("RULES 43: refuses a second half that is no second half", () => {
    const spec = coreObject(btfOf(local), [[ldimm64(1, 4n), offset]]);
    const code = spec.programs[0]?.code.slice() ?? new Uint8Array();
    code[8] = 0xb7;
    const program = { ...spec.programs[0], code } as (typeof spec.programs)[0]; // spreading loses the element's type
    expect(() =>
      prepareObject(
        { ...spec, programs: program === undefined ? [] : [program] },
        machineOf({ btf: btfOf(local) }),
      ),
    ).toThrow("found opcode 0x18");
  });

  it("refuses a load of another width than the field's", () => {
    expect(() => patched(ldx(8, 4), moved(8, int("u", 2, "none")))).toThrow(
      "expected a load or store of 4 bytes to become one of 1, 2, 4 or 8, found one of 8 to become one of 2",
    );
  });

  it("explains every relocation in the order of instructions", () => {
    const program = prepare(local, moved(40), [
      [mov(1, 4), offset],
      [ldx(8, 8), { ...offset, access: "0:1" }],
      [mov(1, 16), { kind: "type_size", type: 3, access: "0" }],
    ]);
    expect(program.explained).toEqual([
      { instruction: 0, text: "struct s.f: field_byte_offset 4 -> 40" },
      { instruction: 1, text: "struct s.p: field_byte_offset 8 -> 48" },
      { instruction: 2, text: "struct s: type_size 16 -> 16" },
    ]);
  });
});
