import { relative } from "node:path";
import { argumentError } from "../errors.ts";
import { requireTemplate, scaffold, templates } from "../toolchain/scaffold/index.ts";
import type { Command } from "./command.ts";

/** Which one is taken where nobody can be asked. */
const DEFAULT_TEMPLATE = "ringbuf";

export const initCommand: Command = {
  name: "init",
  summary: "Make a project that builds and runs at once.",
  usage: "DIR [options]",
  completes: "folders",
  options: {
    template: {
      value: "NAME",
      short: "t",
      completes: { words: Object.keys(templates) },
      help: `what to start from; asked for on a terminal, else ${DEFAULT_TEMPLATE}:\n${Object.entries(
        templates,
      )
        .map(([name, { summary }]) => `${name.padEnd(12)}${summary}`)
        .join("\n")}`,
    },
    json: { help: "what was made, as one JSON line" },
  },
  examples: [
    ["tsbpf init my-tracer", "asks what to start from"],
    ["tsbpf init my-tracer --template kprobe", "traces a function of the kernel"],
    ["npm create tsbpf my-tracer", "the same, without tsbpf installed"],
  ],
  async run(input) {
    const [directory, ...more] = input.positionals;
    if (directory === undefined || directory === "")
      throw argumentError("expected DIR, found none", "tsbpf init my-tracer");
    if (more.length > 0) throw argumentError(`expected one folder, found also "${more[0]}"`);
    const name = input.text("template") ?? (await askTemplate(input.on("json")));
    if (name === undefined) return 1;
    requireTemplate(name);
    const { folder, files, template, databaseProblem } = scaffold(directory, name);
    if (input.on("json")) {
      process.stdout.write(`${JSON.stringify({ folder, template: name, files })}\n`);
      return 0;
    }
    const place = relative("", folder) || ".";
    const root = process.getuid?.() === 0 ? "" : "sudo ";
    process.stdout.write(
      [
        `${place}: ${template.summary}`,
        ...files.map((file) => `  ${file}`),
        "",
        "Next:",
        ...(place === "." ? [] : [`  cd ${place}`]),
        "  npm install",
        `  ${root}npm start`,
        "",
        `To see something, ${template.hint}.`,
        ...(template.needs === undefined
          ? []
          : [`The kernel needs ${template.needs}: npx tsbpf doctor looks.`]),
        "",
      ].join("\n"),
    );
    if (databaseProblem !== undefined) {
      process.stderr.write(
        `note: compile_commands.json comes with the first build, as here is no compiler yet: ${databaseProblem}\n`,
      );
    }
    return 0;
  },
};

/** Undefined: the person changed their mind. */
async function askTemplate(isQuiet: boolean): Promise<string | undefined> {
  if (isQuiet || !process.stdin.isTTY || !process.stdout.isTTY) return DEFAULT_TEMPLATE;
  const { isCancel, select } = await import("@clack/prompts");
  const answer = await select({
    message: "What shall the project start from?",
    initialValue: DEFAULT_TEMPLATE,
    options: Object.entries(templates).map(([value, { summary }]) => ({
      value,
      label: `${value.padEnd(12)}${summary}`,
    })),
  });
  return isCancel(answer) ? undefined : answer;
}
