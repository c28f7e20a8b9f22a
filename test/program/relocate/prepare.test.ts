import { describe, expect, it } from "vitest";
import { TsbpfError } from "../../../src/errors.ts";
import type { BtfType } from "../../../src/format/btf/index.ts";
import { needsKernelBtf, prepareObject } from "../../../src/program/relocate/index.ts";
import type { ObjectSpec, ProgramSpec, SectionDefinition } from "../../../src/program/spec/index.ts";
import {
  btfOf,
  call,
  exit,
  functionOf,
  func,
  int,
  ldimm64,
  machineOf,
  mov,
  objectOf,
  programOf,
  proto,
  struct,
} from "./support.ts";

const broken = programOf("broken", [ldimm64(1), exit], {
  relocations: [{ kind: "extern", instruction: 0, extern: "gone" }],
});
const sound = programOf("sound", [exit]);
const gone = { kind: "ksym", name: "gone", weak: false, type: 0 } as const;
const machine = machineOf({ symbols: () => new Map() });

describe("choice of programs", () => {
  const off = programOf("off", [ldimm64(1), exit], { ...broken, name: "off", autoload: false });
  const spec = objectOf({ programs: [off, sound], externs: [gone] });

  it("RULES 35: programs without autoload are not prepared, their relocations not resolved", () => {
    // machineOf() throws when it is asked for symbols.
    const prepared = prepareObject(spec, machineOf());
    expect(prepared.programs.map(({ spec: { name } }) => name)).toEqual(["sound"]);
  });

  it("RULES 35: names choose, in their order", () => {
    const many = objectOf({
      programs: [programOf("a", [exit]), programOf("b", [exit], { autoload: false })],
    });
    const prepared = prepareObject(many, machineOf(), { programs: new Set(["b", "a", "b"]) });
    expect(prepared.programs.map(({ spec: { name } }) => name)).toEqual(["b", "a"]);
    expect(() => prepareObject(spec, machine, { programs: ["off"] })).toThrow(
      /^program "off": instruction 0: extern gone: expected a kernel symbol/,
    );
  });

  it("an unknown name is refused with a suggestion", () => {
    expect(() => prepareObject(spec, machineOf(), { programs: ["sond"] })).toThrow(
      'expected a program of the object, found "sond" (did you mean "sound"?)',
    );
  });

  it("optional programs are skipped with their error, others are not", () => {
    const both = objectOf({ programs: [broken, sound], externs: [gone] });
    const prepared = prepareObject(both, machine, { optional: new Set(["broken"]) });
    expect(prepared.programs.map(({ spec: { name } }) => name)).toEqual(["sound"]);
    expect(prepared.skipped.map(({ program, error }) => [program, error.message.slice(0, 50)])).toEqual([
      ["broken", 'program "broken": instruction 0: extern gone: expe'],
    ]);
    expect(() => prepareObject(both, machine, { optional: new Set(["sound"]) })).toThrow(TsbpfError);
  });

  it("the trail of an error is that of its program, also where two share the fault", () => {
    const twin = { ...broken, name: "twin" };
    const both = objectOf({ programs: [broken, twin], externs: [gone] });
    const { skipped } = prepareObject(both, machine, { optional: new Set(["broken", "twin"]) });
    expect(skipped.map(({ error }) => error.message.split(": extern")[0])).toEqual([
      'program "broken": instruction 0',
      'program "twin": instruction 0',
    ]);
  });

  it("RULES 4: struct_ops programs follow the maps that refer to them", () => {
    const member = (program: string, autocreate: boolean): ObjectSpec["maps"][number] => ({
      name: `ops_${program}`,
      kernelName: `ops_${program}`,
      origin: "struct_ops",
      type: "struct_ops",
      keySize: 4,
      valueSize: 8,
      maxEntries: 1,
      flags: 0,
      numaNode: undefined,
      mapExtra: 0n,
      pinning: "none",
      keyType: 0,
      valueType: 0,
      inner: undefined,
      slots: [],
      contents: undefined,
      eventType: 0,
      autocreate,
      structOps: { type: 1, link: false, programs: [{ offset: 0, program }] },
    });
    const ops = (name: string, autoload: boolean): ProgramSpec =>
      programOf(name, [exit], { type: "struct_ops", autoload });
    const prepared = prepareObject(
      objectOf({
        programs: [ops("used", false), ops("unused", true), ops("alone", true), ops("off", false)],
        maps: [member("used", true), member("unused", false)],
      }),
      machineOf(),
    );
    expect(prepared.programs.map(({ spec: { name } }) => name)).toEqual(["used", "alone"]);
  });
});

describe("messages", () => {
  it("name the subprogram and the C line", () => {
    const source = { file: "a.bpf.c", line: 12, column: 3, text: "  return *gone;" };
    const lines = [{ instruction: 0, source, fileNameOffset: 0, lineOffset: 0, lineColumn: 0 }];
    const sub = functionOf("helper", [mov(0, 0), ldimm64(1), exit], {
      relocations: [{ kind: "extern", instruction: 1, extern: "gone" }],
      lines,
    });
    const program = programOf("main", [call, exit], {
      relocations: [{ kind: "call", instruction: 0, target: 0 }],
    });
    const spec = objectOf({ programs: [program], subprograms: [sub], externs: [gone] });
    expect(() => prepareObject(spec, machine)).toThrow(
      /^program "main": instruction 3 in subprogram "helper" \(a\.bpf\.c:12: `return \*gone;`\): extern gone: /,
    );
  });
});

describe("layout", () => {
  it("says which function stands where", () => {
    const sub = functionOf("helper", [mov(0, 0), exit]);
    const program = programOf("main", [call, exit], {
      relocations: [{ kind: "call", instruction: 0, target: 0 }],
    });
    const prepared = prepareObject(objectOf({ programs: [program], subprograms: [sub] }), machineOf());
    expect(prepared.programs[0]?.layout).toEqual([
      { name: "main", instruction: 0, length: 2 },
      { name: "helper", instruction: 2, length: 2 },
    ]);
  });
});

describe("exception callbacks", () => {
  const types = (callback: string): BtfType[] => [
    int(),
    proto(1),
    func("main", 2),
    { kind: "decl_tag", name: `exception_callback:${callback}`, type: 3, component: -1, attribute: false },
  ];
  const main = programOf("main", [exit]);
  const caught = functionOf("caught", [mov(0, 1), exit]);
  const names = (spec: ObjectSpec): unknown =>
    prepareObject(spec, machineOf()).programs[0]?.layout.map(({ name }) => name);

  it("are appended though nothing calls them", () => {
    expect(names(objectOf({ btf: btfOf(types("caught")), programs: [main], subprograms: [caught] }))).toEqual(
      ["main", "caught"],
    );
  });

  it("must be one global, visible function", () => {
    const of = (...subprograms: ObjectSpec["subprograms"]): ObjectSpec =>
      objectOf({ btf: btfOf(types("caught")), programs: [main], subprograms });
    expect(() => names(of({ ...caught, name: "cought" }))).toThrow('found none (did you mean "cought"?)');
    expect(() => names(of({ ...caught, linkage: "static" }))).toThrow("found a static one");
    expect(() => names(of({ ...caught, hidden: true }))).toThrow("found a hidden one");
    expect(() => names(of(caught, { ...caught, offset: 9 }))).toThrow("found 2 of them");
  });
});

describe("need of the kernel's BTF", () => {
  const definition = (attachBtf: boolean): SectionDefinition => ({
    pattern: "x",
    type: "tracing",
    expectedAttachType: undefined,
    attachTypeOptional: false,
    attachBtf,
    sleepable: false,
    frags: false,
    attach: "tracing",
  });
  const core = (kind: "type_exists" | "type_id_local"): ObjectSpec =>
    objectOf({
      btf: btfOf([struct("s", 4, [])]),
      programs: [
        programOf("p", [mov(1, 1), exit], {
          coreRelocations: [{ instruction: 0, type: 1, access: "0", kind }],
        }),
      ],
    });
  const typed = (type: number): ObjectSpec => objectOf({ programs: [broken], externs: [{ ...gone, type }] });
  const rows: readonly [string, ObjectSpec, boolean][] = [
    ["a plain program", objectOf({ programs: [sound] }), false],
    ["CO-RE", core("type_exists"), true],
    ["CO-RE of local ids only", core("type_id_local"), false],
    ["a typed extern", typed(1), true],
    ["a typeless extern", typed(0), false],
    [
      "a tracing program",
      objectOf({ programs: [{ ...sound, type: "tracing", definition: definition(true) }] }),
      true,
    ],
    ["freplace", objectOf({ programs: [{ ...sound, type: "ext", definition: definition(true) }] }), false],
    [
      "a program without autoload",
      objectOf({ programs: [{ ...sound, type: "lsm", autoload: false }] }),
      false,
    ],
  ];
  for (const [what, spec, needed] of rows) {
    it(`RULES 17: ${what}: ${needed ? "yes" : "no"}`, () => {
      expect(needsKernelBtf(spec)).toBe(needed);
    });
  }

  it("RULES 17: CO-RE in a subprogram counts for those who call it", () => {
    const sub = functionOf("sub", [mov(1, 1), exit], {
      coreRelocations: [{ instruction: 0, type: 1, access: "0", kind: "type_exists" }],
    });
    const caller = programOf("caller", [call, exit], {
      relocations: [{ kind: "call", instruction: 0, target: 0 }],
    });
    const spec = objectOf({
      btf: btfOf([struct("s", 4, [])]),
      programs: [sound, caller],
      subprograms: [sub],
    });
    expect([
      needsKernelBtf(spec, { programs: ["sound"] }),
      needsKernelBtf(spec, { programs: ["caller"] }),
    ]).toEqual([false, true]);
  });
});
