import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compressLz4, fletcher } from "../../src/format/bytes/index.ts";
import { embeddedObject, type EmbeddedSource } from "../../src/index.ts";

const object = readFileSync(new URL("../../testdata/obj/zig-21/trace_execve.bpf.o", import.meta.url));
const packed = compressLz4(object);
const source: EmbeddedSource = {
  name: "trace.bpf.o",
  size: object.length,
  checksum: fletcher(packed),
  lz4: Buffer.from(packed).toString("base64"),
};

function openWith(change: Partial<EmbeddedSource>): unknown {
  return embeddedObject({ ...source, ...change }).spec;
}

describe("an embedded object", () => {
  it("is what was embedded", () => {
    expect(embeddedObject(source).spec.programs.map(({ name }) => name)).toEqual(["trace_execve_enter"]);
  });

  it("costs nothing until it is used", () => {
    expect(() => embeddedObject({ ...source, lz4: "" })).not.toThrow();
  });

  it("each changed byte is noticed when it is opened, with what to do", () => {
    // One in 97 of all places, and the last ones, where base64 has bits that stand for nothing.
    const places = Array.from({ length: packed.length }, (_, at) => at).filter((at) => at % 97 === 0);
    for (const at of [...places, packed.length - 1]) {
      const damaged = packed.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      const lz4 = Buffer.from(damaged).toString("base64");
      expect(() => openWith({ lz4 })).toThrow(
        expect.objectContaining({ code: "MALFORMED", remedy: "build it again", trail: ["trace.bpf.o"] }),
      );
    }
  });

  it("each changed character of its text is noticed", () => {
    const { lz4 } = source;
    for (const at of [0, 1, 1000, lz4.length - 3, lz4.length - 2, lz4.length - 1]) {
      for (const other of ["A", "B", "!", "="]) {
        if (lz4[at] === other) continue;
        expect(() => openWith({ lz4: lz4.slice(0, at) + other + lz4.slice(at + 1) })).toThrow(
          "build it again",
        );
      }
    }
    for (const text of [`${lz4}AAAA`, lz4.slice(0, -4), lz4.slice(4), ""])
      expect(() => openWith({ lz4: text })).toThrow("build it again");
  });

  it("another size or checksum is noticed", () => {
    expect(() => openWith({ size: object.length + 1 })).toThrow(
      expect.objectContaining({ code: "MALFORMED" }),
    );
    expect(() => openWith({ checksum: "0123456789abcdef" })).toThrow(
      /^trace\.bpf\.o: expected an embedded object with checksum 0123456789abcdef, found [0-9a-f]{16} \(build it again\)$/,
    );
  });
});
