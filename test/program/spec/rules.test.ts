import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { flags as bpfFlags } from "../../../src/format/abi/index.ts";
import { encodeBtf, type BtfType } from "../../../src/format/btf/index.ts";
import { ElfConstant } from "../../../src/format/elf/index.ts";
import {
  readObject,
  type MapSpec,
  type ObjectSpec,
  type ProgramSpec,
} from "../../../src/program/spec/index.ts";
import { buildElf, type ElfInput } from "../../elf-builder.ts";

/** One of our compiled objects; the compiler is told where it matters. */
function object(name: string, folder = "zig-21", as = `${name}.bpf.o`): ObjectSpec {
  const path = fileURLToPath(new URL(`../../../testdata/obj/${folder}/${name}.bpf.o`, import.meta.url));
  return readObject(readFileSync(path), { name: as });
}
function map(spec: ObjectSpec, name: string): MapSpec {
  const found = spec.maps.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no map ${name}`);
  return found;
}
function program(spec: ObjectSpec, name: string): ProgramSpec {
  const found = spec.programs.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no program ${name}`);
  return found;
}

const EXIT = Uint8Array.of(0x95, 0, 0, 0, 0, 0, 0, 0);
const { SHF_EXECINSTR, STT_FUNC, STT_OBJECT, STB_LOCAL, STB_WEAK, STV_HIDDEN, STT_SECTION } = ElfConstant;

/** A socket filter of one instruction, and what is added to it. */
function tiny(more: ElfInput = {}): Uint8Array {
  return buildElf({
    ...more,
    sections: [{ name: "socket", flags: SHF_EXECINSTR, bytes: EXIT }, ...(more.sections ?? [])],
    symbols: [{ name: "main", section: "socket", type: STT_FUNC, size: 8 }, ...(more.symbols ?? [])],
  });
}
/** Instructions: [opcode, registers, offset, imm]. */
function code(...insns: [number, number, number][]): Uint8Array {
  const bytes = new Uint8Array(insns.length * 8);
  const view = new DataView(bytes.buffer);
  insns.forEach(([opcode, source, imm], index) => {
    view.setUint8(index * 8, opcode);
    view.setUint8(index * 8 + 1, source << 4);
    view.setInt32(index * 8 + 4, imm, true);
  });
  return bytes;
}

describe("RULES 1: what a BPF object is", () => {
  it("EM_BPF and EM_NONE, relocatable, 64 bits", () => {
    expect(readObject(tiny()).programs).toHaveLength(1);
    expect(readObject(tiny({ machine: ElfConstant.EM_NONE })).programs).toHaveLength(1);
    expect(() => readObject(tiny({ machine: 62 }))).toThrow(
      "expected an object for BPF (e_machine 247), found e_machine 62",
    );
    expect(() => readObject(tiny({ type: ElfConstant.ET_EXEC }))).toThrow("expected a relocatable object");
  });
  it("exactly one symbol table", () => {
    expect(() => readObject(buildElf({}))).toThrow("expected exactly one symbol table, found 0");
    const second = {
      name: ".symtab2",
      type: ElfConstant.SHT_SYMTAB,
      bytes: new Uint8Array(24),
      entrySize: 24,
    };
    expect(() => readObject(tiny({ sections: [second] }))).toThrow(
      "expected exactly one symbol table, found 2",
    );
  });
  it("ignores address significance, debug sections, empty .text and their relocations without a note", () => {
    const sections = [
      { name: ".text", flags: SHF_EXECINSTR, bytes: new Uint8Array(0) },
      { name: ".llvm_addrsig", type: ElfConstant.SHT_LLVM_ADDRSIG, bytes: Uint8Array.of(1) },
      { name: ".debug_info", bytes: Uint8Array.of(1, 2, 3) },
      { name: ".rel.debug_info", type: ElfConstant.SHT_REL, bytes: Uint8Array.of(1, 2, 3) },
    ];
    expect(readObject(tiny({ sections })).notes).toEqual([]);
    expect(readObject(tiny({ sections: [{ name: "odd", bytes: EXIT }] })).notes).toEqual([
      "section odd is not known and was ignored",
    ]);
  });
});

describe("RULES 2: licence and version", () => {
  it("63 characters of licence, none without a section", () => {
    expect(object("license_not_gpl").license).toHaveLength(63);
    expect(object("license_missing").license).toBe("");
    expect(
      readObject(tiny({ sections: [{ name: "license", bytes: Uint8Array.of(71, 80, 76) }] })).license,
    ).toBe("GPL");
  });
  it("version has four bytes, in the object's byte order", () => {
    const version = (littleEndian: boolean, ...bytes: number[]): Uint8Array =>
      tiny({ littleEndian, sections: [{ name: "version", bytes: Uint8Array.from(bytes) }] });
    expect(readObject(version(true, 1, 2, 3, 0)).kernelVersion).toBe(0x030201);
    expect(readObject(version(false, 0, 3, 2, 1)).kernelVersion).toBe(0x030201);
    expect(readObject(tiny()).kernelVersion).toBeUndefined();
    expect(() => object("version_malformed")).toThrow("expected 4 bytes in section version, found 8");
  });
});

describe("RULES 3: programs and subprograms", () => {
  it("functions of .text are subprograms, even if there is nothing else", () => {
    const spec = object("subprogs");
    expect(spec.programs.map(({ name }) => name)).toEqual(["one", "three", "two"]);
    expect(spec.subprograms.map(({ name }) => name)).toContain("leaf");
    expect(object("subprogs_only").programs).toEqual([]);
  });
  it("linkage and hiding of subprograms", () => {
    const spec = object("subprogs");
    const linkage = (name: string): unknown => spec.subprograms.find((item) => item.name === name)?.linkage;
    expect([linkage("leaf"), linkage("global_sum"), linkage("replaceable")]).toEqual([
      "static",
      "global",
      "weak",
    ]);
    expect(spec.subprograms.filter((item) => item.hidden).map(({ name }) => name)).toEqual(["hidden_one"]);
  });
  it("a static entry function is refused by name", () => {
    expect(() => object("static_entry")).toThrow(
      'function "entry": expected a global function in section socket, found a static one',
    );
  });
  it.each([
    ["no instructions", 0, 0],
    ["half an instruction", 0, 4],
    ["a crooked start", 4, 8],
    ["beyond the section", 8, 8],
  ])("a function with %s is MALFORMED", (_, value, size) => {
    const bytes = tiny({ symbols: [{ name: "bad", section: "socket", type: STT_FUNC, value, size }] });
    expect(() => readObject(bytes)).toThrow(/function "bad": expected (whole instructions|code of its own)/);
  });
  it("names of one function share it; overlapping functions are refused", () => {
    const alias = tiny({
      symbols: [{ name: "other", section: "socket", type: STT_FUNC, size: 8, binding: STB_WEAK }],
    });
    expect(readObject(alias).programs.map(({ name, linkage }) => [name, linkage])).toEqual([
      ["main", "global"],
      ["other", "weak"],
    ]);
    const names = Array.from({ length: 20 }, (_, index) => `name${index}`);
    const symbols = names.map((name) => ({ name, section: "socket", type: STT_FUNC, size: 8 }));
    expect(() => readObject(tiny({ symbols }))).toThrow("expected at most 16 names of one function");
    const sections = [
      { name: "xdp", flags: SHF_EXECINSTR, bytes: code([0x95, 0, 0], [0x95, 0, 0], [0x95, 0, 0]) },
    ];
    const overlapping = tiny({
      sections,
      symbols: [
        { name: "a", section: "xdp", type: STT_FUNC, size: 16 },
        { name: "b", section: "xdp", type: STT_FUNC, value: 8, size: 16 },
      ],
    });
    expect(() => readObject(overlapping)).toThrow(
      'function "b": expected code of its own, found byte 8 inside function a',
    );
  });
});

describe("RULES 4, 5: section names", () => {
  it("? switches autoload off", () => {
    const spec = object("optional_programs");
    expect(spec.programs.filter(({ autoload }) => !autoload).length).toBeGreaterThan(0);
    for (const item of spec.programs) {
      expect(item.autoload).toBe(!item.section.startsWith("?"));
      expect(item.sectionName).toBe(item.section.replace("?", ""));
    }
  });
  it("?.struct_ops switches the map's creation off, not the program's loading", () => {
    const spec = object("struct_ops_optional");
    expect(map(spec, "tsbpf_created").autocreate).toBe(true);
    expect(map(spec, "tsbpf_optional").autocreate).toBe(false);
    expect(program(spec, "only_optional").autoload).toBe(true);
  });
  it("an unknown section does not stop the reading (pain 7)", () => {
    const spec = object("sections_unknown");
    expect(spec.programs.some(({ type, definition }) => type === "unspec" && definition === undefined)).toBe(
      true,
    );
  });
  it("types and flags follow the table", () => {
    const spec = object("sections_all");
    const flags = new Set(spec.programs.map((item) => item.flags));
    expect([...flags].sort((a, b) => a - b)).toEqual([
      0,
      bpfFlags.BPF_F_SLEEPABLE,
      bpfFlags.BPF_F_XDP_HAS_FRAGS,
    ]);
    for (const item of spec.programs) expect(item.definition, item.section).toBeDefined();
  });
  it("struct_ops maps know their programs by member", () => {
    const ops = map(object("struct_ops_tcp"), "tsbpf_linked");
    expect(ops).toMatchObject({ type: "struct_ops", flags: bpfFlags.BPF_F_LINK, maxEntries: 1, keySize: 4 });
    expect(ops.structOps?.programs).toEqual([
      { offset: 0, program: "tcp_ssthresh" },
      { offset: 8, program: "tcp_avoid" },
      { offset: 16, program: "tcp_undo" },
      { offset: 24, program: "tcp_init" },
    ]);
    expect(map(object("struct_ops_tcp"), "tsbpf_plain")).toMatchObject({
      flags: 0,
      structOps: { link: false },
    });
  });
});

describe("RULES 6, 7, 8: names", () => {
  it.each([
    ["/some/where/my_object_name.bpf.o", "my_object_name"],
    ["a_name_with_more_than_fifteen.o", "a_name_with_mor"],
    ["no_dot", "no_dot"],
    [".hidden.o", ""],
  ])("RULES 6: %s is the object %j", (name, expected) => {
    expect(readObject(tiny(), { name }).name).toBe(expected);
  });
  it("RULES 6: memory has a name that is the same each time", () => {
    expect(readObject(tiny()).name).toBe("bpf");
  });
  it("RULES 7: kernel names of data sections", () => {
    const names = (spec: ObjectSpec): string[][] =>
      spec.maps
        .filter(({ origin }) => origin !== "declared")
        .map(({ name, kernelName }) => [name, kernelName]);
    expect(names(object("globals_basic", "zig-21", "my_object_name.o"))).toEqual(
      expect.arrayContaining([
        [".rodata", "my_objec.rodata"],
        [".bss", "my_objec.bss"],
        [".data", "my_objec.data"],
      ]),
    );
    expect(names(object("kconfig_types", "zig-21", "my_object_name.o"))).toContainEqual([
      ".kconfig",
      "my_obje.kconfig",
    ]);
    const custom = names(object("globals_custom"));
    expect(custom).toContainEqual([".rodata.abracadabra_and_more", ".rodata.abracad"]);
    expect(custom).toContainEqual([".data.with-dash", ".data.with_dash"]);
  });
  it("RULES 8: long names stay whole, the kernel's is cut", () => {
    expect(map(object("map_only"), "lonely_map_with_a_long_name").kernelName).toBe("lonely_map_with");
  });
});

describe("RULES 9, 10: data sections and their BTF", () => {
  it("RULES 9: mmapable with a visible variable only; read-only for .rodata", () => {
    const spec = object("globals_static");
    expect(map(spec, ".data").flags).toBe(0);
    expect(map(spec, ".bss").flags).toBe(0);
    expect(map(spec, ".data.hidden").flags).toBe(0);
    expect(map(spec, ".data.mixed").flags).toBe(bpfFlags.BPF_F_MMAPABLE);
    expect(map(spec, ".rodata").flags).toBe(bpfFlags.BPF_F_RDONLY_PROG);
    expect(map(object("globals_basic"), ".rodata").flags).toBe(
      bpfFlags.BPF_F_RDONLY_PROG | bpfFlags.BPF_F_MMAPABLE,
    );
    expect(map(object("globals_strings"), ".rodata.str1.1").flags).toBe(bpfFlags.BPF_F_RDONLY_PROG);
  });
  it("RULES 9: hidden functions and variables are static in the BTF", () => {
    const linkage = (spec: ObjectSpec, name: string, kind: "func" | "var"): unknown => {
      const id = spec.btf?.find(name, kind) ?? 0;
      const type = spec.btf?.type(id);
      return type !== undefined && "linkage" in type ? type.linkage : undefined;
    };
    expect(linkage(object("subprogs"), "hidden_one", "func")).toBe("static");
    expect(linkage(object("subprogs"), "global_sum", "func")).toBe("global");
    expect(linkage(object("globals_static"), "concealed", "var")).toBe("static");
    expect(linkage(object("globals_static"), "visible", "var")).toBe("global");
  });
  it.each(["clang-14", "zig-21", "eb"])("RULES 10: sizes and offsets filled in and sorted (%s)", (folder) => {
    const spec = object("globals_basic", folder);
    const { btf } = spec;
    if (btf === undefined) throw new Error("no BTF");
    for (const section of [".data", ".bss", ".rodata"]) {
      const type = btf.type(btf.find(section, "datasec") ?? 0);
      if (type.kind !== "datasec") throw new Error(`no ${section}`);
      expect(type.size).toBe(map(spec, section).valueSize);
      const offsets = type.variables.map(({ offset }) => offset);
      expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
      expect(new Set(offsets).size).toBe(offsets.length);
    }
    const big = spec.variables.find(({ name }) => name === "big");
    expect(big).toMatchObject({ map: ".data", size: 8, linkage: "global" });
    const contents = map(spec, ".data").contents ?? new Uint8Array();
    const view = new DataView(contents.buffer, contents.byteOffset, contents.byteLength);
    expect(view.getBigUint64(big?.offset ?? -1, spec.littleEndian)).toBe(0x1122334455667788n);
  });
  it("RULES 10: the file's own bytes are left alone", () => {
    const bytes = readFileSync(
      fileURLToPath(new URL("../../../testdata/obj/zig-21/globals_basic.bpf.o", import.meta.url)),
    );
    const before = Buffer.from(bytes);
    readObject(bytes);
    expect(bytes.equals(before)).toBe(true);
  });
  it("variables without BTF come from the symbols", () => {
    const spec = object("no_btf");
    expect(spec.btf).toBeUndefined();
    expect(spec.variables.length).toBeGreaterThan(0);
    expect(spec.variables.every(({ type }) => type === 0)).toBe(true);
  });
});

describe("RULES 11, 12, 18: map definitions", () => {
  it("RULES 11: types and sizes, one or both", () => {
    const spec = object("map_btf_forms");
    expect(map(spec, "by_both")).toMatchObject({ keySize: 8 });
    expect(map(spec, "by_both").keyType).not.toBe(0);
    expect(map(spec, "by_type").keyType).not.toBe(0);
    expect(map(spec, "by_size").keyType).toBe(0);
  });
  it.each([
    ["map_size_conflict", 'map "conflicting": field key_size: expected size 4, as said before, found 8'],
    ["map_unknown_field", 'map "painted": field colour: expected a field that map definitions have'],
    ["map_values_not_last", "field values: expected values as the last field"],
    ["map_two_levels", "expected one level of inner maps, found two"],
    ["map_static", 'map "concealed": expected a global variable, found a static one'],
  ])("RULES 11: %s is refused", (name, message) => {
    expect(() => object(name)).toThrow(message);
  });
  it("RULES 12: pinning is 0 or 1, and not for inner maps", () => {
    const spec = object("map_pinned");
    expect(map(spec, "tsbpf_pinned_hash").pinning).toBe("by-name");
    expect(map(spec, "not_pinned").pinning).toBe("none");
    expect(() => object("map_pinning_unknown")).toThrow(
      "field pinning: expected 0 or LIBBPF_PIN_BY_NAME (1), found 2",
    );
    expect(() => object("map_inner_pinned")).toThrow("expected an inner map without pinning");
  });
  it("RULES 14: max_entries 0 stays 0 in the spec", () => {
    expect(map(object("map_perf_event_array"), "absent").maxEntries).toBe(0);
  });
  it.each(["zig-21", "clang-14", "eb"])("RULES 17, 18: inner templates and slots (%s)", (folder) => {
    const spec = object("map_in_map", folder);
    expect(map(spec, "outer_array").slots).toEqual([
      { index: 0, target: "inner_a" },
      { index: 2, target: "inner_b" },
    ]);
    expect(map(spec, "outer_hash").slots).toEqual([{ index: 0, target: "inner_b" }]);
    expect(map(spec, "empty_slots")).toMatchObject({ slots: [], valueSize: 4 });
    expect(map(spec, "outer_array").inner).toMatchObject({
      name: "outer_array.inner",
      type: "hash",
      maxEntries: 16,
    });
  });
  it("RULES 17: slots of a prog array", () => {
    expect(map(object("map_prog_array"), "jumps").slots).toEqual([
      { index: 1, target: "middle" },
      { index: 3, target: "last" },
    ]);
  });
  it("RULES 24: arena variables belong to the arena's map", () => {
    const spec = object("map_arena");
    expect(map(spec, "arena")).toMatchObject({ origin: "arena", type: "arena" });
    expect(spec.variables.some((variable) => variable.map === "arena")).toBe(true);
  });
  it("legacy definitions: extra bytes must be zero", () => {
    const legacy = (...bytes: number[]): Uint8Array =>
      tiny({
        sections: [{ name: "maps", bytes: Uint8Array.from(bytes) }],
        symbols: [{ name: "old", section: "maps", type: STT_OBJECT, size: bytes.length }],
      });
    const five = [1, 0, 0, 0, 4, 0, 0, 0, 8, 0, 0, 0, 16, 0, 0, 0, 1, 0, 0, 0];
    const expected = { origin: "legacy", type: "hash", keySize: 4, valueSize: 8, maxEntries: 16 };
    expect(map(readObject(legacy(...five)), "old")).toMatchObject({ ...expected, flags: 1 });
    expect(map(readObject(legacy(...five.slice(0, 16))), "old")).toMatchObject({ ...expected, flags: 0 });
    expect(map(readObject(legacy(...five, 0, 0, 0, 0)), "old")).toMatchObject(expected);
    expect(() => readObject(legacy(...five, 0, 0, 2, 0))).toThrow("found a value at byte 22");
    expect(() => readObject(legacy(1, 0, 0, 0))).toThrow("expected a struct bpf_map_def of 16 to 256 bytes");
    expect(() => readObject(legacy(99, ...five.slice(1)))).toThrow("expected a map type below");
  });
});

describe("RULES 25: the layout of .kconfig", () => {
  it.each(["zig-21", "clang-14"])("largest alignment first, then smallest size, then name (%s)", (folder) => {
    const spec = object("kconfig_types", folder);
    const values = spec.externs.filter((extern) => extern.kind === "kconfig");
    expect(values.slice(0, 3).map(({ name, offset, size }) => [name, offset, size])).toEqual([
      ["CONFIG_NO_SUCH_NUMBER", 0, 8],
      ["CONFIG_PHYSICAL_START", 8, 8],
      ["CONFIG_BPF_SYSCALL", 16, 4],
    ]);
    let end = 0;
    for (const { offset, size } of values) {
      expect(offset).toBeGreaterThanOrEqual(end);
      end = offset + size;
    }
    const kconfig = map(spec, ".kconfig");
    expect(kconfig.valueSize).toBe(end);
    expect(kconfig.flags).toBe(bpfFlags.BPF_F_RDONLY_PROG | bpfFlags.BPF_F_MMAPABLE);
    const byName = new Map(values.map((extern) => [extern.name, extern]));
    expect(byName.get("CONFIG_BPF_JIT")).toMatchObject({ value: "bool", weak: false });
    expect(byName.get("CONFIG_PANIC_TIMEOUT")).toMatchObject({ value: "char", signed: true, weak: true });
    expect(byName.get("CONFIG_DEFAULT_HOSTNAME")).toMatchObject({ value: "string", size: 32 });
    expect(byName.get("CONFIG_BPF_SYSCALL")).toMatchObject({ value: "tristate" });
  });
  it("ksyms and kfuncs", () => {
    expect(object("ksyms_typeless").externs).toContainEqual({
      kind: "ksym",
      name: "schedule",
      weak: false,
      type: 0,
    });
    expect(object("kfuncs").externs.some(({ kind, weak }) => kind === "kfunc" && weak)).toBe(true);
    expect(() => object("extern_unresolved")).toThrow(
      "reference to defined_elsewhere: expected a definition or an extern with BTF",
    );
  });
});

describe("RULES 30, 32: references from code", () => {
  const call = (imm: number): [number, number, number] => [0x85, 1, imm];
  const text = code([0x95, 0, 0], [0x95, 0, 0], [0x95, 0, 0]);
  const build = (main: Uint8Array, more: ElfInput): ObjectSpec =>
    readObject(
      buildElf({
        ...more,
        sections: [
          { name: ".text", flags: SHF_EXECINSTR, bytes: text },
          { name: "socket", flags: SHF_EXECINSTR, bytes: main },
          { name: ".data", bytes: new Uint8Array(32) },
          ...(more.sections ?? []),
        ],
        symbols: [
          { name: "main", section: "socket", type: STT_FUNC, size: main.length },
          { name: "first", section: ".text", type: STT_FUNC, size: 8 },
          { name: "second", section: ".text", type: STT_FUNC, value: 8, size: 16 },
          { name: "variable", section: ".data", type: STT_OBJECT, value: 16, size: 8 },
          { section: ".text", type: STT_SECTION, binding: STB_LOCAL },
          { section: ".data", type: STT_SECTION, binding: STB_LOCAL },
          ...(more.symbols ?? []),
        ],
      }),
    );
  const TEXT = 5;
  const DATA = 6;
  const relocated = (insn: [number, number, number], symbol: string | number): unknown => {
    const main = code(insn, [0, 0, 0], [0x95, 0, 0]);
    return build(main, { relocations: [{ section: "socket", offset: 0, symbol }] }).programs[0]?.relocations;
  };

  it("RULES 30: a call by symbol and by section", () => {
    const expected = [{ kind: "call", instruction: 0, target: 1 }];
    expect(relocated(call(-1), "second")).toEqual(expected);
    expect(relocated(call(0), TEXT)).toEqual(expected);
  });
  it("RULES 30: the address of a function, by symbol and by section", () => {
    const expected = [{ kind: "function", instruction: 0, target: 1 }];
    expect(relocated([0x18, 0, 0], "second")).toEqual(expected);
    expect(relocated([0x18, 0, 8], TEXT)).toEqual(expected);
  });
  it("RULES 30: a call inside .text without relocation counts from the next instruction", () => {
    const bytes = tiny({
      sections: [{ name: ".text", flags: SHF_EXECINSTR, bytes: code(call(1), [0x95, 0, 0], [0x95, 0, 0]) }],
      symbols: [
        { name: "caller", section: ".text", type: STT_FUNC, size: 16 },
        { name: "called", section: ".text", type: STT_FUNC, value: 16, size: 8 },
      ],
    });
    expect(readObject(bytes).subprograms[0]?.relocations).toEqual([
      { kind: "call", instruction: 0, target: 2 },
    ]);
  });
  it("RULES 30: callbacks of both compilers", () => {
    for (const folder of ["clang-14", "zig-21"]) {
      const kinds = object("callbacks", folder).programs.flatMap((item) =>
        item.relocations.map(({ kind }) => kind),
      );
      expect(kinds).toContain("function");
    }
  });
  it("RULES 32: a global's offset is in the symbol, a static's in the addend, or in both", () => {
    const data = (offset: number): unknown => [{ kind: "data", instruction: 0, map: ".data", offset }];
    expect(relocated([0x18, 0, 0], "variable")).toEqual(data(16));
    expect(relocated([0x18, 0, 24], DATA)).toEqual(data(24));
    expect(relocated([0x18, 0, 4], "variable")).toEqual(data(20));
  });
  it.each<[string, [number, number, number], string | number, string]>([
    [
      "a call into a program's section",
      call(-1),
      "main",
      "expected a function in section .text, found one in socket",
    ],
    [
      "a call into the middle of a function",
      call(1),
      TEXT,
      "expected the start of a function, found slot 2 of .text",
    ],
    [
      "a call that is no subprogram call",
      [0x85, 0, -1],
      "second",
      "expected a call of a subprogram (src_reg 1), found src_reg 0",
    ],
    [
      "an instruction that takes no reference",
      [0xb7, 0, 0],
      "variable",
      "expected a call or a 64-bit load, found opcode 0xb7",
    ],
    ["a symbol that is not there", [0x18, 0, 0], 99, "expected a symbol below"],
  ])("%s is refused", (_, insn, symbol, message) => {
    expect(() => relocated(insn, symbol)).toThrow(message);
  });
  it("an uninitialised common variable", () => {
    const main = code([0x18, 0, 0], [0, 0, 0], [0x95, 0, 0]);
    const common = { name: "common", section: ElfConstant.SHN_COMMON, type: STT_OBJECT, size: 8 };
    const read = (): unknown =>
      build(main, { symbols: [common], relocations: [{ section: "socket", offset: 0, symbol: "common" }] });
    expect(read).toThrow("found special section 0xfff2 (initialise the variable)");
  });
  it("RULES 35: relocations of code that no symbol names are skipped", () => {
    const main = code([0x95, 0, 0], [0x18, 0, 0], [0, 0, 0]);
    const bytes = buildElf({
      sections: [{ name: "socket", flags: SHF_EXECINSTR, bytes: main }],
      symbols: [
        { name: "main", section: "socket", type: STT_FUNC, size: 8 },
        { name: "gone", section: 0 },
      ],
      relocations: [{ section: "socket", offset: 8, symbol: "gone" }],
    });
    expect(readObject(bytes).programs[0]?.relocations).toEqual([]);
  });
});

describe("RULES 33: .BTF.ext", () => {
  it.each(["zig-21", "clang-14"])(
    "lines and functions are counted in instructions of the function (%s)",
    (folder) => {
      const spec = object("subprogs", folder);
      for (const item of [...spec.programs, ...spec.subprograms]) {
        expect(spec.btf?.name(item.btfId ?? 0)).toBe(item.name);
        expect(item.lines[0]?.instruction).toBe(0);
        for (const line of item.lines) {
          expect(line.instruction).toBeLessThan(item.code.length / 8);
          expect(line.source.line).toBe(line.lineColumn >>> 10);
          expect(line.source.file).toMatch(/subprogs\.bpf\.c$/);
        }
      }
    },
  );
  it("record sizes come from the header; records of other code are dropped", () => {
    const types: BtfType[] = [
      { kind: "func_proto", name: "", returnType: 0, parameters: [] },
      { kind: "func", name: "main", type: 1, linkage: "global" },
      { kind: "typedef", name: "socket", type: 0, attribute: false },
    ];
    const btf = encodeBtf(types);
    const strings = new DataView(btf.buffer).getUint32(16, true) + 24;
    const name = Buffer.from(btf).indexOf("socket\0", strings) - strings;
    const words = (...values: number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);
    const ext = (size: number, length: number, ...records: number[]): Uint8Array =>
      words(0x0001eb9f, 24, 0, length, length, 0, size, name, records.length / (size / 4), ...records);
    const read = (bytes: Uint8Array): unknown =>
      readObject(
        tiny({
          sections: [
            { name: ".BTF", bytes: btf },
            { name: ".BTF.ext", bytes },
          ],
        }),
      ).programs[0]?.btfId;
    expect(read(ext(8, 20, 0, 2))).toBe(2);
    expect(read(ext(16, 44, 0, 2, 7, 7, 800, 2, 7, 7))).toBe(2);
    expect(() => read(ext(4, 16, 0))).toThrow(
      ".BTF.ext: func_info: offset 24: expected records of 8 bytes or more",
    );
    expect(() => read(ext(8, 20, 0, 1))).toThrow("expected a type of kind func, found type 1, a func_proto");
    expect(() => read(ext(8, 20, 0, 9))).toThrow("expected a type id from 1 to 3, found 9");
    expect(() => read(ext(8, 24, 0, 2))).toThrow(
      ".BTF.ext: func_info: offset 24: expected an end within 44 bytes, found 48",
    );
  });
});

describe("event types", () => {
  const eventOf = (spec: ObjectSpec, name: string): string | undefined => {
    const { eventType } = map(spec, name);
    return eventType === 0 ? undefined : spec.btf?.name(eventType);
  };
  it.each(["zig-21", "clang-14"])("by tag, by EVENT_TYPE, by the idiom (%s)", (folder) => {
    expect(eventOf(object("event_tag", folder), "samples")).toBe("sample");
    const idiom = object("event_idiom", folder);
    expect(idiom.maps.some(({ name }) => eventOf(idiom, name) !== undefined)).toBe(true);
    const two = object("event_idiom_two_maps", folder);
    expect([eventOf(two, "first"), eventOf(two, "second")]).toEqual(["record", "record"]);
    const macro = object("event_macro", folder);
    expect(macro.maps.some(({ name }) => eventOf(macro, name) !== undefined)).toBe(true);
    expect(macro.variables.filter(({ name }) => name.startsWith("__event_"))).toEqual([]);
  });
  it("the examples decode by themselves", () => {
    expect(eventOf(object("trace_execve"), "perf_map")).toBe("event");
    expect(eventOf(object("trace_execve_ringbuf"), "events")).toBe("event");
  });
});

describe("hidden symbols", () => {
  it("a hidden entry program is marked", () => {
    const bytes = tiny({
      sections: [{ name: "xdp", flags: SHF_EXECINSTR, bytes: EXIT }],
      symbols: [{ name: "veiled", section: "xdp", type: STT_FUNC, size: 8, visibility: STV_HIDDEN }],
    });
    expect(program(readObject(bytes), "veiled").hidden).toBe(true);
  });
});
