import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { argumentError, within } from "../../errors.ts";
import { readObject, type ObjectSpec } from "../../program/spec/index.ts";
import { suggest } from "../../suggestion.ts";
import type { CompileRequest } from "../../toolchain/clang/index.ts";
import type { Command, Input } from "../command.ts";
import { compileSource } from "../compile-source.ts";
import { compilerOptions } from "../compiler-options.ts";
import { attachForms, parseAttach } from "./attach-target.ts";
import { parseCount, parseDuration, parsePid } from "./duration.ts";
import { parseSettings } from "./set-variable.ts";
import { trace } from "./trace.ts";

export const runCommand: Command = {
  name: "run",
  summary: "Compile (if it is C), load, attach and show the events of a BPF program until Ctrl-C.",
  usage: "FILE.bpf.c|FILE.o [options]",
  options: {
    json: { help: "events as NDJSON on stdout, with the C field names, and nothing else there" },
    for: { value: "TIME", help: "stop after 500ms, 5s, 2m, 1h" },
    count: { value: "N", short: "n", help: "stop after N events" },
    attach: {
      value: "PROG=TARGET",
      multiple: true,
      help: `attach PROG to TARGET instead of what its SEC() says:\n${attachForms.join("\n")}`,
    },
    pid: { value: "PID", help: "uprobes and USDT points: only in this process" },
    set: { value: "VARIABLE=VALUE", multiple: true, help: "give a global variable its value before loading" },
    explain: { help: "show on stderr what is compiled, loaded and attached, and why" },
    ...compilerOptions,
  },
  completes: { files: [".bpf.c", ".o"] },
  examples: [
    ["tsbpf run trace_execve.bpf.c", "trace every execve"],
    ["tsbpf run trace_execve.bpf.c --explain", "follow it from C to the running kernel"],
    ["tsbpf run trace_execve.bpf.c --json --for 5s", "five seconds of events as NDJSON"],
    ["tsbpf run trace.bpf.o --attach exec=tracepoint:sched:sched_process_exec", "say where to attach"],
    [
      "tsbpf run probe.bpf.c --attach entry=uprobe:libc:malloc --pid 1234",
      "a function of one process's library",
    ],
    ["tsbpf run trace_execve_ringbuf.bpf.c --set only_uid=1000", "set a global variable"],
  ],
  async run(input) {
    const [file, ...more] = input.positionals;
    if (file === undefined) throw argumentError("expected FILE.bpf.c or FILE.o, found no file");
    if (more.length > 0) throw argumentError(`expected one file, found also "${more[0]}"`);
    const milliseconds = textOf(input, "for", parseDuration);
    const count = textOf(input, "count", parseCount);
    const pid = textOf(input, "pid", parsePid);
    const attach = input.texts("attach").map(parseAttach);
    const spec = await readSpec(file, input);
    for (const { program } of attach) requireProgram(spec, program);
    for (const note of spec.notes) process.stderr.write(`note: ${note}\n`);
    const set = parseSettings(spec, input.texts("set"));
    return await trace(spec, {
      name: basename(file),
      attach,
      pid,
      set,
      milliseconds,
      count,
      json: input.on("json"),
      explain: input.on("explain"),
    });
  },
};

function textOf<T>(input: Input, option: string, parse: (text: string) => T): T | undefined {
  const text = input.text(option);
  return text === undefined ? undefined : parse(text);
}

async function readSpec(file: string, input: Input): Promise<ObjectSpec> {
  const name = basename(file);
  if (file.endsWith(".c")) {
    const { object, request } = await compileSource(file, input);
    const spec = within(name, () => readObject(object, { name }));
    if (input.on("explain")) process.stderr.write(await explainSource(file, request, spec, object.length));
    return spec;
  }
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw argumentError(`expected a readable file (${(cause as Error).message})`);
  }
  return within(name, () => readObject(bytes, { name }));
}

async function explainSource(
  file: string,
  request: CompileRequest,
  spec: ObjectSpec,
  bytes: number,
): Promise<string> {
  const { explainCompile } = await import("../../toolchain/explain/index.ts");
  const { compileText, objectText } = await import("../explain/index.ts");
  return compileText(file, await explainCompile(request)) + objectText(spec, bytes);
}

function requireProgram(spec: ObjectSpec, name: string): void {
  const known = spec.programs.map((program) => program.name);
  if (!known.includes(name)) throw argumentError(`--attach: unknown program "${name}"`, suggest(name, known));
}
