import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { MalformedError, TsbpfError } from "../../../src/errors.ts";
import { ByteWriter } from "../../../src/format/bytes/index.ts";
import {
  ElfConstant,
  findSection,
  readElf,
  readRelocations,
  readSymbols,
  sectionPlace,
  type Elf,
} from "../../../src/format/elf/index.ts";
import { buildElf, type ElfInput } from "../../elf-builder.ts";

const sample: ElfInput = {
  sections: [
    { name: ".text", flags: ElfConstant.SHF_EXECINSTR, bytes: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
    { name: ".bss", type: ElfConstant.SHT_NOBITS, size: 1 << 20 },
  ],
  symbols: [
    { name: "first", section: ".text", type: ElfConstant.STT_FUNC, size: 8 },
    { name: "absent", section: 0, visibility: 2, binding: ElfConstant.STB_WEAK },
  ],
  relocations: [{ section: ".text", offset: 0, symbol: "absent", type: 10 }],
};

function symbolsOf(elf: Elf): ReturnType<typeof readSymbols> {
  const table = findSection(elf, ".symtab");
  if (table === undefined) throw new Error("no .symtab");
  return readSymbols(elf, table);
}

/** The sample with some bytes overwritten. */
function damaged(...patches: [offset: number, ...bytes: number[]][]): Uint8Array {
  const bytes = buildElf(sample);
  for (const [offset, ...values] of patches) bytes.set(values, offset);
  return bytes;
}

/** File offset of a section's header in the sample. */
function headerOf(index: number): number {
  const view = new DataView(buildElf(sample).buffer);
  return Number(view.getBigUint64(0x28, true)) + index * 64;
}

describe.each([true, false])("readElf, little-endian %s", (littleEndian) => {
  const elf = readElf(buildElf({ ...sample, littleEndian }));

  it("reads header and sections", () => {
    expect(elf).toMatchObject({ littleEndian, type: ElfConstant.ET_REL, machine: ElfConstant.EM_BPF });
    expect(elf.sections.map(({ name }) => name)).toEqual([
      "",
      ".text",
      ".bss",
      ".rel.text",
      ".symtab",
      ".strtab",
    ]);
    expect(findSection(elf, ".text")).toMatchObject({
      index: 1,
      size: 8,
      bytes: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
    });
    expect(findSection(elf, ".bss")).toMatchObject({ size: 1 << 20, bytes: new Uint8Array(0) });
    expect(findSection(elf, ".none")).toBeUndefined();
    expect(findSection(elf, "")).toBeUndefined();
  });

  it("reads symbols", () => {
    const symbols = symbolsOf(elf);
    expect(symbols).toHaveLength(3);
    expect(symbols[1]).toEqual({
      index: 1,
      name: "first",
      value: 0n,
      size: 8,
      type: ElfConstant.STT_FUNC,
      binding: ElfConstant.STB_GLOBAL,
      visibility: ElfConstant.STV_DEFAULT,
      section: 1,
    });
    expect(symbols[2]).toMatchObject({
      binding: ElfConstant.STB_WEAK,
      visibility: ElfConstant.STV_HIDDEN,
      section: 0,
    });
  });

  it("reads relocations without and with addend", () => {
    const rel = findSection(elf, ".rel.text");
    if (rel === undefined) throw new Error("no .rel.text");
    expect(readRelocations(elf, rel)).toEqual([{ offset: 0, symbol: 2, type: 10, addend: 0n }]);
    const rela = readElf(
      buildElf({
        littleEndian,
        sections: [
          {
            name: ".rela",
            type: ElfConstant.SHT_RELA,
            entrySize: 24,
            bytes: new ByteWriter(littleEndian)
              .u64(16n)
              .u64((7n << 32n) | 1n)
              .u64(-4n)
              .finish(),
          },
        ],
      }),
    );
    const section = rela.sections[1];
    if (section === undefined) throw new Error("no section");
    expect(readRelocations(rela, section)).toEqual([{ offset: 16, symbol: 7, type: 1, addend: -4n }]);
  });
});

describe("readElf: numbers beyond 16 bits", () => {
  it("takes e_shnum 0 and e_shstrndx SHN_XINDEX from section 0", () => {
    const plain = readElf(buildElf(sample));
    const count = plain.sections.length;
    const bytes = damaged(
      [0x3c, 0, 0, 0xff, 0xff],
      [headerOf(0) + 0x20, count],
      [headerOf(0) + 0x28, count - 1],
    );
    expect(readElf(bytes).sections.map(({ name }) => name)).toEqual(plain.sections.map(({ name }) => name));
  });

  it("takes SHN_XINDEX of symbols from SHT_SYMTAB_SHNDX", () => {
    const build = (type: number): Elf =>
      readElf(
        buildElf({
          sections: [
            {
              name: ".symtab_shndx",
              type,
              link: ".symtab",
              bytes: new ByteWriter().u32(0).u32(70_000).finish(),
              entrySize: 4,
            },
          ],
          symbols: [{ name: "far", section: ElfConstant.SHN_XINDEX }],
        }),
      );
    expect(symbolsOf(build(ElfConstant.SHT_SYMTAB_SHNDX))[1]).toMatchObject({ name: "far", section: 70_000 });
    expect(() => symbolsOf(build(ElfConstant.SHT_PROGBITS))).toThrow("expected a SHT_SYMTAB_SHNDX section");
  });
});

describe("readElf: bad bytes", () => {
  it.each<[string, Uint8Array, string]>([
    ["nothing", new Uint8Array(0), "offset 0: expected an ELF header of 64 bytes, found 0 bytes"],
    ["text", new Uint8Array(64).fill(0x20), "offset 0: expected an ELF file: 7f 45 4c 46, found 20 20 20 20"],
    ["32 bits", damaged([4, 1]), "expected ELFCLASS64, found ELFCLASS32"],
    ["no class", damaged([4, 9]), "offset 4: expected ELFCLASS64 (2), found 9"],
    ["no byte order", damaged([5, 3]), "offset 5: expected a byte order: 1 or 2, found 3"],
    ["a truncated file", buildElf(sample).subarray(0, -1), "6 section headers inside the file's"],
    ["too many sections", damaged([0x3c, 0xff, 0xff]), "expected 65535 section headers inside the file's"],
    [
      "section headers of another size",
      damaged([0x3a, 40]),
      "expected section headers of 64 bytes, found 40 bytes",
    ],
    [
      "huge extended count",
      damaged([0x3c, 0, 0], [headerOf(0) + 0x20, 255, 255, 255, 255]),
      "4294967295 section headers",
    ],
    ["names outside", damaged([0x3e, 1]), "expected a string table for section names"],
    ["a name outside", damaged([headerOf(1), 0xff, 0xff]), "section 1: name: offset 65535"],
    [
      "content outside",
      damaged([headerOf(1) + 0x18, 0, 0, 1]),
      "section 1: offset 65536: expected 8 bytes of content",
    ],
    [
      "content beyond 2^53",
      damaged([headerOf(1) + 0x20, 0, 0, 0, 0, 0, 0, 0, 0xff]),
      "expected a 64-bit size below 2^53",
    ],
  ])("%s", (_, bytes, message) => {
    expect(() => readElf(bytes)).toThrow(TsbpfError);
    expect(() => readElf(bytes)).toThrow(message);
  });

  it.each<[string, Uint8Array, string]>([
    [
      "entries of another size",
      damaged([headerOf(4) + 0x38, 16]),
      "section 4 (.symtab): expected entries of 24 bytes, found sh_entsize 16",
    ],
    [
      "half an entry",
      damaged([headerOf(4) + 0x20, 71]),
      "section 4 (.symtab): expected a multiple of 24 bytes, found 71 bytes",
    ],
    [
      "sh_link to itself",
      damaged([headerOf(4) + 0x28, 4]),
      "section 4 (.symtab): expected a string table as sh_link, found section 4",
    ],
  ])("symbols: %s", (_, bytes, message) => {
    expect(() => symbolsOf(readElf(bytes))).toThrow(message);
  });

  it("relocations of a section that has none", () => {
    const elf = readElf(buildElf(sample));
    const text = findSection(elf, ".text");
    if (text === undefined) throw new Error("no .text");
    expect(() => readRelocations(elf, text)).toThrow(MalformedError);
    expect(sectionPlace(text)).toBe("section 1 (.text)");
  });

  it("thousands of sections that share one long name are refused, not expanded", () => {
    // 4,000 headers × 200,000 characters would be 800 MB.
    const bytes = buildElf({
      sections: [
        { name: "x".repeat(200_000) },
        ...Array.from({ length: 4000 }, (_, index) => ({ name: `n${index}` })),
      ],
    });
    const view = new DataView(bytes.buffer);
    const headers = Number(view.getBigUint64(0x28, true));
    const start = view.getUint32(headers + 64, true);
    for (let index = 2; index < 4000; index++) view.setUint32(headers + index * 64, start + index, true);
    expect(() => readElf(bytes)).toThrow("names of at most 16 times their string table");
  });
});

describe("executables", () => {
  it("reads the running program with its segments and dynamic symbols", () => {
    if (process.platform !== "linux") return;
    const elf = readElf(readFileSync(process.execPath));
    expect([ElfConstant.ET_EXEC, ElfConstant.ET_DYN]).toContain(elf.type);
    expect(
      elf.segments.some(
        ({ type, flags }) => type === ElfConstant.PT_LOAD && (flags & ElfConstant.PF_X) !== 0,
      ),
    ).toBe(true);
    const dynamic = elf.sections.find(({ type }) => type === ElfConstant.SHT_DYNSYM);
    if (dynamic === undefined) throw new Error("no dynamic symbols");
    expect(
      readSymbols(elf, dynamic).some(({ name }) => name === "napi_create_object" || name === "malloc"),
    ).toBe(true);
  });
});
