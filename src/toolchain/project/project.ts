import { createHash } from "node:crypto";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { within } from "../../errors.ts";
import { cacheFolder, parseTarget, type Target } from "../clang/index.ts";
import type { BuildConfig } from "../../config.ts";
import { findConfig, loadConfig } from "./load-config.ts";

/** A folder with BPF sources and how they are built. Plain data: it owns nothing. */
export interface Project {
  /** Absolute; the compiler runs here, and paths in results are relative to here. */
  readonly root: string;
  /** Absolute; undefined: nothing is configured. */
  readonly configFile: string | undefined;
  /** What the config says, paths absolute. */
  readonly config: BuildConfig;
  /** Where is remembered what was built from what. */
  readonly stateFolder: string;
  readonly targets: readonly Target[];
}

/** The project that `folder` lies in: that of the nearest config file; without one, `otherwise` is the root. */
export async function openProject(folder: string, otherwise: string = folder): Promise<Project> {
  const configFile = findConfig(resolve(folder));
  const root = configFile === undefined ? resolve(otherwise) : dirname(configFile);
  const config = configFile === undefined ? {} : absolutePaths(await loadConfig(configFile), root);
  return describe(root, configFile, config);
}

/** A project whose config says nothing that decides how sources are compiled, without reading it. */
export function plainProject(root: string): Project {
  return describe(root, join(root, "tsbpf.config.ts"), {});
}

/** The same project with more settings, as a command line gives them: lists are joined, single values replaced. */
export function withSettings(project: Project, more: BuildConfig): Project {
  const own = absolutePaths(more, process.cwd());
  const joined: Record<string, unknown> = { ...project.config, ...own };
  for (const key of ["iquote", "include", "isystem", "idirafter"] as const)
    joined[key] = [...(own[key] ?? []), ...(project.config[key] ?? [])];
  // The last definition of a macro, the last of two contradicting flags, is the one that counts.
  joined["cflags"] = [...(project.config.cflags ?? []), ...(own.cflags ?? [])];
  joined["define"] = { ...project.config.define, ...own.define };
  return describe(project.root, project.configFile, joined);
}

function describe(root: string, configFile: string | undefined, config: BuildConfig): Project {
  const names = config.target === undefined ? [process.arch] : [config.target].flat();
  return {
    root,
    configFile,
    config,
    // A folder without a config is not ours to write to beside what was asked for.
    stateFolder:
      configFile === undefined
        ? join(cacheFolder(), "projects", createHash("sha256").update(root).digest("hex").slice(0, 16))
        : join(root, ".tsbpf"),
    targets: within("target", () => names.map(parseTarget)),
  };
}

function absolutePaths(config: BuildConfig, from: string): BuildConfig {
  const absolute = (path: string): string => resolve(from, path);
  const { btf, compiler } = config;
  return {
    ...config,
    ...lists(config, absolute),
    ...(config.outDir === undefined ? {} : { outDir: absolute(config.outDir) }),
    ...(config.bpfHeaders === undefined ? {} : { bpfHeaders: absolute(config.bpfHeaders) }),
    // A bare name is looked up on PATH.
    ...(compiler === undefined ? {} : { compiler: /[/\\]/.test(compiler) ? absolute(compiler) : compiler }),
    ...(btf === undefined
      ? {}
      : {
          btf:
            typeof btf === "string"
              ? absolute(btf)
              : Object.fromEntries(Object.entries(btf).map(([target, file]) => [target, absolute(file)])),
        }),
  };
}

function lists(config: BuildConfig, absolute: (path: string) => string): BuildConfig {
  const keys = ["iquote", "include", "isystem", "idirafter"] as const;
  return Object.fromEntries(
    keys.flatMap((key) => (config[key] === undefined ? [] : [[key, config[key].map(absolute)]])),
  );
}

/** A path as the compiler is given it: relative to the project where it lies inside, so that results are the same elsewhere. */
export function pathInProject(project: Project, path: string): string {
  const inside = relative(project.root, path);
  return inside.startsWith("..") || isAbsolute(inside) ? path : inside === "" ? "." : inside;
}
