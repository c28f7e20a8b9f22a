#!/usr/bin/env node
// The command tsbpf. Commands are imported when they are called: start-up dominates short tools.
import { readFileSync } from "node:fs";
import { suggest } from "../suggestion.ts";
import { commandHelp, parseCommandLine, type Command } from "./command.ts";
import { reportError } from "./report-error.ts";

const commands: Readonly<Record<string, readonly [summary: string, load: () => Promise<Command>]>> = {
  init: ["make a project that builds and runs at once", async () => (await import("./init.ts")).initCommand],
  run: [
    "compile, load, attach and show events until Ctrl-C",
    async () => (await import("./run/index.ts")).runCommand,
  ],
  build: [
    "compile C sources to objects and typed TypeScript modules",
    async () => (await import("./build.ts")).buildCommand,
  ],
  vmlinux: [
    "print the kernel's types as C: vmlinux.h",
    async () => (await import("./vmlinux.ts")).vmlinuxCommand,
  ],
  bundle: [
    "make one file of a program: an .mjs for any Node, or an executable",
    async () => (await import("./bundle.ts")).bundleCommand,
  ],
  inspect: [
    "show what is in a BPF object: programs, maps, globals, code",
    async () => (await import("./inspect/index.ts")).inspectCommand,
  ],
  usdt: [
    "list the static tracing points of a program, library or process",
    async () => (await import("./usdt/index.ts")).usdtCommand,
  ],
  doctor: [
    "is this machine ready? what is missing, and what to do",
    async () => (await import("./doctor/index.ts")).doctorCommand,
  ],
  versions: [
    "which libbpf comes with which kernel, and what is new in them",
    async () => (await import("./versions/index.ts")).versionsCommand,
  ],
  completion: [
    "completion of commands, options and files for bash, zsh and fish",
    async () => (await import("./completion/index.ts")).completionCommand(loadAll),
  ],
};

function loadAll(): Promise<readonly Command[]> {
  return Promise.all(Object.values(commands).map(([, load]) => load()));
}

function overview(): string {
  const rows = Object.entries(commands).map(([name, [summary]]) => `  ${name.padEnd(12)}${summary}`);
  return [
    "tsbpf: eBPF for TypeScript",
    "",
    "Usage: tsbpf COMMAND [options]",
    "",
    "Commands:",
    ...rows,
    "",
    "tsbpf COMMAND --help shows the options and examples of a command.",
    "Exit status: 0 done, 1 refused or failed, 2 the command line is wrong.",
    "",
  ].join("\n");
}

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version; // our own package.json
}

async function main(words: readonly string[]): Promise<number> {
  const [name, ...rest] = words;
  if (name === undefined) {
    process.stderr.write(overview());
    return 2;
  }
  if (name === "--help" || name === "-h" || name === "help") {
    const [topic] = rest;
    const entry = topic !== undefined && Object.hasOwn(commands, topic) ? commands[topic] : undefined;
    if (topic !== undefined && entry === undefined) return unknown(topic);
    process.stdout.write(entry === undefined ? overview() : commandHelp(await entry[1]()));
    return 0;
  }
  if (name === "--version" || name === "-V") {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry === undefined) return unknown(name);
  const command = await entry[1]();
  try {
    if (rest.includes("--help") || rest.includes("-h")) {
      process.stdout.write(commandHelp(command));
      return 0;
    }
    return await command.run(parseCommandLine(command, rest));
  } catch (error) {
    return reportError(`tsbpf ${name}`, error);
  }
}

function unknown(word: string): number {
  const isOption = word.startsWith("-");
  const known = isOption ? ["--help", "--version"] : Object.keys(commands);
  const what = isOption ? "option" : "command";
  process.stderr.write(`tsbpf: unknown ${what} "${word}"\n  → ${suggest(word, known)}\n`);
  return 2;
}

// A reader that went away (`tsbpf run … | head`) is no error of ours: stop as if asked to.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.kill(process.pid, "SIGINT");
  else throw error;
});

process.exitCode = await main(process.argv.slice(2));
