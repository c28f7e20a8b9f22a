import { chmodSync, copyFileSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { NativeError } from "../../errors.ts";
import { findPeer, findProgram, isExecutable, pathFolders } from "../peers/index.ts";
import { placeExecutable } from "./place.ts";
import type { Executable, ExecutableRequest } from "./request.ts";
import { inTemporaryFolder, runTool } from "./run-tool.ts";

/** The bun on PATH, else the one of the npm package `bun`. NATIVE: there is none. */
export function findBun(project: string): string {
  const onPath = findProgram("bun", pathFolders());
  if (onPath !== undefined) return onPath;
  // The package bun is a stand-in until its install script has run, which npm 12 does not allow; these hold the program.
  const cpu = process.arch === "arm64" ? "aarch64" : process.arch;
  for (const variant of ["", "-baseline", "-musl", "-musl-baseline"]) {
    const peer = findPeer(`@oven/bun-linux-${cpu}${variant}`, project);
    if (peer !== undefined) return join(peer.folder, "bin/bun");
  }
  throw new NativeError(
    "expected bun on PATH or the package bun, found neither",
    [],
    ["npm install --save-dev bun", "or leave =bun out: --exe makes an executable of Node"],
  );
}

/** A single executable of bun with `code`, an ES module, inside. NATIVE: no bun, or it refuses. */
export async function bunExecutable(request: ExecutableRequest): Promise<Executable> {
  const { code, output, project, onStep } = request;
  const found = findBun(project);
  return await inTemporaryFolder(async (folder) => {
    const bun = isExecutable(found) ? found : executableCopy(found, join(folder, "bun"));
    const version = execFileSync(bun, ["--version"], { encoding: "utf8" }).trim();
    writeFileSync(join(folder, "main.mjs"), code);
    // What lies in the folder that the program is started in is not its settings.
    const settings = ["--no-compile-autoload-dotenv", "--no-compile-autoload-bunfig"];
    const command = [bun, "build", "--compile", ...settings, "--outfile", "executable", "main.mjs"];
    onStep({ what: `put the module into bun ${version}`, why: "one file starts both", command });
    await runTool(command, folder);
    return { runtime: `bun ${version}`, bytes: placeExecutable(join(folder, "executable"), output) };
  });
}

function executableCopy(from: string, to: string): string {
  copyFileSync(from, to);
  chmodSync(to, 0o755);
  return to;
}
