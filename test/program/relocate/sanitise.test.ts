import { describe, expect, it } from "vitest";
import { readBtf, type Btf, type BtfType } from "../../../src/format/btf/index.ts";
import { decodeInstructions } from "../../../src/format/insn/index.ts";
import { prepareObject, sanitiseBtf, type MachineFeatures } from "../../../src/program/relocate/index.ts";
import type { ProgramSpec } from "../../../src/program/spec/index.ts";
import {
  btfOf,
  call,
  constant,
  enumeration,
  exit,
  features,
  float,
  func,
  functionOf,
  insn,
  int,
  machineOf,
  objectOf,
  programOf,
  proto,
  ptr,
  struct,
  typedef,
  variable,
} from "./support.ts";

const tag = (name: string, type: number): BtfType => ({
  kind: "decl_tag",
  name,
  type,
  component: -1,
  attribute: false,
});
const typeTag = (name: string, type: number): BtfType => ({ kind: "type_tag", name, type, attribute: false });
const section = (
  name: string,
  size: number,
  ...entries: readonly (readonly [number, number, number])[]
): BtfType => ({
  kind: "datasec",
  name,
  size,
  variables: entries.map(([type, offset, bytes]) => ({ type, offset, size: bytes })),
});

const types: readonly BtfType[] = [
  int(),
  proto(1, 1),
  func("main", 2),
  variable("counter", 1),
  section(".data.my", 8, [4, 4, 4]),
  section("?.struct_ops", 4, [4, 0, 4]),
  float("double", 8),
  typeTag("user", 1),
  tag("note", 3),
  enumeration("small", { A: 1n, B: -1n }, "enum", true),
  enumeration("large", { C: 1n << 40n }, "enum64"),
  struct("s", 4, [["m", 1, 0]]),
];

const without = (...missing: (keyof MachineFeatures)[]): MachineFeatures => ({
  ...features,
  ...Object.fromEntries(missing.map((feature) => [feature, false])),
});
const sanitised = (list: readonly BtfType[], ...missing: (keyof MachineFeatures)[]): Btf =>
  readBtf(sanitiseBtf(btfOf(list), without(...missing)));

describe("BTF for kernels that lack some of it", () => {
  const int1 = (name: string): BtfType => int(name, 1, "none");
  const replacements: readonly [
    string,
    (keyof MachineFeatures)[],
    Readonly<Record<number, Partial<BtfType>>>,
  ][] = [
    ["VAR becomes a byte, DATASEC a struct", ["btfDatasec"], {
      4: int1("counter"),
      5: struct("_data_my", 8, [["counter", 4, 32]]),
      6: struct("__struct_ops", 4, [["counter", 4, 0]]),
    }], // prettier-ignore
    ["DECL_TAG becomes a byte", ["btfDeclTag"], { 9: int1("note") }],
    [
      "a question mark in a section's name becomes _",
      ["btfQmarkDatasec"],
      { 6: section("_.struct_ops", 4, [4, 0, 4]) },
    ],
    ["FUNC_PROTO becomes an enum, FUNC a typedef", ["btfFunc"], {
      2: { kind: "enum", size: 4, values: [{ name: "p0", value: 1n }] },
      3: typedef("main", 2),
    }], // prettier-ignore
    ["a global FUNC becomes static", ["btfFuncGlobal"], { 3: func("main", 2, "static") }],
    ["FLOAT becomes an empty struct of its size", ["btfFloat"], { 7: struct("", 8, []) }],
    ["TYPE_TAG becomes const", ["btfTypeTag"], { 8: constant(1) }],
    ["ENUM loses its sign, ENUM64 becomes a union", ["btfEnum64"], {
      10: { kind: "enum", signed: false },
      11: struct("large", 8, [["C", 13, 0]], "union"),
      13: int1("enum64_placeholder"),
    }], // prettier-ignore
  ];
  for (const [what, missing, expected] of replacements) {
    it(`RULES 46: ${what}`, () => {
      const result = sanitised(types, ...missing);
      for (let id = 1; id < result.endId; id++) {
        // Ids do not move: what is not replaced is what it was.
        expect([id, result.type(id)]).toMatchObject([id, expected[id] ?? types[id - 1] ?? {}]);
      }
      expect(result.endId).toBe(missing.includes("btfEnum64") ? 14 : 13);
    });
  }

  it("RULES 46: nothing changes for a kernel that has all, and the object's own BTF never does", () => {
    const btf = btfOf(types);
    const before = btf.bytes.slice();
    expect(sanitiseBtf(btf, features)).toEqual(before);
    const all = without("btfFunc", "btfDatasec", "btfDeclTag", "btfFloat", "btfTypeTag", "btfEnum64");
    expect(readBtf(sanitiseBtf(btf, all)).endId).toBe(14);
    expect(btf.bytes).toEqual(before);
  });

  it("RULES 46: string offsets stay, for line info refers to them", () => {
    const btf = btfOf(types);
    const strings = (bytes: Uint8Array): Uint8Array => {
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      const start = view.getUint32(4, true) + view.getUint32(16, true);
      return bytes.subarray(start, start + view.getUint32(20, true));
    };
    const own = strings(btf.bytes);
    expect(strings(sanitiseBtf(btf, without("btfDatasec", "btfEnum64"))).subarray(0, own.length)).toEqual(
      own,
    );
  });

  it("RULES 46: unnamed parameters get a name where they become enumerators", () => {
    const unnamed: BtfType = {
      kind: "func_proto",
      name: "",
      returnType: 0,
      parameters: [{ name: "", type: 1 }],
    };
    expect(sanitised([int(), unnamed], "btfFunc").type(2)).toMatchObject({
      values: [{ name: "unnamed", value: 1n }],
    });
  });

  it("works in big-endian bytes", () => {
    const btf = btfOf(types, false);
    const result = readBtf(sanitiseBtf(btf, without("btfFloat", "btfDeclTag")));
    expect(result.littleEndian).toBe(false);
    expect([result.type(7), result.type(9)]).toMatchObject([
      { kind: "struct", size: 8 },
      { kind: "int", size: 1 },
    ]);
  });
});

describe(".ksyms", () => {
  const list: readonly BtfType[] = [
    int("u64", 8, "none"),
    {
      kind: "func_proto",
      name: "",
      returnType: 0,
      parameters: [
        { name: "", type: 1 },
        { name: "n", type: 1 },
      ],
    },
    func("bpf_f", 2, "extern"),
    variable("v", 5, "extern"),
    ptr(0),
    section(".ksyms", 0, [3, 0, 0], [4, 0, 8]),
    func("bpf_g", 2, "extern"),
  ];

  it("extern functions and variables become what the kernel takes", () => {
    const result = sanitised(list);
    // There was no 32-bit int: 8; the dummy variable in place of functions: 9.
    expect(result.type(8)).toEqual(int());
    expect(result.type(9)).toEqual(variable("dummy_ksym", 8));
    expect(result.type(6)).toEqual(section(".ksyms", 8, [9, 0, 4], [4, 4, 4]));
    expect(result.type(4)).toEqual(variable("v", 8));
    expect(result.type(3)).toEqual(func("bpf_f", 2));
    expect(result.type(2)).toMatchObject({ parameters: [{ name: "dummy_ksym" }, { name: "n" }] });
    expect(result.type(7)).toEqual(func("bpf_g", 2, "extern"));
  });

  it("the dummy's name is written once, as libbpf does", () => {
    const bytes = sanitiseBtf(btfOf(list), without());
    const text = String.fromCharCode(...bytes);
    expect(text.split("dummy_ksym")).toHaveLength(2);
  });

  it("the object's int is used if there is one", () => {
    const result = sanitised([...list, int()]);
    expect(result.type(9)).toEqual(variable("dummy_ksym", 8));
    expect(result.endId).toBe(10);
  });

  it("RULES 46: the dummy is replaced with the other variables", () => {
    const result = sanitised(list, "btfDatasec");
    expect(result.type(8)).toEqual(int("dummy_ksym", 1, "none"));
    expect(result.type(6)).toEqual(struct("_ksyms", 8, [["dummy_ksym", 8, 0], ["v", 4, 32]])); // prettier-ignore
  });
});

describe("prepared BTF", () => {
  const spec = objectOf({ btf: btfOf(types), programs: [programOf("p", [exit], { btfId: 3 })] });

  it("is absent where the kernel has none, and so is function info", () => {
    const prepared = prepareObject(spec, machineOf({ features: without("btf") }));
    expect([prepared.btf, prepared.programs[0]?.functions]).toEqual([undefined, []]);
    expect(prepareObject(objectOf({ programs: spec.programs }), machineOf()).btf).toBeUndefined();
    expect(prepareObject(spec, machineOf()).programs[0]?.functions).toEqual([{ instruction: 0, type: 3 }]);
    expect(prepareObject(spec, machineOf({ features: without("btfFunc") })).programs[0]?.functions).toEqual(
      [],
    );
  });
});

describe("probe reads", () => {
  const helpers: readonly [number, number][] = [
    [112, 4], // probe_read_user
    [113, 4], // probe_read_kernel
    [114, 45], // probe_read_user_str
    [115, 45], // probe_read_kernel_str
    [35, 35],
  ];
  const program = programOf("p", [
    ...helpers.map(([imm]) => insn(0x85, { imm })),
    insn(0x85, { src: 1, imm: 112 }),
    exit,
  ]);
  const calls = (list: MachineFeatures): unknown[] => {
    // The call of a subprogram is not a helper call, whatever its imm: it is given a target that exists.
    const target = programOf("t", [exit], { section: ".text", offset: 200 });
    const own = { ...program, relocations: [{ kind: "call", instruction: 5, target: 200 } as const] };
    const prepared = prepareObject(
      objectOf({ programs: [own], subprograms: [target] }),
      machineOf({ features: list }),
    );
    return decodeInstructions(prepared.programs[0]?.code ?? new Uint8Array()).map(({ imm }) => imm);
  };

  it("RULES 36: fall back to bpf_probe_read where the kernel has no other", () => {
    expect(calls(without("probeReadKernel"))).toEqual([4, 4, 45, 45, 35, 1, 0, 0]);
    expect(calls(features)).toEqual([112, 113, 114, 115, 35, 1, 0, 0]);
  });
});

describe("__arg_ctx", () => {
  // 1 int, 2 void *, 3 prototype (void *, int), 4 its function, 5 the tag; 6 main's prototype, 7 main.
  const tagged = (...pointer: BtfType[]): BtfType[] => [
    int(),
    pointer[0] ?? ptr(0),
    proto(1, 2, 1),
    func("sub", 3),
    { kind: "decl_tag", name: "arg:ctx", type: 4, component: 0, attribute: false },
    proto(1, 2),
    func("main", 6),
    ...pointer.slice(1),
  ];
  const sub = functionOf("sub", [exit], { btfId: 4 });
  const program = (type: ProgramSpec["type"], name = "main"): ProgramSpec =>
    programOf(name, [call, exit], {
      type,
      btfId: 7,
      relocations: [{ kind: "call", instruction: 0, target: 0 }],
    });
  function prepare(
    types_: readonly BtfType[],
    programs: readonly ProgramSpec[],
    argumentContextTag?: boolean,
  ) {
    const spec = objectOf({ btf: btfOf(types_), programs, subprograms: [sub] });
    const prepared = prepareObject(spec, machineOf({ argumentContextTag }));
    const btf = readBtf(prepared.btf ?? new Uint8Array());
    /** What the kernel sees as the first parameter of `sub` in each program. */
    const contexts = prepared.programs.map(({ functions }) => {
      const target = btf.type(functions[1]?.type ?? 0);
      const prototype = target.kind === "func" ? btf.type(target.type) : undefined;
      const pointer =
        prototype?.kind === "func_proto" ? btf.type(prototype.parameters[0]?.type ?? 0) : undefined;
      return pointer?.kind === "ptr" ? btf.name(pointer.type) : undefined;
    });
    return { btf, contexts, functions: prepared.programs.map(({ functions }) => functions[1]?.type) };
  }

  it("each program's copy names its own context where the kernel does not know the tag", () => {
    const { contexts, functions, btf } = prepare(
      tagged(),
      [program("kprobe"), program("xdp", "other")],
      false,
    );
    expect(contexts).toEqual(["bpf_user_pt_regs_t", "xdp_md"]);
    expect(functions.every((id) => (id ?? 0) >= 8 && btf.name(id ?? 0) === "sub")).toBe(true);
    // The object's own function is as it was.
    expect(btf.type(4)).toEqual(func("sub", 3));
  });

  it("nothing changes where the kernel knows it, or the type is right, or there is no named context", () => {
    expect(prepare(tagged(), [program("kprobe")]).functions).toEqual([4]);
    expect(prepare(tagged(), [program("kprobe")], true).functions).toEqual([4]);
    expect(prepare(tagged(), [program("tracing")], false).functions).toEqual([4]);
    expect(prepare(tagged(ptr(8), struct("xdp_md", 4, [])), [program("xdp")], false).functions).toEqual([4]);
  });

  const declared: readonly [ProgramSpec["type"], BtfType, boolean][] = [
    ["kprobe", struct("pt_regs", 8, []), true],
    ["xdp", struct("pt_regs", 8, []), false],
    ["perf_event", struct("user_pt_regs", 8, []), true],
    ["raw_tracepoint", int("u64", 8, "none"), true],
    ["xdp", int("u64", 8, "none"), false],
    ["raw_tracepoint", int("u32", 4, "none"), false],
  ];
  for (const [type, target, renamed] of declared) {
    it(`${type} with a pointer to ${target.kind} ${target.name}: ${renamed ? "renamed" : "left"}`, () => {
      const { functions } = prepare(tagged(ptr(8), target), [program(type)], false);
      expect(functions[0] === 4).toBe(!renamed);
    });
  }
});
