// What a build needs to find that nothing has changed: kept apart from compiling, which needs ten times the code.
import { existsSync } from "node:fs";
import { argumentError } from "../../errors.ts";
import { findClang, type Announce, type Clang, type CompileSettings, type Target } from "../clang/index.ts";
import { foreignHeaders } from "./bpf-headers.ts";
import { readState, writeState } from "./build-state.ts";
import { pathInProject, type Project } from "./project.ts";

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

/** The BTF that the config names for a target; undefined: the running kernel's. ARGUMENT: there is no such file. */
export function btfOf({ config }: Project, target: Target): string | undefined {
  const btf = typeof config.btf === "object" ? config.btf[target.name] : config.btf;
  if (btf !== undefined && !existsSync(btf))
    throw argumentError(`expected a file, found nothing at "${btf}"`);
  return btf;
}

/** How the sources of a project are compiled for a target, with `vmlinux.h` in this folder. */
export function settingsWith(project: Project, target: Target, vmlinux: string | undefined): CompileSettings {
  const { config } = project;
  const inProject = (paths: readonly string[] = []): string[] =>
    paths.map((path) => pathInProject(project, path));
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
    vmlinux,
    bpfHeaders: config.bpfHeaders === undefined ? undefined : foreignHeaders(config.bpfHeaders),
    systemHeaders: config.systemHeaders ?? true,
  };
}
