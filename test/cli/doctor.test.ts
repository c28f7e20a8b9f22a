import { afterEach, expect, test, vi } from "vitest";
import { painter } from "../../src/cli/color.ts";
import { parseCommandLine } from "../../src/cli/command.ts";
import { makeFixes, whyNot } from "../../src/cli/doctor/fix.ts";
import { doctorCommand } from "../../src/cli/doctor/index.ts";
import { checksText, verdictText } from "../../src/cli/doctor/text.ts";
import type { Examined } from "../../src/toolchain/doctor/index.ts";

const plain = (_: string, text: string): string => text;
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const checks: readonly Examined[] = [
  { group: "kernel", name: "release", state: "ok", found: "6.18.1" },
  {
    group: "kernel",
    name: "kernel BTF",
    state: "failed",
    found: "one two three four five six",
    remedy: "boot it",
  },
  { group: "file systems", name: "bpffs", state: "warning", found: "none", remedy: "boot it" },
  { group: "tried", name: "a", state: "not applicable", found: "counts on Linux only" },
  { group: "tried", name: "b", state: "not applicable", found: "counts on Linux only" },
];

test("the table is aligned, a remedy stands once, a group that does not count is one line", () => {
  expect(checksText(checks, 53, plain)).toBe(`
kernel
  ok       release     6.18.1
  failed   kernel BTF  one two three four five six
                       → boot it

file systems
  warning  bpffs       none

tried
  -                    counts on Linux only
`);
});

test("long lines break at words and stay in their column", () => {
  const long: Examined = {
    ...checks[0],
    found: "word ".repeat(20).trim(),
    remedy: "do ".repeat(20).trim(),
  } as Examined;
  const lines = checksText([long], 60, plain).split("\n").slice(2, -1);
  expect(lines.length).toBeGreaterThan(4);
  expect(lines.every((line) => line.length <= 60)).toBe(true);
  expect(lines.slice(1).every((line) => line.startsWith(" ".repeat(20)))).toBe(true);
});

test("the verdict counts, and offers what can be put right", () => {
  expect(verdictText({ checks, ready: false }, ["mount bpffs"], plain)).toBe(
    "\nnot ready: 1 ok, 1 warning, 1 failed; tsbpf doctor --fix can mount bpffs\n",
  );
  expect(verdictText({ checks: checks.slice(0, 1), ready: true }, [], plain)).toBe("\nready: 1 ok\n");
});

test("colours are for terminals that want them", () => {
  vi.stubEnv("NO_COLOR", "");
  vi.stubEnv("TERM", "xterm");
  expect(painter({ isTTY: true })("red", "x")).toBe("\x1b[31mx\x1b[39m");
  expect(painter({ isTTY: false })("red", "x")).toBe("x");
  expect(painter({})("red", "x")).toBe("x");
  vi.stubEnv("TERM", "dumb");
  expect(painter({ isTTY: true })("red", "x")).toBe("x");
  vi.stubEnv("TERM", "xterm");
  vi.stubEnv("NO_COLOR", "1");
  expect(painter({ isTTY: true })("red", "x")).toBe("x");
});

test.each([
  [{ yes: false, isRoot: false, isTerminal: true }, /only root/],
  [{ yes: true, isRoot: false, isTerminal: true }, /only root/],
  [{ yes: false, isRoot: true, isTerminal: false }, /no terminal.*--yes/],
])("%j changes nothing", (setting, reason) => {
  expect(whyNot(setting)).toMatch(reason);
});

test.each([
  { yes: true, isRoot: true, isTerminal: false },
  { yes: false, isRoot: true, isTerminal: true },
])("%j may change things", (setting) => {
  expect(whyNot(setting)).toBeUndefined();
});

test("--yes shows and runs each command, stops a fix at the first that fails, and goes on with the next", async () => {
  const said: string[] = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    said.push(String(text));
    return true;
  });
  const fixes = [
    { what: "break", commands: [["false"], ["no-such-program-1"]] },
    { what: "miss", commands: [["no-such-program-2"]] },
    { what: "work", commands: [["true"]] },
  ];
  expect(await makeFixes(fixes, { yes: true, isRoot: true, isTerminal: false })).toBe(true);
  const text = said.join("");
  expect(text).toContain("false: ended with status 1");
  expect(text).toContain("no-such-program-2: spawn no-such-program-2 ENOENT");
  expect(text).not.toContain("spawn no-such-program-1");
  expect(text).toContain("\nwork:\n  true\n");
});

test("who may not fix is shown the commands", async () => {
  const said: string[] = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    said.push(String(text));
    return true;
  });
  const fixes = [{ what: "break", commands: [["rm", "x"]] }];
  expect(await makeFixes(fixes, { yes: true, isRoot: false, isTerminal: true })).toBe(false);
  expect(said.join("")).toContain("only root may do this; nothing was changed. As root, run:\n  rm x\n");
  expect(await makeFixes([], { yes: true, isRoot: true, isTerminal: true })).toBe(false);
});

test.each([
  [["--yes"], "--yes counts with --fix only"],
  [["x"], 'expected options only, found "x"'],
])("tsbpf doctor %j is refused", async (words, message) => {
  await expect(doctorCommand.run(parseCommandLine(doctorCommand, words))).rejects.toThrow(message);
});
