/** A library that joins modules into one file; tsbpf has none of its own. */
export interface Bundler {
  readonly name: "rolldown" | "esbuild";
  readonly version: string;
  /** Whose package it is. */
  readonly origin: "project" | "tsbpf";
  /** COMPILE: a module has a fault, or one that it imports is not there. */
  join(job: BundleJob): Promise<JoinedModules>;
}

/** What is to be joined. */
export interface BundleJob {
  /** Absolute, or an id that `modules` answers for. */
  readonly entry: string;
  /** What paths in messages and in the result are relative to. */
  readonly directory: string;
  readonly minify: boolean;
  /** Expressions that are replaced wherever they stand, each by a name. */
  readonly define: Readonly<Record<string, string>>;
  readonly modules: ModuleSource;
}

/** Answers before the bundler looks for files. */
export interface ModuleSource {
  /** Undefined: the bundler's own search decides. */
  resolve(specifier: string, importer: string | undefined): ResolvedModule | undefined;
  /** The text of a module that {@link resolve} named; undefined: it is a file. */
  load(id: string): string | undefined;
}

/** Where a module is. */
export interface ResolvedModule {
  /** An absolute path, or an id that {@link ModuleSource.load} knows. */
  readonly id: string;
  /** It stays outside of the result. */
  readonly external?: boolean;
  /** False: nothing is lost if nothing of it is used; default: what its package says. */
  readonly sideEffects?: boolean;
}

/** The result: one ES module. */
export interface JoinedModules {
  readonly code: string;
  /** Ids and paths of what went in, in the order of the bundler. */
  readonly modules: readonly string[];
  /** What the code still imports. */
  readonly imports: readonly string[];
}

/** The oldest Node that runs tsbpf: newer syntax is rewritten. */
export const syntaxTarget: string = "node20.19";
