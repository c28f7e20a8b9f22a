import { basename, dirname, resolve } from "node:path";
import type { BuildConfig } from "../../config.ts";
import { CompileError, within } from "../../errors.ts";
import { generateModule } from "../../program/codegen/index.ts";
import { readObject } from "../../program/spec/index.ts";
import type { CompileRequest } from "../clang/index.ts";
import {
  openProject,
  sourceDependencies,
  sourceObject,
  withSettings,
  type Project,
} from "../project/index.ts";

/** A C source as a JavaScript module. */
export interface SourceModule {
  /** The text of the module: the object and its codecs, as in `NAME.bpf.gen.ts` without types. */
  readonly code: string;
  /** Files that decide over it, absolute: the source, every header, the project's config. */
  readonly dependencies: readonly string[];
  /** Warnings as the compiler printed them; "" if there were none or nothing had to be compiled. */
  readonly warnings: string;
  /** What the compiler was asked, or would be. */
  readonly request: CompileRequest;
}

/** How a C source becomes a module. */
export interface SourceModuleOptions {
  /** On top of what the project's `tsbpf.config.*` says; paths are relative to the working directory. */
  readonly config?: BuildConfig | undefined;
  /** Ask the compiler for colours. */
  readonly color?: boolean | undefined;
}

/**
 * What `import "./trace.bpf.c"` means: the source is compiled as its project says, unless an earlier build already did
 * so with the same files, options and compiler. COMPILE: the compiler refuses it.
 */
export async function sourceModule(path: string, options: SourceModuleOptions = {}): Promise<SourceModule> {
  const file = resolve(path);
  const project = await projectFor(file, options);
  const { name, object, output, dependencies, request } = await sourceObject(project, file, options);
  const code = within(basename(file), () =>
    generateModule(readObject(object, { name }), {
      form: "javascript",
      object,
      name: `${name}.bpf.o`,
      source: basename(file),
      import: project.config.import,
    }),
  );
  return { code, dependencies, warnings: output, request };
}

/**
 * What decides over a source that was refused, absolute: a change of one of these may repair it. `error` is what
 * {@link sourceModule} threw.
 */
export async function repairFiles(
  path: string,
  error: unknown,
  options: SourceModuleOptions = {},
): Promise<string[]> {
  const file = resolve(path);
  const project = await projectFor(file, options);
  const blamed = error instanceof CompileError ? error.diagnostics.map((diagnostic) => diagnostic.file) : [];
  const files = blamed.filter((name) => name !== undefined).map((name) => resolve(project.root, name));
  return [...new Set([...sourceDependencies(project, file), ...files])];
}

async function projectFor(file: string, { config }: SourceModuleOptions): Promise<Project> {
  const project = await openProject(dirname(file));
  return config === undefined ? project : withSettings(project, config);
}
