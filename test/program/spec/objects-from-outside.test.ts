// Objects that we did not write: TSBPF_OBJECTS=FOLDER[:FOLDER…] npx vitest run test/program/spec/objects-from-outside.test.ts
// Each ELF file in the folders is read; TSBPF_OBJECTS_REPORT=FILE writes what each gave.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { TsbpfError } from "../../../src/errors.ts";
import { readObject, specToJson } from "../../../src/program/spec/index.ts";

const folders = (process.env["TSBPF_OBJECTS"] ?? "").split(":").filter((folder) => folder !== "");
const report: string[] = [];

function elfFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true)
    .filter((path) => readFileSync(path).subarray(0, 4).toString("latin1") === "\x7fELF")
    .sort();
}

describe.skipIf(folders.length === 0)("objects from TSBPF_OBJECTS (skipped: it names no folder)", () => {
  const files = folders.flatMap(elfFiles);
  it("there are some", () => expect(files.length).toBeGreaterThan(0));

  it.each(files)("%s is read, or refused with a TsbpfError", (path) => {
    try {
      const spec = readObject(readFileSync(path), { name: path });
      JSON.stringify(specToJson(spec));
      report.push(
        `${path}: ${spec.programs.length} programs, ${spec.maps.length} maps, ${spec.externs.length} externs`,
      );
    } catch (error) {
      expect(error).toBeInstanceOf(TsbpfError);
      report.push(`${path}: ${String(error)}`);
    }
  });

  it("reports", () => {
    const file = process.env["TSBPF_OBJECTS_REPORT"];
    if (file !== undefined) writeFileSync(file, `${report.join("\n")}\n`);
    expect(report).toHaveLength(files.length);
  });
});
