import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach } from "vitest";
import {
  buildUnits,
  findSources,
  openProject,
  planUnits,
  type BuildResult,
} from "../../../src/toolchain/project/index.ts";

const made: string[] = [];
const clean = (): void => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
};
afterEach(clean);
afterAll(clean);

/** A folder with these files, gone after the test. */
export function sandbox(files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "tsbpf-project-")));
  made.push(folder);
  for (const [name, text] of Object.entries(files)) put(join(folder, name), text);
  return folder;
}

/** Writes a file and the folders on its way. */
export function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** One build of the whole project in `folder`. */
export async function build(folder: string, options = {}): Promise<BuildResult[]> {
  const project = await openProject(folder);
  const units = planUnits(project, await findSources(project));
  const results: BuildResult[] = [];
  for await (const result of buildUnits(project, units, { database: true, ...options })) results.push(result);
  return results;
}

/** `a.bpf.c built, b.bpf.c fresh` */
export function outcome(results: readonly BuildResult[]): string {
  return results.map(({ unit, status }) => `${unit.source} ${status}`).join(", ");
}

/** A program of one line that includes nothing. */
export const program = (name: string, body = "return 0;"): string =>
  `__attribute__((section("socket"), used)) int ${name}(void *ctx) { ${body} }\n`;
