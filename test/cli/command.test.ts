import { expect, test } from "vitest";
import { buildCommand } from "../../src/cli/build.ts";
import { doctorCommand } from "../../src/cli/doctor/index.ts";
import { initCommand } from "../../src/cli/init.ts";
import { inspectCommand } from "../../src/cli/inspect/index.ts";
import { runCommand } from "../../src/cli/run/index.ts";
import { versionsCommand } from "../../src/cli/versions/index.ts";
import { vmlinuxCommand } from "../../src/cli/vmlinux.ts";
import { commandHelp, parseCommandLine, type Command } from "../../src/cli/command.ts";

const command: Command = {
  name: "demo",
  summary: "A command.",
  usage: "FILE [options]",
  options: {
    json: { help: "data on stdout" },
    for: { value: "TIME", help: "how long" },
    set: { value: "VARIABLE=VALUE", multiple: true, help: "set a global" },
    include: { value: "DIR", short: "I", multiple: true, help: "headers" },
  },
  examples: [["tsbpf demo x", "does it"]],
  run: () => Promise.resolve(0),
};

test("options, switches, repeated options, positionals", () => {
  const input = parseCommandLine(command, [
    "a.c",
    "--json",
    "--for",
    "5s",
    "--set",
    "a=1",
    "--set=b=2",
    "-Iinc",
  ]);
  expect(input.positionals).toEqual(["a.c"]);
  expect(input.on("json")).toBe(true);
  expect(input.text("for")).toBe("5s");
  expect(input.texts("set")).toEqual(["a=1", "b=2"]);
  expect(input.texts("include")).toEqual(["inc"]);
  expect(input.text("missing")).toBeUndefined();
});

test.each([
  [["--jsno"], 'unknown option --jsno (did you mean "--json"?)'],
  [["--constructor"], "unknown option --constructor"],
  [["-x"], "unknown option -x (tsbpf demo --help lists the options)"],
  [["--far-from-all"], "unknown option --far-from-all (tsbpf demo --help lists the options)"],
  [["--for"], "option --for expects TIME, found nothing"],
  [["--for="], "option --for expects TIME, found nothing"],
  [["--json=1"], 'option --json takes no value, found "1"'],
  [["--for", "1s", "--for", "2s"], "option --for was given twice"],
])("%j is refused", (words, message) => {
  expect(() => parseCommandLine(command, words)).toThrow(message);
});

test("help names every option and every example", () => {
  const help = commandHelp(command);
  for (const part of ["--json", "--for TIME", "-I, --include DIR", "-h, --help", "tsbpf demo x", "# does it"])
    expect(help).toContain(part);
});

test("the compiler's spelling with one dash is the option of that name; values stay what they are", () => {
  const parse = (...words: string[]) => parseCommandLine(buildCommand, words);
  const input = parse("-iquote", "a", "-mcpu=v2", "-Iinc", "-DX", "--cflag", "-isystem", "a.bpf.c");
  expect(input.texts("iquote")).toEqual(["a"]);
  expect(input.text("mcpu")).toBe("v2");
  expect(input.texts("include")).toEqual(["inc"]);
  expect(input.texts("define")).toEqual(["X"]);
  expect(input.texts("cflag")).toEqual(["-isystem"]);
  expect(input.texts("isystem")).toEqual([]);
  expect(input.positionals).toEqual(["a.bpf.c"]);
});

test("help ends with the exit statuses, the command's own words before the common ones", () => {
  const help = commandHelp({ ...command, exits: { 1: "not ready" } });
  expect(help.split("Exit status:\n")[1]).toBe("  0  done\n  1  not ready\n  2  the command line is wrong\n");
});

test("a flag that only a compiler knows", () => {
  expect(() => parseCommandLine(buildCommand, ["-Wall"])).toThrow("goes behind --cflag");
});

test.each([
  buildCommand,
  doctorCommand,
  initCommand,
  inspectCommand,
  runCommand,
  versionsCommand,
  vmlinuxCommand,
])("the help of $name fits a terminal of 80 columns; only examples are as long as they are", (shown) => {
  const [options = ""] = commandHelp(shown).split("Examples:");
  for (const line of options.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
});
