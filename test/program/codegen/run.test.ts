// The generated module does what the codecs compiled at run time do. It is imported with its types stripped, as
// Node 22 and later do it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { decompressLz4 } from "../../../src/format/bytes/index.ts";
import { buildCodec, cursorOffset, memoryOf, type Codec } from "../../../src/program/codec/index.ts";
import { generateModule } from "../../../src/program/codegen/index.ts";
import type { CType } from "../codec/c-types.ts";
import { objectWithEvent, testObject } from "./objects.ts";
import type { ObjectSource } from "./public-api.ts";

const folder = mkdtempSync(join(tmpdir(), "tsbpf-module-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const api = fileURLToPath(new URL("public-api.ts", import.meta.url));

async function load(
  text: string,
  name: string,
): Promise<{ default: ObjectSource } & Record<string, unknown>> {
  const path = join(folder, name.endsWith(".mjs") ? name : `${name}.bpf.gen.ts`);
  writeFileSync(path, text);
  return (await import(/* @vite-ignore */ path)) as { default: ObjectSource } & Record<string, unknown>; // what generateModule promises
}

describe("a generated module", () => {
  it.each(["clang-14", "zig-21"])(
    "of %s decodes and encodes like the codecs made at run time",
    async (compiler) => {
      const { spec, bytes } = testObject(compiler, "codec_zoo");
      const module = await load(generateModule(spec, { object: bytes, import: api }), compiler);
      expect(module.default.name).toBe("codec_zoo");
      expect(decompressLz4(Buffer.from(module.default.lz4, "base64"), module.default.size)).toEqual(bytes);

      const variable = spec.variables.find(({ name }) => name === "specimen");
      const contents = spec.maps.find(({ name }) => name === ".data")?.contents;
      if (variable === undefined || contents === undefined || spec.btf === undefined)
        throw new Error("no specimen");
      const memory = memoryOf(contents.slice().buffer);
      const made = module.default.codecs?.["specimen"] as Codec<object>;
      expect(made).toBe(module["zooCodec"]);
      const built = buildCodec<object>(spec.btf, variable.type);
      const value = built.decode(memory, 0);
      expect(made.decode(memory, 0)).toEqual(value);
      const copy = memoryOf(new ArrayBuffer(240));
      made.encode(value, copy, 0);
      expect(copy.u8).toEqual(memory.u8.subarray(0, 240));
      const cursor = made.cursor(memory);
      cursor[cursorOffset] = 0;
      for (const [name, member] of Object.entries(value)) expect(Reflect.get(cursor, name)).toEqual(member);
      expect(() => made.encode({ nested: { second: -1 } }, copy, 0)).toThrow(
        "zoo.nested.second: expected 0..4294967295, found -1",
      );
      expect(Object.keys(module.default.codecs ?? {})).toEqual([
        "animals.key",
        "animals.value",
        "letters.event",
        "specimen",
        "zoo_in_bss",
      ]);
    },
  );

  it("as JavaScript is the same module", async () => {
    const { spec, bytes } = testObject("zig-21", "codec_zoo");
    const options = { object: bytes, import: api };
    const typed = await load(generateModule(spec, options), "typed");
    const plain = await load(generateModule(spec, { ...options, form: "javascript" }), "plain.mjs");
    expect(Object.keys(plain)).toEqual(Object.keys(typed));
    expect(plain.default).toEqual({ ...typed.default, codecs: plain.default.codecs });
    expect(plain["Color"]).toEqual(typed["Color"]);
    const memory = memoryOf(Uint8Array.from({ length: 240 }, (_, at) => at * 3).buffer);
    for (const [role, codec] of Object.entries(typed.default.codecs ?? {})) {
      if (codec.size <= 240)
        expect(plain.default.codecs?.[role]?.decode(memory, 0)).toEqual(codec.decode(memory, 0));
    }
  });

  it("keeps members apart whose names mean something in JavaScript", async () => {
    const names = ["__proto__", "constructor", "toString", "class", "o", "a b", "`${0}`", "*/"];
    const type: CType = {
      k: "composite",
      union: false,
      packed: false,
      name: "odd",
      members: names.map((name) => ({ name, type: { k: "int", size: 4, signed: false } })),
    };
    const module = await load(
      generateModule(objectWithEvent(type), { object: new Uint8Array(1), import: api }),
      "odd",
    );
    const codec = module["oddCodec"] as Codec<object>;
    const memory = memoryOf(Uint32Array.from(names, (_, index) => index + 1).buffer);
    const value = codec.decode(memory, 0);
    expect(Object.entries(value)).toEqual(names.map((name, index) => [name, index + 1]));
    const copy = memoryOf(new ArrayBuffer(32));
    codec.encode(value, copy, 0);
    expect(copy.u8).toEqual(memory.u8);
    expect(names.map((name) => Reflect.get(codec.cursor(memory), name))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
