import { describe, expect, it } from "vitest";
import { MalformedError } from "../../../src/errors.ts";
import { ByteWriter } from "../../../src/format/bytes/index.ts";
import {
  describeUsdtArgument,
  parseUsdtArguments,
  placeSymbol,
  readUsdtNotes,
  type SymbolPlaces,
} from "../../../src/format/usdt/index.ts";

interface Note {
  owner?: string;
  type?: number;
  address?: bigint;
  base?: bigint;
  semaphore?: bigint;
  strings?: string[];
}

function notes(littleEndian: boolean, ...list: Note[]): Uint8Array {
  const all = new ByteWriter(littleEndian);
  for (const note of list) {
    const contents = new ByteWriter(littleEndian)
      .u64(note.address ?? 0x1139n)
      .u64(note.base ?? 0x2000n)
      .u64(note.semaphore ?? 0n);
    for (const text of note.strings ?? ["groupa", "probe1", "-4@$10"]) contents.cString(text);
    const owner = note.owner ?? "stapsdt";
    all
      .u32(owner.length + 1)
      .u32(contents.length)
      .u32(note.type ?? 3);
    all.cString(owner).align(4).bytes(contents.finish()).align(4);
  }
  return all.finish();
}

const read = (bytes: Uint8Array, littleEndian = true, base: bigint | undefined = 0x2000n) =>
  readUsdtNotes({ littleEndian, word: 8, notes: bytes, base });

describe("notes", () => {
  it.each([true, false])("little-endian %s: what sdt.h writes", (littleEndian) => {
    const bytes = notes(littleEndian, {}, { semaphore: 0x4010n, strings: ["groupb", "probe2", ""] });
    expect(read(bytes, littleEndian)).toEqual([
      { provider: "groupa", name: "probe1", address: 0x1139n, semaphore: 0n, arguments: "-4@$10" },
      { provider: "groupb", name: "probe2", address: 0x1139n, semaphore: 0x4010n, arguments: "" },
    ]);
  });

  it("a prelinked file: code and semaphore moved by the same distance (RULES 59)", () => {
    const [note] = read(notes(true, { semaphore: 0x4010n }), true, 0x3000_2000n);
    expect(note).toMatchObject({ address: 0x3000_1139n, semaphore: 0x3000_4010n });
    const [down] = read(notes(true, { semaphore: 0x4010n }), true, 0x1800n);
    expect(down).toMatchObject({ address: 0x939n, semaphore: 0x3810n });
  });

  it.each([[undefined], [0n]])("without a place to compare (%s) nothing is moved", (base) => {
    expect(read(notes(true, {}), true, base)[0]?.address).toBe(0x1139n);
    expect(
      readUsdtNotes({ littleEndian: true, word: 8, notes: notes(true, { base: 0n }), base: 0x5000n })[0]
        ?.address,
    ).toBe(0x1139n);
  });

  it("a missing semaphore stays missing in a prelinked file", () => {
    expect(read(notes(true, {}), true, 0x3000_2000n)[0]?.semaphore).toBe(0n);
  });

  it("others' notes and ':' for no arguments", () => {
    const bytes = notes(true, { owner: "GNU" }, { type: 4 }, { strings: ["a", "b", ":4@%eax"] });
    expect(read(bytes)).toEqual([
      { provider: "a", name: "b", address: 0x1139n, semaphore: 0n, arguments: "" },
    ]);
  });

  it("an empty section and trailing padding have no notes", () => {
    expect(read(new Uint8Array(0))).toEqual([]);
    expect(read(new Uint8Array(8))).toEqual([]);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["cut off", notes(true, {}).subarray(0, 40), /note at offset 0.*the end at 40/],
    ["no name", notes(true, { strings: ["a", "", ""] }), /a name, found none/],
    ["too short", notes(true, { strings: ["", ""] }), /three addresses and three strings, found 26 bytes/],
    ["no arguments", notes(true, { strings: ["abc", "def"] }), /arguments: .*NUL-terminated/],
    ["second is damaged", notes(true, {}, { strings: ["a", "", ""] }), /note at offset 68/],
  ])("%s is MALFORMED", (_, bytes, message) => {
    expect(() => read(bytes)).toThrow(MalformedError);
    expect(() => read(bytes)).toThrow(message);
  });
});

describe("symbols in arguments", () => {
  const places: SymbolPlaces = {
    site: 0x1139n,
    fixed: false,
    pointer: { name: "rip", offset: 128 },
    address: (symbol) => (symbol === "counter" ? 0x4014n : undefined),
  };
  const place = (text: string, more: Partial<SymbolPlaces> = {}): string => {
    const [argument] = parseUsdtArguments(62, text);
    if (argument === undefined) throw new Error("no argument");
    return describeUsdtArgument(placeSymbol(argument, { ...places, ...more }));
  };

  it.each([
    ["-4@counter(%rip)", {}, `s32 at rip+${0x4014 - 0x1139}`],
    ["-4@counter+8(%rip)", {}, `s32 at rip+${0x4014 - 0x1139 + 8}`],
    ["-4@counter(%rip)", { fixed: true }, `s32 at rip+${0x4014 - 0x1139}`],
    ["-4@counter", { fixed: true }, `s32 at rip+${0x4014 - 0x1139}`],
    ["-4@64", { fixed: true }, `s32 at rip-${0x1139 - 64}`],
    ["4@counter(,%rdi,4)", { fixed: true }, `u32 at rip+rdi*4+${0x4014 - 0x1139}`],
    ["4@counter(%rax,%rdi,4)", { fixed: true }, "u32 at rax+rdi*4+16404"],
    ["8@-8(%rbp)", {}, "u64 at rbp-8"],
    ["8@%rip", {}, "u64 in rip"],
    ["-4@counter", {}, "s32 unreadable: an absolute address in a file that is loaded anywhere"],
    ["-4@other(%rip)", {}, 's32 unreadable: its variable "other" is not in the file\'s symbol table'],
    ["-4@8(%rip)", {}, "s32 unreadable: a distance from the instruction without a symbol"],
    ["-4@counter(%rip)", { pointer: undefined }, "s32 unreadable: programs see no instruction pointer here"],
  ] as const)("%s with %j is %s", (text, more, meaning) => {
    expect(place(text, more)).toBe(meaning);
  });
});
