import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { encodeBtf, readBtf } from "../../../src/format/btf/index.ts";
import { readElf } from "../../../src/format/elf/index.ts";
import { readBtfBytes, readBtfFile } from "../../../src/toolchain/vmlinux/btf-file.ts";
import { fileTypes, kernelTypes, moduleTypes } from "../../../src/toolchain/vmlinux/index.ts";
import { composite, int, member } from "../../format/btf/types.ts";

const folder = mkdtempSync(join(tmpdir(), "tsbpf-btf-file-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

const base = encodeBtf([int(), composite("struct", "below", 4, [member("a", 1, 0)])]);
const split = encodeBtf([composite("struct", "above", 4, [member("b", 2, 0)])], { base: readBtf(base) });
const object = new URL("../../../testdata/obj/zig-21/core_fields.bpf.o", import.meta.url).pathname;

describe("a file with types", () => {
  test("raw BTF, whatever its name", () => {
    expect(readBtfFile(file("raw", base)).find("below", "struct")).toBe(2);
  });

  test("an ELF file: its .BTF section and nothing else", () => {
    const section = readElf(new Uint8Array(readFileSync(object))).sections.find(
      ({ name }) => name === ".BTF",
    );
    expect(readBtfBytes(object)).toEqual(section?.bytes.slice());
  });

  test("split BTF with its base", () => {
    const path = file("split", split);
    expect(fileTypes(path, file("raw", base)).btf.find("above", "struct")).toBe(3);
  });

  test.each<readonly [string, Uint8Array | string, RegExp]>([
    ["empty", "", /expected raw BTF or an ELF file, found an empty file/],
    ["text", "root:x", /found bytes 72 6f 6f 74/],
    ["header", "#ifndef X", /found a text .*\/sys\/kernel\/btf\/vmlinux/],
    [
      "module.ko.xz",
      Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a),
      /found an xz file .*xz -dk .*module\.ko\.xz/,
    ],
    ["vmlinuz", "MZ", /found a compressed kernel image/],
    [
      "cut",
      new Uint8Array(readFileSync(object)).subarray(0, 300),
      /expected an ELF file of \d+ bytes or more, found 300/,
    ],
  ])("%s is refused", (name, content, message) => {
    expect(() => readBtfFile(file(name, content))).toThrow(message);
  });

  test("no file, a directory", () => {
    expect(() => readBtfFile(join(folder, "none"))).toThrow(/expected a file, found nothing there/);
    expect(() => readBtfFile(folder)).toThrow(/found a directory or device/);
  });

  test("an ELF file without types", () => {
    expect(() => readBtfFile(process.execPath)).toThrow(/found one without/);
  });
});

describe("the types of a kernel", () => {
  test("none: what to do", () => {
    expect(() => kernelTypes(join(folder, "no-kernel"))).toThrow(
      /expected a kernel with BTF.*tsbpf vmlinux FILE/,
    );
  });

  test("a module on top of the kernel; dashes and .ko do not matter", () => {
    file("machine/sys/kernel/btf/vmlinux", base);
    file("machine/sys/kernel/btf/nf_tables", split);
    for (const name of ["nf_tables", "nf-tables", "nf_tables.ko"]) {
      const { btf, source } = moduleTypes(name, join(folder, "machine"));
      expect(btf.find("above", "struct")).toBe(3);
      expect(source).toMatch(/nf_tables$/);
    }
  });

  test("an unknown module: the nearest one", () => {
    file("machine/sys/kernel/btf/vmlinux", base);
    file("machine/sys/kernel/btf/nf_tables", split);
    expect(() => moduleTypes("nf_tabels", join(folder, "machine"))).toThrow(/did you mean "nf_tables"/);
    expect(() => moduleTypes("x", join(folder, "no-kernel"))).toThrow(/found no modules there .*modprobe/);
  });
});
