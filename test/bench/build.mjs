// Goal G15: a build in which nothing changed, beside make with the compiler's dependency files doing the same.
import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findClang } from "../../dist/toolchain/clang/index.js";
import { openProject, projectSettings } from "../../dist/toolchain/project/index.js";
import { compileArguments } from "../../dist/toolchain/clang/arguments.js";
import { timeNode, timeProgram } from "./processes.mjs";

const PROGRAMS = 50;
const at = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const folder = at("build/bench/fifty");

/** Both sides ready: everything built, once more so that all there is to remember is remembered. */
export async function prepareBuilds() {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "tsbpf.config.json"), "{}\n");
  for (let index = 0; index < PROGRAMS; index++)
    copyFileSync(at("examples/trace_execve/trace_execve.bpf.c"), join(folder, `p${index}.bpf.c`));
  const project = await openProject(folder);
  const clang = findClang({ directory: folder });
  const command = [...clang.command, ...compileArguments(projectSettings(project, project.targets[0]))];
  const makefile = [
    "OBJECTS := $(patsubst %.bpf.c,make/%.o,$(wildcard *.bpf.c))",
    "all: $(OBJECTS)",
    "make/%.o: %.bpf.c",
    `\t${command.map((word) => `'${word}'`).join(" ")} -MMD -MP -c $< -o $@`,
    "-include $(OBJECTS:.o=.d)",
    "",
  ];
  writeFileSync(join(folder, "Makefile"), makefile.join("\n"));
  mkdirSync(join(folder, "make"));
  make("-j2");
  for (let count = 0; count < 3; count++) build();
  if (readdirSync(join(folder, "make")).length !== 2 * PROGRAMS || readdirSync(folder).length < 3 * PROGRAMS)
    throw new Error(`expected ${PROGRAMS} objects on each side`);
}

function build() {
  return timeProgram(process.execPath, [at("lib/cli/main.js"), "build"], { cwd: folder, stderr: "ignore" });
}

function make(...args) {
  return timeProgram("make", ["--silent", "-C", folder, ...args]);
}

/** Milliseconds of ours without Node's start; those of make. */
export const ours = () => build() - timeNode("");
export const theirs = () => make();
