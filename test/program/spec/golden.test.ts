// Every object of testdata/obj as JSON: test/golden/spec/<folder>/NAME.json. Objects that are refused have their
// error there. `GOLDEN=update npx vitest run test/program/spec/golden.test.ts` writes the files anew.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { TsbpfError } from "../../../src/errors.ts";
import { readObject, specToJson, type Json } from "../../../src/program/spec/index.ts";

const objects = fileURLToPath(new URL("../../../testdata/obj", import.meta.url));
const golden = fileURLToPath(new URL("../../golden/spec", import.meta.url));
const paths = readdirSync(objects, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".o"))
  .sort();

function project(path: string): Json {
  try {
    return specToJson(readObject(readFileSync(join(objects, path)), { name: basename(path) }));
  } catch (error) {
    if (!(error instanceof TsbpfError)) throw error;
    return { error: error.message, code: error.code };
  }
}

describe("specs of our own objects", () => {
  it("there are objects, and no golden file is left over", () => {
    const wanted = new Set(paths.map((path) => path.replace(/\.o$/, ".json")));
    const left = readdirSync(golden, { recursive: true, encoding: "utf8" }).filter(
      (path) => path.endsWith(".json") && !wanted.has(path),
    );
    expect(paths.length).toBeGreaterThan(80);
    expect(left).toEqual([]);
  });

  it.each(paths)("%s", (path) => {
    const file = join(golden, path.replace(/\.o$/, ".json"));
    const text = `${JSON.stringify(project(path), undefined, 1)}\n`;
    if (process.env["GOLDEN"] === "update") {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    expect(existsSync(file), `${file} exists; GOLDEN=update writes it`).toBe(true);
    expect(JSON.parse(text)).toEqual(JSON.parse(readFileSync(file, "utf8")));
  });
});
