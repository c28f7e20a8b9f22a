import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { bundleCommand } from "../../src/cli/bundle.ts";
import { commandHelp, parseCommandLine } from "../../src/cli/command.ts";
import { Progress } from "../../src/cli/progress.ts";

const folder = mkdtempSync(join(tmpdir(), "tsbpf-bundle-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const entry = join(folder, "main.ts");
writeFileSync(entry, "enum Answer { Is = 42 }\nconsole.log(Answer.Is);\n");
const run = async (...words: string[]): Promise<number> =>
  await bundleCommand.run(parseCommandLine(bundleCommand, words));

test.each([
  [[], /^expected one ENTRY, found none/],
  [["a.ts", "b.ts"], /^expected one ENTRY, found 2/],
  [[entry, "--exe=bum"], /^--exe: expected node or bun, found "bum" .*did you mean "bun"/],
  [[entry, "--target", "linux-arm64"], /^--target: expected it with --exe, found it alone/],
  [
    [entry, "--exe", "--target", "plan9-x64"],
    /^expected linux-\w+, the machine that makes .* found "plan9-x64"/,
  ],
  [[entry, "-o", entry], /^expected another file than the entry to write/],
  [[join(folder, "gone.ts")], /^expected a module, found nothing at /],
])("refused: %j", async (words, message) => {
  await expect(run(...words)).rejects.toThrow(message);
});

test("--exe takes its value behind = only", () => {
  const input = parseCommandLine(bundleCommand, ["--exe", "main.ts"]);
  expect([input.on("exe"), input.text("exe"), input.positionals]).toEqual([true, "", ["main.ts"]]);
  expect(parseCommandLine(bundleCommand, ["main.ts", "--exe=bun"]).text("exe")).toBe("bun");
  expect(commandHelp(bundleCommand)).toMatch(/--exe\[=node\|bun\] {2,}an executable/);
});

test("an .mjs that can be started, and one JSON object of what was done", async () => {
  const written: string[] = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0);
  const output = join(folder, "new/main.mjs");
  expect(await run(entry, "-o", output, "--json")).toBe(0);
  expect(JSON.parse(written.join(""))).toMatchObject({
    entry,
    output,
    form: "mjs",
    bytes: statSync(output).size,
    bundler: { name: "rolldown" },
    modules: 1,
    objects: [],
    steps: [{ what: expect.stringMatching(/^follow/) }, { what: expect.stringMatching(/^join/) }],
  });
  expect(statSync(output).mode & 0o777).toBe(0o755);
  expect(readFileSync(output, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
});

test("a refused object is exit status 1, with its diagnostics, and no file", async () => {
  const errors: string[] = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => errors.push(String(text)) > 0);
  writeFileSync(join(folder, "bad.bpf.c"), "int x = ;\n");
  writeFileSync(join(folder, "bad.ts"), `import bad from "./bad.bpf.gen.ts"; console.log(bad);`);
  expect(await run(join(folder, "bad.ts"), "-o", join(folder, "bad.mjs"))).toBe(1);
  expect(errors.join("")).toMatch(/bad\.bpf\.c:1:9: error: expected expression/);
  expect(existsSync(join(folder, "bad.mjs"))).toBe(false);
}, 30_000);

test("--explain: how each object is compiled, what was done and why, what is inside", async () => {
  const said: string[] = [];
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  vi.spyOn(process.stderr, "write").mockImplementation((text) => said.push(String(text)) > 0);
  writeFileSync(join(folder, "seen.bpf.c"), "#ifdef WIDE\n#endif\nint seen;\n");
  writeFileSync(join(folder, "seen.ts"), `import seen from "./seen.bpf.gen.ts"; console.log(seen);`);
  const words = [join(folder, "seen.ts"), "-o", join(folder, "seen.mjs"), "-DWIDE", "--explain"];
  expect(await run(...words)).toBe(0);
  const text = said.join("");
  expect(text).toMatch(/^command: .* -DWIDE .*seen\.bpf\.c$/m);
  expect(text).toMatch(/^ {2}WIDE +seen\.bpf\.c:1 +#ifdef WIDE$/m);
  expect(text).toMatch(/^ {2}join the modules with \w+ [\d.]+: one file/m);
  expect(text).toMatch(/seen\.bpf\.gen\.ts +compiled now$/m);
}, 30_000);

describe("progress", () => {
  const terminal = (isTTY: boolean): { stream: NodeJS.WriteStream; written: string[] } => {
    const written: string[] = [];
    const stream = { isTTY, columns: 24, write: (text: string) => written.push(text) > 0 };
    return { stream: stream as unknown as NodeJS.WriteStream, written }; // what Progress uses of it
  };

  test("is shown after a second, cut to the terminal, and wiped away", () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
    const { stream, written } = terminal(true);
    const progress = new Progress(stream);
    progress.show("build something with a long name");
    vi.advanceTimersByTime(900);
    expect(written).toEqual([]);
    vi.advanceTimersByTime(300);
    expect(written).toEqual(["\r\u001b[Kbuild something with a "]);
    progress.clear();
    vi.advanceTimersByTime(5000);
    expect(written).toEqual(["\r\u001b[Kbuild something with a ", "\r\u001b[K"]);
  });

  test("is not for a pipe", () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
    const { stream, written } = terminal(false);
    const progress = new Progress(stream);
    progress.show("build");
    vi.advanceTimersByTime(5000);
    progress.clear();
    expect(written).toEqual([]);
  });
});
