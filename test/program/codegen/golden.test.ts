import { describe, expect, it } from "vitest";
import { generateModule } from "../../../src/program/codegen/index.ts";
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
