import { existsSync } from "node:fs";
import { basename } from "node:path";
import { argumentError, within } from "../../errors.ts";
import { stripDebug } from "../../format/elf/index.ts";
import { generateModule } from "../../program/codegen/index.ts";
import { readObject } from "../../program/spec/index.ts";
import {
  compile,
  findClang,
  type Announce,
  type Clang,
  type CompileRequest,
  type CompileSettings,
  type Target,
} from "../clang/index.ts";
import { vmlinuxFolder } from "../vmlinux/index.ts";
import { readState, writeState } from "./build-state.ts";
import { foreignHeaders } from "./bpf-headers.ts";
import { pathInProject, type Project } from "./project.ts";
import type { Unit } from "./units.ts";

/** What came out of the compiler, ready to be embedded. */
export interface CompiledUnit {
  /** Without DWARF. */
  readonly object: Uint8Array;
  /** As the compiler wrote it. */
  readonly debugObject: Uint8Array;
  /** Warnings as the compiler printed them. */
  readonly output: string;
  /** Files that were read, relative to the project's root where they lie in it. */
  readonly dependencies: readonly string[];
}

/** The compiler for a project, `known` from the last build. NATIVE: none was found. */
export function projectClang(project: Project, known: Clang | undefined, announce?: Announce): Clang {
  return findClang({ directory: project.root, chosen: project.config.compiler, known, announce });
}

/** The same, outside of a build: it remembers, too, as asking a compiler takes longer than everything around it. */
export function rememberedClang(project: Project, announce?: Announce): Clang {
  const state = readState(project.stateFolder);
  const clang = projectClang(project, state.clang, announce);
  if (clang.stamp !== state.clang?.stamp) writeState(project.stateFolder, { ...state, clang });
  return clang;
}

/** How the sources of a project are compiled for a target; prints vmlinux.h if there is none for this BTF yet. */
export function projectSettings(project: Project, target: Target, announce?: Announce): CompileSettings {
  const { config } = project;
  const inProject = (paths: readonly string[] = []): string[] =>
    paths.map((path) => pathInProject(project, path));
  const btf = typeof config.btf === "object" ? config.btf[target.name] : config.btf;
  if (btf !== undefined && !existsSync(btf))
    throw argumentError(`expected a file, found nothing at "${btf}"`);
  return {
    target,
    iquote: inProject(config.iquote),
    include: inProject(config.include),
    isystem: inProject(config.isystem),
    idirafter: inProject(config.idirafter),
    define: Object.entries(config.define ?? {}).flatMap(([name, value]) =>
      value === false ? [] : [value === true ? name : `${name}=${value}`],
    ),
    mcpu: config.mcpu ?? "v3",
    cflags: config.cflags ?? [],
    vmlinux: vmlinuxFolder(btf, announce),
    bpfHeaders: config.bpfHeaders === undefined ? undefined : foreignHeaders(config.bpfHeaders),
    systemHeaders: config.systemHeaders ?? true,
  };
}

/** Compiles one source, in memory. COMPILE: the compiler refuses it. */
export async function compileUnit(request: CompileRequest): Promise<CompiledUnit> {
  const { object, output, dependencies } = await compile(request);
  return { object: stripDebug(object), debugObject: object, output, dependencies };
}

/** The text of the unit's `NAME.bpf.gen.ts`. */
export function unitModule(project: Project, unit: Unit, object: Uint8Array): string {
  return within(unit.source, () =>
    generateModule(readObject(object, { name: unit.name }), {
      object,
      name: `${unit.name}.bpf.o`,
      source: basename(unit.source),
      import: project.config.import ?? "tsbpf",
    }),
  );
}
