// The generated text under the strictest settings of the user's compiler, and a user's program against its types.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterAll, beforeAll, expect, it } from "vitest";
import { TsbpfError } from "../../../src/errors.ts";
import { generateDeclarations, generateModule } from "../../../src/program/codegen/index.ts";
import type { CType } from "../codec/c-types.ts";
import { objectWithEvent, testObject } from "./objects.ts";

const folder = mkdtempSync(join(tmpdir(), "tsbpf-codegen-"));
writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Every file written so far, checked in one program: reading the library is what takes long. */
function check(): void {
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ES2023,
    lib: ["lib.es2023.d.ts"],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: [],
    paths: { tsbpf: [fileURLToPath(new URL("public-api.ts", import.meta.url))] },
    strict: true,
    declaration: true,
    isolatedDeclarations: true,
    isolatedModules: true,
    exactOptionalPropertyTypes: true,
    erasableSyntaxOnly: true,
    verbatimModuleSyntax: true,
    noUncheckedIndexedAccess: true,
    noPropertyAccessFromIndexSignature: true,
    noImplicitReturns: true,
    noImplicitOverride: true,
    noUnusedLocals: true,
    allowImportingTsExtensions: true,
    noEmit: true,
  });
  found = ts.getPreEmitDiagnostics(program).map((found) => {
    const text = ts.flattenDiagnosticMessageText(found.messageText, "\n");
    const line = found.file?.getLineAndCharacterOfPosition(found.start ?? 0).line ?? 0;
    return `${relative(folder, found.file?.fileName ?? "")}:${line + 1}: ${text}`;
  });
}
const files: string[] = [];
let found: string[] = [];
function problems(prefix: string): string[] {
  expect(files.some((file) => relative(folder, file).startsWith(prefix))).toBe(true);
  return found.filter((line) => line.startsWith(prefix));
}

function write(name: string, text: string): void {
  const path = join(folder, name);
  writeFileSync(path, text);
  files.push(path);
}

function writeTestObjects(): number {
  let written = 0;
  for (const file of readdirSync(new URL("../../../testdata/obj/zig-21/", import.meta.url))) {
    const name = file.replace(/\.bpf\.o$/, "");
    if (name === file) continue;
    try {
      const { spec } = testObject("zig-21", name);
      write(`test-${name}.bpf.gen.ts`, generateModule(spec, { object: new Uint8Array(7) }));
      write(`test-${name}.bpf.d.ts`, generateDeclarations(spec, {}).text);
      written++;
    } catch (error) {
      // Objects that are wrong on purpose.
      if (!(error instanceof TsbpfError)) throw error;
    }
  }
  return written;
}

function writeOddNames(): void {
  const number: CType = { k: "int", size: 4, signed: false };
  const members = (names: readonly string[]): { name: string; type: CType }[] =>
    names.map((name) => ({ name, type: number }));
  const odd = [
    "__proto__",
    "constructor",
    "toString",
    "class",
    "m",
    "o",
    "u32",
    "a b",
    'q"',
    "*/",
    "`${0}`",
    "0",
  ];
  const names = ["Codec", "Uint8Array", "set", "object", "s", "types", "0 odd", "*/ alert()", "Cursor", ""];
  for (const [index, name] of names.entries()) {
    const inner: CType = { k: "composite", union: true, packed: false, name, members: members(["a", "b"]) };
    const list: CType = { k: "array", element: inner, length: 3 };
    const type: CType = {
      k: "composite",
      union: false,
      packed: false,
      name: index % 2 === 0 ? name : "event",
      members: [...members(odd), { name: "inner", type: inner }, { name: "list", type: list }],
    };
    const spec = objectWithEvent(type, index === 0 ? "a-map" : "events");
    write(`odd${index}.bpf.d.ts`, generateDeclarations(spec, { source: "*/\n x" }).text);
    write(`odd${index}.bpf.gen.ts`, generateModule(spec, { object: new Uint8Array(3), source: "*/\n x" }));
  }
}

function writeUser(): void {
  write(
    "user-wrong.ts",
    'import type { Zoo } from "./user-zoo.bpf.gen.ts";\nexport const port: Zoo["port"] = "https";\n',
  );
  const { spec, bytes } = testObject("zig-21", "codec_zoo");
  write("user-zoo.bpf.gen.ts", generateModule(spec, { object: bytes }));
  write("user-declared.bpf.d.ts", generateDeclarations(spec, {}).text);
  write(
    "user.ts",
    `
import type { Codec, EmbeddedObject } from "tsbpf";
import zoo, { Color, zooCodec, type Types, type Zoo } from "./user-zoo.bpf.gen.ts";
import declared, * as declarations from "./user-declared.bpf.js";
import type * as Declared from "./user-declared.bpf.js";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

same<typeof zoo, EmbeddedObject<Types>>(true);
same<typeof zooCodec, Codec<Zoo>>(true);
same<Types["programs"], { emit: "tracepoint" }>(true);
same<Types["maps"]["animals"]["value"], Zoo>(true);
same<Types["maps"]["animals"]["type"], "hash">(true);
same<Types["maps"]["letters"]["event"]["data"], string>(true);
same<Types["variables"]["specimen"], Zoo>(true);
same<Zoo["yes"], boolean>(true);
same<Zoo["int_signed"], number>(true);
same<Zoo["long_signed"], bigint>(true);
same<Zoo["text"], string>(true);
same<Zoo["bytes"], Uint8Array>(true);
same<Zoo["matrix"], number[][]>(true);
same<Zoo["names"], string[]>(true);
same<Zoo["color"], 0 | 5 | 6>(true);
same<Zoo["nested"]["second"], number>(true);
same<Zoo["bits"]["wide"], bigint>(true);
same<Zoo["bits"]["wide_signed"], number>(true);
same<Zoo["low"], number>(true);
same<Zoo["choice"]["word"], string>(true);
same<Zoo["pointer"], bigint>(true);
same<typeof Color.GREEN, 5>(true);
// The declarations for JavaScript say the same.
same<Declared.Types, Types>(true);
same<Declared.Zoo, Zoo>(true);
same<Declared.Color, Color>(true);
same<typeof declarations.zooCodec, Codec<Zoo>>(true);
same<typeof declarations.Color.GREEN, 5>(true);
same<typeof declared, EmbeddedObject<Types>>(true);
// @ts-expect-error: no such program
type NoProgram = Types["programs"]["absent"];
// @ts-expect-error: no such member
type NoMember = Zoo["absent"];
export type { NoProgram, NoMember };
`,
  );
}

let objects = 0;
beforeAll(() => {
  objects = writeTestObjects();
  writeOddNames();
  writeUser();
  check();
}, 120_000);

it("modules of all test objects pass", () => {
  expect(objects).toBeGreaterThan(40);
  expect(problems("test-")).toEqual([]);
});

it("names that TypeScript would stumble over pass", () => {
  expect(problems("odd")).toEqual([]);
});

it("a user's program sees the types of the C source", () => {
  expect(problems("user.")).toEqual([]);
  // The program's expectations are worth something only if a wrong one is found.
  expect(problems("user-wrong").map((line) => line.replace(/^.*?: /, ""))).toEqual([
    "Type 'string' is not assignable to type 'number'.",
  ]);
});
