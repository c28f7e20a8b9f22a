// Executables as a linker writes them, read piece by piece; readelf is the witness.
import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { arraySource, type ByteSource } from "../../../src/format/bytes/index.ts";
import {
  buildId,
  debugLink,
  DynamicSymbols,
  Executable,
  findFunction,
  functionNames,
  isGo,
  matchFunctions,
  parseFunctionName,
} from "../../../src/format/elf/index.ts";
import {
  binutil,
  bytesOf,
  compileLibrary,
  compileProgram,
  noCompiler,
  placeFor,
  readelfSymbols,
} from "../../elf-target.ts";

const open = (path: string) => new Executable(arraySource(bytesOf(path)));

/** A source that counts what is read of it. */
function counted(bytes: Uint8Array): ByteSource & { readonly taken: () => number } {
  const source = arraySource(bytes);
  let taken = 0;
  return {
    size: source.size,
    read: (offset, length) => {
      taken += length;
      return source.read(offset, length);
    },
    taken: () => taken,
  };
}

test.each([
  ["malloc", { name: "malloc" }],
  ["f@V1", { name: "f", version: "V1" }],
  ["f@@V1", { name: "f", version: "V1" }],
  ["@f", { name: "@f" }],
])("the name %j", (text, query) => expect(parseFunctionName(text)).toEqual(query));

describe.skipIf(noCompiler)("a library", () => {
  const path = noCompiler
    ? ""
    : compileLibrary("libprobe.so", "-Wl,-soname,libprobe.so.1", "-Wl,--build-id=0x0123456789");

  test("exported functions by hash table, hidden ones by name, both at readelf's addresses", () => {
    const symbols = readelfSymbols(path);
    const file = open(path);
    for (const name of ["library_plain", "library_hidden", "library_old"]) {
      expect(findFunction(file, { name })?.address, name).toBe(symbols.get(name)?.address);
    }
    expect(file.bits).toBe(64);
    expect(DynamicSymbols.of(file)?.soname).toBe("libprobe.so.1");
    expect(buildId(file)).toBe("0123456789");
    expect(isGo(file)).toBe(false);
  });

  test("versions: the default, each by its name, one that there is not", () => {
    const symbols = readelfSymbols(path);
    const file = open(path);
    const addressOf = (text: string) => findFunction(file, parseFunctionName(text))?.address;
    expect(addressOf("versioned")).toBe(symbols.get("library_new")?.address);
    expect(addressOf("versioned@V1")).toBe(symbols.get("library_old")?.address);
    expect(addressOf("versioned@@V2")).toBe(symbols.get("library_new")?.address);
    expect(() => addressOf("versioned@V3")).toThrow(
      /expected versioned with version V3, found versioned@V\d, versioned@V\d \(say /,
    );
    expect(addressOf("library_plain@V1")).toBe(symbols.get("library_plain")?.address);
  });

  test("an indirect function is refused with the reason", () => {
    expect(() => findFunction(open(path), { name: "indirect" })).toThrow(/found an indirect one \(IFUNC\)/);
  });

  test.each([["sysv"], ["gnu"], ["both"]])("hash tables of style %s", (style) => {
    const other = compileLibrary(`lib-${style}.so`, `-Wl,--hash-style=${style}`);
    const file = open(other);
    expect(
      DynamicSymbols.of(file)
        ?.find("library_plain")
        ?.map(({ address }) => address),
    ).toEqual([readelfSymbols(other).get("library_plain")?.address]);
    expect(DynamicSymbols.of(file)?.find("library_plane")).toEqual([]);
  });

  test("of an exported function little is read", () => {
    const source = counted(bytesOf(path));
    const file = new Executable(source);
    findFunction(file, { name: "library_plain" });
    expect(source.taken()).toBeLessThan(8192);
  });

  test("without section headers, as sstrip leaves it, exported functions are still found", () => {
    const bytes = bytesOf(path);
    const view = new DataView(bytes.buffer);
    view.setBigUint64(0x28, 0n, true);
    view.setUint16(0x3c, 0, true);
    const file = new Executable(arraySource(bytes));
    expect(file.sections).toEqual([]);
    expect(findFunction(file, { name: "library_plain" })?.address).toBe(
      readelfSymbols(path).get("library_plain")?.address,
    );
    expect(findFunction(file, { name: "library_hidden" })).toBe(undefined);
  });
});

describe.skipIf(noCompiler)("a program", () => {
  const path = noCompiler ? "" : compileProgram("program", "-Wl,--build-id=sha1");

  test("an address is in the file where its segment says, and where its section says (RULES 56)", () => {
    const file = open(path);
    const symbol = findFunction(file, { name: "probed" });
    const section = file.sectionHeader(symbol?.section ?? 0);
    const address = symbol?.address ?? 0;
    const offset = file.fileOffset(address);
    expect(offset).toBe(address - (section?.address ?? 0) + (section?.offset ?? 0));
    expect(file.isCode(offset ?? 0)).toBe(true);
    expect(file.isCode(0)).toBe(false);
    expect(file.fileOffset(0x7fff_ffff_ffff)).toBe(undefined);
  });

  test("patterns match functions, each address once", () => {
    const names = matchFunctions(open(path), (name) => name.startsWith("probed")).map(({ name }) => name);
    expect(names.sort()).toEqual(["probed", "probed_hidden", "probed_more"]);
    expect(functionNames(open(path)).has("main")).toBe(true);
  });

  test("a non-executable layout with fixed addresses and a static one", () => {
    for (const [name, ...options] of [
      ["fixed", "-no-pie"],
      ["static", "-static"],
    ]) {
      const other = compileProgram(name ?? "", ...options);
      expect(findFunction(open(other), { name: "probed" })?.address).toBe(
        readelfSymbols(other).get("probed")?.address,
      );
    }
    expect(DynamicSymbols.of(open(placeFor("static")))?.find("probed") ?? []).toEqual([]);
  });

  test("the link to a file of symbols, and that file", () => {
    const debug = placeFor("program.debug");
    const stripped = placeFor("program.stripped");
    binutil("objcopy", "--only-keep-debug", path, debug);
    binutil("objcopy", "--strip-all", `--add-gnu-debuglink=${debug}`, path, stripped);
    expect(findFunction(open(stripped), { name: "probed" })).toBe(undefined);
    expect(debugLink(open(stripped))?.name).toBe("program.debug");
    expect(buildId(open(stripped))).toMatch(/^[0-9a-f]{40}$/);
    expect(buildId(open(debug))).toBe(buildId(open(stripped)));
    expect(findFunction(open(debug), { name: "probed" })?.address).toBe(
      readelfSymbols(path).get("probed")?.address,
    );
  });

  test("two functions of one name are refused with both addresses", () => {
    const source = placeFor("twice.c");
    writeFileSync(source, "static int same(int a) { return a; }\nint (*one)(int) = same;\n");
    const second = placeFor("twice2.c");
    writeFileSync(second, "static int same(int a) { return a + 1; }\nint (*two)(int) = same;\n");
    const other = compileProgram("twice", source, second);
    expect(() => findFunction(open(other), { name: "same" })).toThrow(
      /expected one function same, found 2: at 0x[0-9a-f]+, 0x[0-9a-f]+ \(say which by its offset/,
    );
  });
});

describe("what is no executable", () => {
  const text = (content: string) => arraySource(new TextEncoder().encode(content));
  test("names what was found", () => {
    expect(() => new Executable(text("#!/bin/sh -e\n"))).toThrow(
      /expected an ELF file, found a script of \/bin\/sh/,
    );
    expect(() => new Executable(text("hello"))).toThrow(
      /expected an ELF file: 7f 45 4c 46, found 68 65 6c 6c/,
    );
    expect(() => new Executable(text(""))).toThrow(/expected an ELF file: 7f 45 4c 46, found an empty file/);
    expect(() => new Executable(text("\x7fELF\x02\x01\x01"))).toThrow(/expected an ELF file/);
  });
});
