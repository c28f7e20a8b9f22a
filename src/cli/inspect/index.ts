import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { argumentError, within } from "../../errors.ts";
import { readObject, specToJson, type ObjectSpec, type ProgramSpec } from "../../program/spec/index.ts";
import { suggest } from "../../suggestion.ts";
import { compileSource } from "../compile-source.ts";
import { compilerOptions } from "../compiler-options.ts";
import type { Command, Input } from "../command.ts";
import { objectText, programText } from "./text.ts";

export const inspectCommand: Command = {
  name: "inspect",
  summary:
    "Show what is in a BPF object: programs, maps, globals, externs, relocations, code with source lines.",
  usage: "FILE.o|FILE.bpf.c [PROGRAM…] [options]",
  options: {
    code: { help: "disassemble every program; naming programs does so too" },
    json: { help: "everything as one JSON document; with disassembly only where it is asked for" },
    ...compilerOptions,
  },
  completes: { files: [".bpf.c", ".o"] },
  examples: [
    ["tsbpf inspect trace.bpf.o", "an overview"],
    ["tsbpf inspect trace.bpf.o trace_execve_enter", "one program with its code and source lines"],
    ["tsbpf inspect trace.bpf.o --json | jq .maps", "the maps as data"],
    ["tsbpf inspect trace.bpf.o --json --code | jq -r '.disassembly[][]'", "every line of code"],
  ],
  async run(input) {
    const [file, ...names] = input.positionals;
    if (file === undefined) throw argumentError("expected FILE.o, found no file");
    const spec = await readSpec(file, input);
    for (const name of names) requireProgram(spec, name);
    const shown = input.on("code") ? spec.programs : spec.programs.filter(({ name }) => names.includes(name));
    if (input.on("json")) {
      process.stdout.write(`${JSON.stringify(asJson(spec, shown))}\n`);
      return 0;
    }
    const parts = shown.map((program) => programText(spec, program));
    if (names.length === 0) parts.unshift(objectText(spec));
    process.stdout.write(parts.join("\n"));
    return 0;
  },
};

/** The spec, and for the programs shown their lines of code. */
function asJson(spec: ObjectSpec, shown: readonly ProgramSpec[]): unknown {
  if (shown.length === 0) return specToJson(spec);
  const lines = shown.map((item) => [item.name, programText(spec, item).trimEnd().split("\n")] as const);
  return Object.assign({}, specToJson(spec), { disassembly: Object.fromEntries(lines) });
}

async function readSpec(file: string, input: Input): Promise<ObjectSpec> {
  const name = basename(file);
  if (file.endsWith(".c")) {
    const { object } = await compileSource(file, input);
    return within(name, () => readObject(object, { name }));
  }
  return within(name, () => readObject(readBytes(file), { name }));
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw argumentError(`expected a readable file (${(cause as Error).message})`);
  }
}

function requireProgram(spec: ObjectSpec, name: string): void {
  const known = spec.programs.map((program) => program.name);
  if (!known.includes(name)) throw argumentError(`unknown program "${name}"`, suggest(name, known));
}
