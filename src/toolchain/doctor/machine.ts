import { existsSync, readdirSync, readFileSync } from "node:fs";
import { TsbpfError } from "../../errors.ts";
import { nativeHost, type Host } from "../../kernel/host/index.ts";
import { nativeKernel, type Kernel } from "../../kernel/sys/index.ts";
import { findClang, headersFolder, type Clang } from "../clang/index.ts";
import { readDistribution, type Distribution } from "../distribution/index.ts";

/** What the checks ask; a fake one stands in for it in tests. Nothing is looked at before it is asked for. */
export interface Machine {
  /** Node's name: `linux`, `darwin`. */
  readonly platform: string;
  readonly architecture: string;
  /** The runtime: `Node 20.20.2`, `Bun 1.4.0`. */
  readonly runtime: { readonly name: string; readonly version: string };
  /** `glibc 2.36`, `musl`; undefined if neither is seen. */
  readonly libc: string | undefined;
  /** Effective user id; undefined where there is none. */
  readonly user: number | undefined;
  readonly distribution: Distribution;
  readonly host: Host;
  /** The error: why the addon does not load here. */
  readonly kernel: Kernel | TsbpfError;
  /** The error: what was searched and what to install. */
  readonly clang: Clang | TsbpfError;
  /** The folder of tsbpf's own BPF headers. */
  readonly headers: string;
  /** The text of a file; undefined if there is none or it may not be read. */
  text(path: string): string | undefined;
  /** Names in a folder; none if there is no such folder. */
  list(path: string): readonly string[];
}

/** This machine. */
export function thisMachine(): Machine {
  let kernel: Kernel | TsbpfError | undefined;
  let host: Host | undefined;
  let clang: Clang | TsbpfError | undefined;
  return {
    platform: process.platform,
    architecture: process.arch,
    runtime: runtimeOf(process.versions),
    get libc() {
      return readLibc();
    },
    user: process.geteuid?.(),
    get distribution() {
      return readDistribution(process.env);
    },
    get host() {
      return (host ??= nativeHost());
    },
    get kernel() {
      return (kernel ??= orError(nativeKernel));
    },
    get clang() {
      return (clang ??= orError(findClang));
    },
    headers: headersFolder,
    text(path) {
      try {
        return readFileSync(path, "utf8");
      } catch {
        return undefined;
      }
    },
    list(path) {
      try {
        return readdirSync(path);
      } catch {
        return [];
      }
    },
  };
}

/** Bun and Deno name themselves beside the Node version that they imitate. */
export function runtimeOf(versions: Readonly<Record<string, string | undefined>>): Machine["runtime"] {
  for (const name of ["bun", "deno"] as const) {
    const version = versions[name];
    if (version !== undefined) return { name: name === "bun" ? "Bun" : "Deno", version };
  }
  return { name: "Node", version: versions["node"] ?? "" };
}

/** Node's report names the glibc that it runs on; on musl it has none, and musl's loader has a name of its own. */
function readLibc(): string | undefined {
  if (process.platform !== "linux") return undefined;
  // typed as object; the documented report has a header (Node's "Diagnostic report")
  const report = process.report?.getReport() as
    | { readonly header?: { readonly glibcVersionRuntime?: string } }
    | undefined;
  const version = report?.header?.glibcVersionRuntime;
  if (version !== undefined) return `glibc ${version}`;
  return ["x86_64", "aarch64"].some((cpu) => existsSync(`/lib/ld-musl-${cpu}.so.1`)) ? "musl" : undefined;
}

function orError<T>(make: () => T): T | TsbpfError {
  try {
    return make();
  } catch (error) {
    if (error instanceof TsbpfError) return error;
    throw error;
  }
}
