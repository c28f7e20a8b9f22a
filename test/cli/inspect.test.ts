import { afterEach, expect, test, vi } from "vitest";
import { parseCommandLine } from "../../src/cli/command.ts";
import { inspectCommand } from "../../src/cli/inspect/index.ts";

afterEach(() => void vi.restoreAllMocks());

async function inspect(...words: readonly string[]): Promise<string> {
  let shown = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    shown += String(text);
    return true;
  });
  expect(await inspectCommand.run(parseCommandLine(inspectCommand, words))).toBe(0);
  return shown;
}

const object = (name: string, folder = "zig-21"): string => `testdata/obj/${folder}/${name}.bpf.o`;

test("the overview names programs, maps, variables, externs and events", async () => {
  const globals = await inspect(object("globals_basic"));
  expect(globals).toMatch(/^object globals_basic: little-endian, licence /);
  for (const title of ["programs:", "maps:", "variables:"]) expect(globals).toContain(`\n${title}\n`);
  expect(await inspect(object("kconfig_types"))).toMatch(/\nexterns:\n(?: {2}\S+ +kconfig .*\n)+/);
  expect(await inspect(object("event_exec"))).toMatch(/\nstruct \w+ \{\n/);
  expect(await inspect(object("globals_basic", "eb"))).toMatch(/^object globals_basic: big-endian/);
});

test("code: source lines, calls by name, CO-RE accesses", async () => {
  const code = await inspect(object("subprogs"), "--code");
  expect(code).toMatch(/^; .+ {2}\/\/ .+\.bpf\.c:\d+$/m);
  expect(code).toMatch(/^ +\d+: \(85\) call \w+/m);
  expect(await inspect(object("core_fields"), "--code")).toMatch(/CO-RE field_byte_offset struct \w+ 0:/);
});

test("--json is one document, with code where it is asked for", async () => {
  const plain: unknown = JSON.parse(await inspect(object("core_fields"), "--json"));
  expect(plain).toMatchObject({ name: "core_fields", littleEndian: true });
  expect(plain).not.toHaveProperty("disassembly");
  const { programs, disassembly } = JSON.parse(await inspect(object("core_fields"), "--json", "--code"));
  const names = programs.map(({ name }: { name: string }) => name);
  expect(Object.keys(disassembly)).toEqual(names);
  expect(disassembly[names[0]].join("\n")).toMatch(/^ +0: \([0-9a-f]{2}\) /m);
  const one = JSON.parse(await inspect(object("core_fields"), names[0], "--json"));
  expect(Object.keys(one.disassembly)).toEqual([names[0]]);
});

test.each([
  [[], /expected FILE\.o, found no file/],
  [["nowhere.o"], /expected a readable file \(ENOENT/],
  [[object("core_fields"), "nobody"], /unknown program "nobody"/],
  [[object("core_fields"), "nobody", "--json"], /unknown program "nobody"/],
  [["package.json"], /package\.json: offset 0: expected an ELF file/],
] as const)("tsbpf inspect %s is refused", async (words, message) => {
  await expect(inspectCommand.run(parseCommandLine(inspectCommand, words))).rejects.toThrow(message);
});
