import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ErrorCode, NativeError, TsbpfError } from "../../errors.ts";
import { stripSymbols } from "../../format/elf/index.ts";
import { findPeer, type Peer } from "../peers/index.ts";
import { placeExecutable } from "./place.ts";
import type { Executable, ExecutableRequest } from "./request.ts";
import { inTemporaryFolder, runTool } from "./run-tool.ts";

/** What Node looks for in its own file; nodejs.org/api/single-executable-applications.html gives the text. */
const fuse = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";

/** What a Node executable is made of. */
interface NodeParts {
  /** The file of the Node that runs this. */
  readonly base: Uint8Array;
  /** Undefined: Node does it by itself. */
  readonly postject: Peer | undefined;
}

/** Whether an executable can be made of the Node that runs this, before anything is done for it; else as that refuses. */
export function requireNode(project: string): NodeParts {
  const { bun, node } = process.versions;
  if (process.platform !== "linux" || bun !== undefined || "Deno" in globalThis) {
    const found = bun !== undefined ? "bun" : "Deno" in globalThis ? "Deno" : process.platform;
    throw new TsbpfError(
      ErrorCode.UNSUPPORTED,
      `expected Node on Linux to make an executable of, found ${found}`,
      { remedy: "run tsbpf with Node, use --exe=bun, or leave --exe out" },
    );
  }
  const base = readFileSync(process.execPath);
  if (!base.includes(fuse)) {
    throw new TsbpfError(
      ErrorCode.UNSUPPORTED,
      `expected a Node that can carry a program, found none in ${process.execPath}`,
      {
        remedy:
          "distributions build it without, or as a shared library: run tsbpf with Node from nodejs.org or the npm package node",
      },
    );
  }
  const postject = findPeer("postject", project);
  if (isAtLeast(25, 5)) return { base, postject: undefined };
  if (postject !== undefined) return { base, postject };
  throw new NativeError(
    `expected the package postject to put a program into Node ${node}, found none`,
    [],
    ["npm install --save-dev postject", "or run tsbpf with Node 25.5 or later, which needs none"],
  );
}

/**
 * A single executable of the Node that runs this, with `code`, a CommonJS script, inside. Node 25.5 and later do it by
 * themselves (`--build-sea`), earlier ones make a blob that the package postject puts into the file.
 * UNSUPPORTED: this Node is built so that it cannot. NATIVE: postject is missing, or a tool refuses.
 */
export async function nodeExecutable(request: ExecutableRequest): Promise<Executable> {
  const { code, output, project, onStep } = request;
  const runtime = `node ${process.versions.node}`;
  const { base, postject } = requireNode(project);
  return await inTemporaryFolder(async (folder) => {
    onStep({ what: "copy Node without its symbols", why: "they are a fifth of it, for debuggers only" });
    // Names are relative: the blob keeps that of the script.
    const config = { main: "main.cjs", disableExperimentalSEAWarning: true };
    writeFileSync(join(folder, "main.cjs"), code);
    writeFileSync(join(folder, "node"), stripSymbols(base));
    chmodSync(join(folder, "node"), 0o755);
    if (postject === undefined) {
      write(folder, { ...config, executable: "./node", output: "./executable" });
      const command = [process.execPath, "--build-sea", "sea.json"];
      onStep({ what: "put the script into it", why: "one file starts both", command });
      await runTool(command, folder);
      return { runtime, bytes: placeExecutable(join(folder, "executable"), output) };
    }
    write(folder, { ...config, output: "blob" });
    const blob = [process.execPath, "--experimental-sea-config", "sea.json"];
    onStep({ what: "make a blob of the script", why: "the form in which Node carries it", command: blob });
    await runTool(blob, folder);
    const cli = join(postject.folder, "dist/cli.js");
    const inject = [process.execPath, cli, "node", "NODE_SEA_BLOB", "blob", "--sentinel-fuse", fuse];
    onStep({ what: "put the blob into it", why: "one file starts both", command: inject });
    await runTool(inject, folder);
    return { runtime, bytes: placeExecutable(join(folder, "node"), output) };
  });
}

function write(folder: string, config: object): void {
  writeFileSync(join(folder, "sea.json"), JSON.stringify(config));
}

function isAtLeast(major: number, minor: number): boolean {
  const [ourMajor = 0, ourMinor = 0] = process.versions.node.split(".").map(Number);
  return ourMajor > major || (ourMajor === major && ourMinor >= minor);
}
