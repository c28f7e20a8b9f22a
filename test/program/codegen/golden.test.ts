import { describe, expect, it } from "vitest";
import { generateDeclarations, generateModule } from "../../../src/program/codegen/index.ts";
import { testObject } from "./objects.ts";

// `npx vitest run test/program/codegen -u` writes the golden files anew; read the difference before you commit it.
describe("golden modules", () => {
  it.each([
    "codec_zoo",
    "codec_enum64",
    "map_kinds",
    "map_percpu",
    "event_macro",
    "globals_basic",
    "no_btf",
    "empty",
  ])("%s", async (name) => {
    const { spec } = testObject("zig-21", name);
    // A stand-in for the object: what the compiler emits is not what is looked at here.
    const object = Uint8Array.from({ length: 100 }, (_, at) => at);
    const text = generateModule(spec, { object, source: `${name}.bpf.c` });
    await expect(text).toMatchFileSnapshot(`golden/${name}.bpf.gen.ts.txt`);
  });

  it.each(["codec_zoo", "codec_enum64", "event_macro", "no_btf"])(
    "%s as JavaScript, and its declarations",
    async (name) => {
      const { spec } = testObject("zig-21", name);
      const object = Uint8Array.from({ length: 100 }, (_, at) => at);
      const source = `${name}.bpf.c`;
      const text = generateModule(spec, { object, source, form: "javascript" });
      await expect(text).toMatchFileSnapshot(`golden/${name}.bpf.mjs.txt`);
      const declarations = generateDeclarations(spec, { source });
      await expect(declarations.text).toMatchFileSnapshot(`golden/${name}.bpf.d.c.ts.txt`);
    },
  );

  it("declarations say where each C name stands in them", () => {
    const { spec } = testObject("zig-21", "codec_enum64");
    const { text, names } = generateDeclarations(spec, {});
    const lines = text.split("\n");
    for (const { kind, name, line, column } of names.filter((found) => found.kind !== "source")) {
      const there = lines[line]?.slice(column) ?? "";
      // Types are in PascalCase, everything else is as in C.
      if (kind === "type") expect(there).toMatch(/^[A-Za-z]/);
      else expect(there.replaceAll('"', "").startsWith(name)).toBe(true);
    }
    expect(new Set(names.map(({ kind }) => kind))).toContain("enumerator");
  });

  it("the same input gives the same text", () => {
    const { bytes } = testObject("clang-14", "codec_zoo");
    const texts = [0, 1].map(() => {
      const { spec } = testObject("clang-14", "codec_zoo");
      return generateModule(spec, { object: bytes });
    });
    expect(texts[0]).toBe(texts[1]);
  });

  it("big-endian objects are refused", () => {
    const { spec } = testObject("eb", "codec_zoo");
    expect(() => generateModule(spec, { object: new Uint8Array(1) })).toThrow(/found big endian/);
  });
});
