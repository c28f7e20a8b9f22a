import { describe, expect, it } from "vitest";
import type { BtfType } from "../../../src/format/btf/index.ts";
import { decodeInstructions, type Instruction } from "../../../src/format/insn/index.ts";
import {
  KFUNC_POISON,
  MAP_POISON,
  prepareObject,
  type Machine,
  type PreparedObject,
} from "../../../src/program/relocate/index.ts";
import type {
  ExternSpec,
  KconfigExtern,
  MapSpec,
  ObjectSpec,
  ProgramSpec,
} from "../../../src/program/spec/index.ts";
import {
  btfOf,
  exit,
  features,
  func,
  insn,
  int,
  ldimm64,
  machineOf,
  mov,
  objectOf,
  programOf,
  proto,
  ptr,
  struct,
  typedef,
  variable,
} from "./support.ts";

const kconfig = (name: string, parts: Partial<KconfigExtern> = {}): KconfigExtern => ({
  kind: "kconfig",
  name,
  weak: false,
  type: 1,
  value: "int",
  signed: false,
  offset: 0,
  size: 4,
  ...parts,
});
const mapOf = (name: string, parts: Partial<MapSpec> = {}): MapSpec => ({
  name,
  kernelName: name,
  origin: "declared",
  type: "array",
  keySize: 4,
  valueSize: 4,
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
  autocreate: true,
  structOps: undefined,
  ...parts,
});
const kconfigMap = mapOf(".kconfig", { origin: "kconfig", valueSize: 16 });
/** `r1 = &extern`, or a call of it. */
const use = (
  extern: string,
  instruction: Instruction = ldimm64(1),
  parts: Partial<ProgramSpec> = {},
): ProgramSpec =>
  programOf("p", [instruction, exit], {
    relocations: [{ kind: "extern", instruction: 0, extern }],
    ...parts,
  });
const kfuncCall = insn(0x85, { src: 2, imm: -1 });

/** The value of one kconfig extern, as it stands in the map. */
function read(
  extern: KconfigExtern,
  config: Readonly<Record<string, string>>,
  littleEndian = true,
): number[] {
  const program = use(extern.name, undefined, { littleEndian } as Partial<ProgramSpec>); // support's own field
  const spec = objectOf({ littleEndian, externs: [extern], maps: [kconfigMap], programs: [program] });
  const machine = machineOf({ kconfig: () => new Map(Object.entries(config)) });
  return [...(prepareObject(spec, machine).kconfig ?? [])].slice(extern.offset, extern.offset + extern.size);
}

describe("kconfig externs", () => {
  const bytes = (value: number | bigint, size: number): number[] =>
    Array.from({ length: size }, (_, at) =>
      Number((BigInt.asUintN(64, BigInt(value)) >> BigInt(at * 8)) & 0xffn),
    );
  const good: readonly [string, Partial<KconfigExtern>, number[]][] = [
    ["y", { value: "bool", size: 1 }, [1]],
    ["n", { value: "bool", size: 1 }, [0]],
    ["y", { value: "tristate" }, [1, 0, 0, 0]],
    ["m", { value: "tristate" }, [2, 0, 0, 0]],
    ["n", { value: "tristate" }, [0, 0, 0, 0]],
    ["m", { value: "char", size: 1 }, [0x6d]],
    ["250", {}, bytes(250, 4)],
    ["0x1000000", { size: 8 }, bytes(0x1000000, 8)],
    ["0755", {}, bytes(0o755, 4)],
    ["0", {}, bytes(0, 4)],
    ["-5", { signed: true, size: 2 }, bytes(-5, 2)],
    ["-5", { size: 8 }, bytes(-5, 8)],
    ["255", { size: 1 }, [255]],
    ["-128", { signed: true, size: 1 }, [0x80]],
    ["65", { value: "char", size: 1 }, [65]],
    ['"abc"', { value: "string", size: 6 }, [0x61, 0x62, 0x63, 0, 0, 0]],
    ['"abcdef"', { value: "string", size: 4 }, [0x61, 0x62, 0x63, 0]],
    ['""', { value: "string", size: 2 }, [0, 0]],
  ];
  for (const [text, parts, expected] of good) {
    it(`RULES 25: ${text} as ${parts.value ?? "int"} of ${parts.size ?? 4} bytes`, () => {
      expect(read(kconfig("CONFIG_X", parts), { CONFIG_X: text })).toEqual(expected);
    });
  }

  const bad: readonly [string, Partial<KconfigExtern>, RegExp][] = [
    ["m", { value: "bool", size: 1 }, /expected an enum libbpf_tristate or char to take "m", found bool/],
    ["y", {}, /expected a bool, enum libbpf_tristate or char to take "y", found int/],
    ["256", { size: 1 }, /expected a value of unsigned 8 bits, found 256/],
    ["128", { size: 1, signed: true }, /expected a value of signed 8 bits, found 128/],
    ["-1", { size: 4 }, /expected a value of unsigned 32 bits, found -1/],
    ["1", { value: "bool", size: 1 }, /expected an integer type to take 1, found bool/],
    ["1", { value: "tristate" }, /expected an integer type to take 1, found tristate/],
    ['"x"', {}, /expected char\[\] to take "x", found int/],
    ['"x', { value: "string", size: 4 }, /expected a closing quote/],
    ["yes", {}, /expected y, n, m, a "string" or a number, found yes/],
    ["0x1_0", {}, /expected y, n, m/],
    ["18446744073709551616", { size: 8 }, /expected y, n, m/],
  ];
  for (const [text, parts, message] of bad) {
    it(`RULES 25: refuses ${text} as ${parts.value ?? "int"}`, () => {
      const extern = kconfig("CONFIG_X", parts);
      expect(() => read(extern, { CONFIG_X: text })).toThrow(message);
      expect(() => read(extern, { CONFIG_X: text })).toThrow(
        /^program "p": instruction 0: extern CONFIG_X: /,
      );
    });
  }

  it("RULES 25: a missing weak one is 0, a missing strong one an error that names a similar option", () => {
    expect(read(kconfig("CONFIG_BPF_SYSCAL", { weak: true }), { CONFIG_BPF_SYSCALL: "y" })).toEqual([
      0, 0, 0, 0,
    ]);
    expect(() => read(kconfig("CONFIG_BPF_SYSCAL"), { CONFIG_BPF_SYSCALL: "y" })).toThrow(
      "which does not set it; CONFIG_BPF_SYSCALL is set (declare the extern __weak",
    );
  });

  const prepareWith = (extern: KconfigExtern, machine: Partial<Machine>): Uint8Array | undefined =>
    prepareObject(
      objectOf({ externs: [extern], maps: [kconfigMap], programs: [use(extern.name)] }),
      machineOf(machine),
    ).kconfig;

  it("RULES 25: the virtual ones need no configuration", () => {
    const version = prepareWith(kconfig("LINUX_KERNEL_VERSION"), { kernelVersion: 0x60102 });
    expect([...(version ?? [])].slice(0, 4)).toEqual([2, 1, 6, 0]);
    for (const [name, feature] of [
      ["LINUX_HAS_BPF_COOKIE", "bpfCookie"],
      ["LINUX_HAS_SYSCALL_WRAPPER", "syscallWrapper"],
    ] as const) {
      const extern = kconfig(name, { value: "bool", size: 1 });
      expect(prepareWith(extern, {})?.[0]).toBe(1);
      expect(prepareWith(extern, { features: { ...features, [feature]: false } })?.[0]).toBe(0);
    }
    expect(prepareWith(kconfig("LINUX_NEW", { weak: true }), {})?.[0]).toBe(0);
    expect(() => prepareWith(kconfig("LINUX_NEW"), {})).toThrow("declare it __weak if it may be unknown");
    expect(() => prepareWith(kconfig("NONSENSE", { weak: true }), {})).toThrow("expected a CONFIG_… option");
    expect(() => prepareWith(kconfig("LINUX_KERNEL_VERSION", { value: "string" }), {})).toThrow(
      /expected an integer, char or bool to take \d+, found string/,
    );
  });

  it("RULES 25: without any configuration strong externs are refused, weak ones are 0", () => {
    expect(() => prepareWith(kconfig("CONFIG_HZ"), { kconfig: () => undefined })).toThrow(
      "expected a kernel configuration to take it from, found none",
    );
    expect(prepareWith(kconfig("CONFIG_HZ", { weak: true }), { kconfig: () => undefined })?.[0]).toBe(0);
  });

  it("RULES 32: the instruction points into the .kconfig map", () => {
    const spec = objectOf({
      externs: [kconfig("CONFIG_HZ", { offset: 8 })],
      maps: [kconfigMap],
      programs: [use("CONFIG_HZ")],
    });
    const [program] = prepareObject(
      spec,
      machineOf({ kconfig: () => new Map([["CONFIG_HZ", "250"]]) }),
    ).programs;
    expect(program && decodeInstructions(program.code)[0]).toEqual(
      insn(0x18, { dst: 1, src: 2, imm: 8n << 32n }),
    );
    expect(program?.maps).toEqual([{ instruction: 0, map: ".kconfig" }]);
    expect(program?.explained.map(({ text }) => text)).toContain("extern CONFIG_HZ = 250");
  });

  it("writes the bytes in the object's order", () => {
    expect(read(kconfig("CONFIG_HZ", { offset: 4 }), { CONFIG_HZ: "250" }, false)).toEqual([0, 0, 0, 250]);
    const text = kconfig("CONFIG_S", { value: "string", size: 3 });
    expect(read(text, { CONFIG_S: '"ab"' }, false)).toEqual([0x61, 0x62, 0]);
  });
});

describe("kernel symbols", () => {
  const ksym = (weak = false): ExternSpec => ({ kind: "ksym", name: "init_task", weak, type: 0 });
  const prepare = (extern: ExternSpec, addresses: readonly bigint[] | undefined): PreparedObject =>
    prepareObject(
      objectOf({ externs: [extern], programs: [use("init_task")] }),
      machineOf({ symbols: () => new Map(addresses === undefined ? [] : [["init_task", addresses]]) }),
    );
  const address = (prepared: PreparedObject): unknown =>
    prepared.programs.map(({ code }) => decodeInstructions(code)[0])[0];

  it("RULES 27: become addresses", () => {
    expect(address(prepare(ksym(), [0xffffffff_81000000n]))).toEqual(ldimm64(1, 0xffffffff_81000000n));
    expect(address(prepare(ksym(), [5n, 5n]))).toEqual(ldimm64(1, 5n));
  });

  it("RULES 27: two addresses are an error, whether weak or not", () => {
    for (const weak of [true, false]) {
      expect(() => prepare(ksym(weak), [1n, 2n])).toThrow(
        "extern init_task: expected one kernel symbol of this name, found 0x1 and 0x2",
      );
    }
  });

  it("RULES 27: address 0 means hidden, not missing", () => {
    expect(() => prepare(ksym(true), [0n])).toThrow(/all addresses are hidden as 0 \(CAP_SYSLOG and sysctl/);
  });

  it("RULES 27: a missing weak one is 0, a missing strong one an error", () => {
    expect(address(prepare(ksym(true), undefined))).toEqual(ldimm64(1, 0n));
    expect(() => prepare(ksym(), undefined)).toThrow("expected a kernel symbol of this name, found none");
  });
});

describe("typed externs", () => {
  // The object: 1 int, 2 its prototype f(int), 3 f(int *), 4 int *.
  const local = btfOf([int(), proto(1, 1), proto(1, 4), ptr(1)]);
  const kernelTypes: BtfType[] = [
    struct("other", 4, []),
    int("u64", 8, "none"),
    proto(2, 2),
    func("bpf_f", 3),
    variable("v", 2),
    typedef("bpf_f", 2),
    ptr(2),
  ];
  const kernel = btfOf(kernelTypes);
  const kfunc = (parts: Partial<Extract<ExternSpec, { kind: "kfunc" }>> = {}): ExternSpec => ({
    kind: "kfunc",
    name: "bpf_f",
    weak: false,
    type: 2,
    ...parts,
  });
  const ksym = (parts: Partial<Extract<ExternSpec, { kind: "ksym" }>> = {}): ExternSpec => ({
    kind: "ksym",
    name: "v",
    weak: false,
    type: 1,
    ...parts,
  });
  const specOf = (extern: ExternSpec, instruction: Instruction): ObjectSpec =>
    objectOf({
      btf: local,
      externs: [ksym({ name: "unused" }), extern],
      programs: [use(extern.name, instruction)],
    });
  function prepare(extern: ExternSpec, instruction: Instruction, machine: Partial<Machine> = {}) {
    const prepared = prepareObject(
      specOf(extern, instruction),
      machineOf({ btf: kernel, modules: () => [], ...machine }),
    );
    const [program] = prepared.programs;
    if (program === undefined) throw new Error("no program");
    return { ...program, first: decodeInstructions(program.code)[0] };
  }

  it("RULES 29: a call of a kernel function of vmlinux", () => {
    const { first, modules } = prepare(kfunc(), kfuncCall);
    expect(first).toEqual(insn(0x85, { src: 2, imm: 4, off: 0 }));
    expect(modules).toEqual([]);
  });

  it("RULES 28: the name of a kernel function is cut at its flavour", () => {
    expect(prepare(kfunc({ name: "bpf_f___v2" }), kfuncCall).first?.imm).toBe(4);
  });

  const module = {
    name: "nf_conntrack",
    id: 42,
    btf: btfOf([proto(2, 2), func("bpf_ct", kernel.endId), variable("bpf_var", 2)], true, kernel),
  };
  const second = { name: "other", id: 43, btf: btfOf([func("bpf_other", 3)], true, kernel) };

  it("RULES 29: modules are numbered from 1 in fd_array, in the order of their first call", () => {
    const externs = [kfunc({ name: "bpf_other" }), kfunc({ name: "bpf_ct" })];
    const calls = ["bpf_other", "bpf_ct", "bpf_other"];
    const program = programOf("p", [kfuncCall, kfuncCall, kfuncCall, exit], {
      relocations: calls.map((extern, instruction) => ({ kind: "extern", instruction, extern })),
    });
    const machine = machineOf({ btf: kernel, modules: () => [module, second] });
    const [prepared] = prepareObject(
      objectOf({ btf: local, externs, programs: [program] }),
      machine,
    ).programs;
    const code = decodeInstructions(prepared?.code ?? new Uint8Array());
    expect(code.slice(0, 3).map(({ off, imm }) => [off, imm])).toEqual([
      [1, kernel.endId],
      [2, kernel.endId + 1],
      [1, kernel.endId],
    ]);
    expect(prepared?.modules.map(({ kind, instruction, module: { id } }) => [kind, instruction, id])).toEqual(
      [
        ["kfunc", 0, 43],
        ["kfunc", 1, 42],
        ["kfunc", 2, 43],
      ],
    );
  });

  it("RULES 29: variables, and functions whose address is taken, are PSEUDO_BTF_ID", () => {
    expect(prepare(ksym(), ldimm64(1)).first).toEqual(insn(0x18, { dst: 1, src: 3, imm: 5n }));
    expect(prepare(kfunc(), ldimm64(1)).first).toEqual(insn(0x18, { dst: 1, src: 3, imm: 4n }));
    const far = prepare(ksym({ name: "bpf_var" }), ldimm64(1), { modules: () => [module] });
    expect(far.first?.imm).toBe(BigInt(kernel.endId + 2));
    expect(far.modules).toMatchObject([{ instruction: 0, kind: "ksym", module: { id: 42 } }]);
  });

  it("RULES 34: a call of a missing weak function is poisoned with its number, its address is 0", () => {
    const { first, poisoned } = prepare(kfunc({ name: "bpf_none", weak: true }), kfuncCall);
    expect(first).toEqual(insn(0x85, { imm: 2_002_000_001 }));
    expect(poisoned).toEqual([
      {
        instruction: 0,
        imm: KFUNC_POISON + 1,
        reason: "kernel function bpf_none: not in the BTF of vmlinux or a module",
      },
    ]);
    expect(prepare(kfunc({ name: "bpf_none", weak: true }), ldimm64(1)).first).toEqual(ldimm64(1, 0n));
    expect(prepare(ksym({ name: "none", weak: true }), ldimm64(1)).first).toEqual(ldimm64(1, 0n));
  });

  it("RULES 28: a weak incompatible function counts as missing, a strong one or a variable is an error", () => {
    expect(prepare(kfunc({ type: 3, weak: true }), kfuncCall).poisoned[0]?.reason).toBe(
      "kernel function bpf_f: the object declares another type than vmlinux has",
    );
    expect(() => prepare(kfunc({ type: 3 }), kfuncCall)).toThrow("another type than vmlinux has");
    expect(() => prepare(ksym({ type: 4, weak: true }), ldimm64(1))).toThrow("another type than vmlinux has");
  });

  it("a missing strong one is an error", () => {
    expect(() => prepare(kfunc({ name: "bpf_none" }), kfuncCall)).toThrow(
      /^program "p": instruction 0: kernel function bpf_none: not in the BTF of vmlinux or a module \(declare/,
    );
    expect(() => prepare(kfunc(), kfuncCall, { btf: undefined })).toThrow("the kernel has no BTF");
  });

  it("RULES 28: ids are the running kernel's, whatever BTF the user gave for CO-RE", () => {
    const custom = btfOf([int(), int("u64", 8, "none"), ...kernelTypes.slice(2)]);
    expect(prepare(kfunc(), kfuncCall, { btf: custom, customBtf: true, runningBtf: kernel }).first?.imm).toBe(
      4,
    );
    expect(() => prepare(kfunc(), kfuncCall, { btf: custom, customBtf: true })).toThrow(
      "the kernel has no BTF",
    );
  });

  it("refuses a call of a variable and a kernel function on a move", () => {
    const address: ExternSpec = { kind: "ksym", name: "v", weak: true, type: 0 };
    expect(() => prepare(address, kfuncCall, { symbols: () => new Map() })).toThrow(
      'expected extern "v" to be a kernel function, found kind address',
    );
    expect(() => prepare(kfunc(), mov(1, 0))).toThrow('expected an ldimm64 that refers to extern "bpf_f"');
  });
});

describe("maps and data", () => {
  const data = (offset: number): ProgramSpec =>
    programOf("p", [ldimm64(1, 99n), exit], {
      relocations: [{ kind: "data", instruction: 0, map: ".bss", offset }],
    });
  const bss = mapOf(".bss", { origin: "bss", contents: new Uint8Array(32) });

  it("RULES 32: data is PSEUDO_MAP_VALUE with the offset in the second half", () => {
    const prepared = prepareObject(objectOf({ maps: [bss], programs: [data(24)] }), machineOf());
    const [program] = prepared.programs;
    expect(program && decodeInstructions(program.code)[0]).toEqual(
      insn(0x18, { dst: 1, src: 2, imm: 24n << 32n }),
    );
    expect(program?.maps).toEqual([{ instruction: 0, map: ".bss" }]);
    expect(program?.explained[0]?.text).toBe('map ".bss"+24');
  });

  it("RULES 23: without global data the reference is poisoned, declared maps are not", () => {
    const declared = mapOf("m");
    const both = programOf("p", [ldimm64(1), ldimm64(2), exit], {
      relocations: [
        { kind: "map", instruction: 0, map: "m" },
        { kind: "data", instruction: 2, map: ".bss", offset: 4 },
      ],
    });
    const machine = machineOf({ features: { ...features, globalData: false } });
    const [program] = prepareObject(objectOf({ maps: [declared, bss], programs: [both] }), machine).programs;
    const code = decodeInstructions(program?.code ?? new Uint8Array());
    expect(code.slice(0, 3)).toEqual([
      insn(0x18, { dst: 1, src: 1, imm: 0n }),
      insn(0x85, { imm: MAP_POISON + 1 }),
      insn(0x85, { imm: MAP_POISON + 1 }),
    ]);
    expect(program?.poisoned).toMatchObject([
      {
        instruction: 2,
        imm: 2_001_000_001,
        reason: 'map ".bss": the kernel has no global data (Linux 5.2 and later)',
      },
    ]);
    expect(program?.maps).toEqual([{ instruction: 0, map: "m" }]);
  });

  it("RULES 34: a map that is not created is poisoned with its number", () => {
    const maps = [mapOf("a"), mapOf("b", { autocreate: false })];
    const program = programOf("p", [ldimm64(1), exit], {
      relocations: [{ kind: "map", instruction: 0, map: "b" }],
    });
    const [prepared] = prepareObject(objectOf({ maps, programs: [program] }), machineOf()).programs;
    expect(prepared?.poisoned).toEqual([
      { instruction: 0, imm: MAP_POISON + 1, reason: 'map "b" is not created' },
    ]);
  });

  it("refuses a map on an instruction that is no ldimm64, and a map that is not there", () => {
    const program = programOf("p", [mov(1, 0), exit], {
      relocations: [{ kind: "map", instruction: 0, map: "m" }],
    });
    const spec = objectOf({ maps: [mapOf("m")], programs: [program] });
    expect(() => prepareObject(spec, machineOf())).toThrow(
      'expected an ldimm64 that refers to map "m", found opcode 0xb7',
    );
    const lost = objectOf({ programs: [data(0)] });
    expect(() => prepareObject(lost, machineOf())).toThrow(
      'expected a map ".bss", which the object does not have',
    );
  });
});
