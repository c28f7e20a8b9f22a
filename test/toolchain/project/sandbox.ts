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

/** One build of the project in `folder`, of all sources or of these. */
export async function build(
  folder: string,
  options = {},
  sources?: readonly string[],
): Promise<BuildResult[]> {
  const results: BuildResult[] = [];
  for await (const result of start(folder, options, sources)) results.push(result);
  return results;
}

/** The same, result by result. */
export async function* start(
  folder: string,
  options = {},
  sources?: readonly string[],
): AsyncGenerator<BuildResult, void, undefined> {
  const project = await openProject(folder);
  const units = planUnits(project, sources ?? (await findSources(project)));
  yield* buildUnits(project, units, { database: sources === undefined, ...options });
}

/** `a.bpf.c built, b.bpf.c fresh` */
export function outcome(results: readonly BuildResult[]): string {
  return results.map(({ unit, status }) => `${unit.source} ${status}`).join(", ");
}

/** A program of one line that includes nothing. */
export const program = (name: string, body = "return 0;"): string =>
  `__attribute__((section("socket"), used)) int ${name}(void *ctx) { ${body} }\n`;
