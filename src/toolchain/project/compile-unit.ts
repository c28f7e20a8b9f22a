import { basename } from "node:path";
import { within } from "../../errors.ts";
import { stripDebug } from "../../format/elf/index.ts";
import { generateModule } from "../../program/codegen/index.ts";
import { readObject } from "../../program/spec/index.ts";
import {
  compile,
  type Announce,
  type CompileRequest,
  type CompileSettings,
  type Target,
} from "../clang/index.ts";
import { vmlinuxFolder } from "../vmlinux/index.ts";
import type { Project } from "./project.ts";
import { btfOf, settingsWith } from "./settings.ts";
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

/** How the sources of a project are compiled for a target; prints vmlinux.h if there is none for this BTF yet. */
export function projectSettings(project: Project, target: Target, announce?: Announce): CompileSettings {
  return settingsWith(project, target, vmlinuxFolder(btfOf(project, target), announce));
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
