import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { argumentError, SyscallError, within } from "../errors.ts";
import { stripDebug } from "../format/elf/index.ts";
import { generateModule } from "../program/codegen/index.ts";
import { readObject } from "../program/spec/index.ts";
import type { Command } from "./command.ts";
import { compileSource, compilerOptions } from "./compile-source.ts";

export const buildCommand: Command = {
  name: "build",
  summary: "Compile C sources to BPF objects and typed TypeScript modules that embed them.",
  usage: "FILE.bpf.c… [options]",
  options: {
    "out-dir": {
      value: "DIR",
      short: "o",
      completes: "folders",
      help: "where results go; default: beside each source",
    },
    "no-object": { help: "write only NAME.bpf.gen.ts, not NAME.bpf.o" },
    import: { value: "NAME", help: 'what the generated module imports; default: "tsbpf"' },
    json: { help: "one JSON line per source on stdout" },
    ...compilerOptions,
  },
  completes: { files: [".bpf.c"] },
  examples: [
    ["tsbpf build trace.bpf.c", "writes trace.bpf.o and trace.bpf.gen.ts beside the source"],
    ["tsbpf build -o src/bpf bpf/*.bpf.c", "several sources into one folder"],
  ],
  async run(input) {
    if (input.positionals.length === 0) throw argumentError("expected FILE.bpf.c, found no source");
    for (const source of input.positionals) {
      const folder = input.text("out-dir") ?? dirname(source);
      const name = objectName(source);
      const { object } = await compileSource(source, input);
      const bytes = stripDebug(object);
      const module = within(source, () =>
        generateModule(readObject(bytes, { name }), {
          object: bytes,
          name: `${name}.bpf.o`,
          source: basename(source),
          import: input.text("import") ?? "tsbpf",
        }),
      );
      const modulePath = join(folder, `${name}.bpf.gen.ts`);
      const objectPath = join(folder, `${name}.bpf.o`);
      write(modulePath, module);
      if (!input.on("no-object")) write(objectPath, bytes);
      const made = input.on("no-object") ? [modulePath] : [objectPath, modulePath];
      if (input.on("json")) {
        process.stdout.write(`${JSON.stringify({ source, files: made, bytes: bytes.length })}\n`);
      } else {
        const files = made.join(", ");
        process.stdout.write(`${source} → ${files} (${(bytes.length / 1024).toFixed(0)} KB)\n`);
      }
    }
    return 0;
  },
};

/** Writes a result whole or not at all, and the folder for it if that is missing. */
function write(path: string, content: string | Uint8Array): void {
  // Beside its place, so that a full disk leaves the old file and never half of a new one.
  const fresh = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(fresh, content);
    renameSync(fresh, path);
  } catch (cause) {
    removeQuietly(fresh);
    const { errno = 0, code = "", syscall = "open" } = cause as NodeJS.ErrnoException; // what node:fs throws
    const remedy = "--out-dir DIR writes elsewhere";
    throw new SyscallError(syscall, Math.abs(errno), code, { trail: [path], remedy, cause });
  }
}

/** The file may never have been made, or its folder be none (ENOTDIR): the first error is the one to report. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Nothing more can be done here.
  }
}

/** `dir/trace_execve.bpf.c` → `trace_execve` */
function objectName(source: string): string {
  const name = /^(.+?)(\.bpf)?\.c$/.exec(basename(source))?.[1];
  if (name === undefined) throw argumentError(`expected a C source such as trace.bpf.c, found "${source}"`);
  return name;
}
