import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ElfConstant, readElf, stripSymbols } from "../../../src/format/elf/index.ts";

const isLinux = process.platform === "linux";

test.skipIf(!isLinux)(
  "Node without its symbols is smaller, runs, and is loaded as before",
  () => {
    const bytes = new Uint8Array(readFileSync(process.execPath));
    const stripped = stripSymbols(bytes);
    const [before, after] = [readElf(bytes), readElf(stripped)];
    expect(after.sections.filter(({ type }) => type === ElfConstant.SHT_SYMTAB)).toEqual([]);
    expect(after.sections.at(-1)?.name).toBe(".shstrtab");
    const loaded = (elf: typeof before): unknown =>
      elf.sections
        .filter(({ flags }) => (flags & ElfConstant.SHF_ALLOC) !== 0)
        .map(({ name, address, offset, size, type }) => [name, address, offset, size, type]);
    expect(loaded(after)).toEqual(loaded(before));
    // Behind the header, which names another section table.
    expect(after.segments).toEqual(before.segments);
    for (const { offset, fileSize } of before.segments) {
      const range = [Math.max(offset, 64), offset + fileSize] as const;
      expect(Buffer.compare(bytes.subarray(...range), stripped.subarray(...range))).toBe(0);
    }
    expect(Buffer.compare(stripSymbols(stripped), stripped)).toBe(0);
    const folder = mkdtempSync(join(tmpdir(), "tsbpf-strip-"));
    try {
      writeFileSync(join(folder, "node"), stripped, { mode: 0o755 });
      expect(execFileSync(join(folder, "node"), ["-p", "6 * 7"], { encoding: "utf8" })).toBe("42\n");
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  60_000,
);

test("an object, whose symbols lie before what is loaded or are all it has, stays whole", () => {
  const bytes = new Uint8Array(readFileSync("testdata/obj/zig-21/trace_execve.bpf.o"));
  const stripped = stripSymbols(bytes);
  expect(readElf(stripped).sections.filter(({ flags }) => (flags & ElfConstant.SHF_ALLOC) !== 0).length).toBe(
    readElf(bytes).sections.filter(({ flags }) => (flags & ElfConstant.SHF_ALLOC) !== 0).length,
  );
});
