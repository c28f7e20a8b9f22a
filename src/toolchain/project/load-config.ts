import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { argumentError, ErrorCode, TsbpfError, within } from "../../errors.ts";
import { checkConfig } from "./check-config.ts";
import type { BuildConfig } from "../../config.ts";

/** Names of the config file, first one wins. */
const names = ["ts", "mts", "js", "mjs", "json"].map((extension) => `tsbpf.config.${extension}`);

/** The config file of the folder or of the nearest one above it. */
export function findConfig(folder: string): string | undefined {
  for (let place = folder; ; place = dirname(place)) {
    const found = names.map((name) => join(place, name)).find(existsSync);
    if (found !== undefined) return found;
    if (dirname(place) === place) return undefined;
  }
}

/** Reads and checks a config file. ARGUMENT: it cannot be imported, or says what tsbpf does not know. */
export async function loadConfig(file: string): Promise<BuildConfig> {
  const exported = file.endsWith(".json") ? parseJson(file) : await importDefault(file);
  return within(file, () => checkConfig(exported));
}

function parseJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new TsbpfError(ErrorCode.ARGUMENT, `expected JSON (${(cause as Error).message})`, {
      trail: [file],
      cause,
    });
  }
}

async function importDefault(file: string): Promise<unknown> {
  try {
    // Node keeps modules by their address: a config that changed while tsbpf watches has another one.
    const address = `${pathToFileURL(file).href}?${statSync(file).mtimeMs}`;
    const module = (await import(address)) as { default?: unknown };
    return module.default;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ERR_UNKNOWN_FILE_EXTENSION")
      return await importTypes(file);
    throw new TsbpfError(
      ErrorCode.ARGUMENT,
      `expected a module that can be imported (${(cause as Error).message})`,
      { trail: [file], cause },
    );
  }
}

/** Node before 22.18 does not take types away by itself: the project's own TypeScript does, once for each text. */
async function importTypes(file: string): Promise<unknown> {
  const source = readFileSync(file, "utf8");
  const hash = createHash("sha256").update(source).digest("hex").slice(0, 16);
  // Imports relative to the config must still be: then it has to lie beside it, and does so for a moment only.
  const isMovable = !/(from|import)\s*\(?\s*["']\./.test(source);
  const folder = isMovable ? join(dirname(file), ".tsbpf") : dirname(file);
  const plain = join(folder, `config.${hash}.mjs`);
  if (!isMovable || !existsSync(plain)) {
    const text = withoutTypes(file, source);
    mkdirSync(folder, { recursive: true });
    writeFileSync(plain, text);
  }
  try {
    return ((await import(pathToFileURL(plain).href)) as { default?: unknown }).default;
  } finally {
    if (!isMovable) rmSync(plain, { force: true });
  }
}

interface TypeScript {
  transpileModule(source: string, options: object): { outputText: string };
}

function withoutTypes(file: string, source: string): string {
  let typescript: TypeScript;
  try {
    typescript = createRequire(file)("typescript") as TypeScript; // its documented API
  } catch {
    throw argumentError(
      `${file}: expected Node 22.18 or later, or the package typescript, to read a config in TypeScript; found Node ${process.versions.node} without it`,
      "npm install --save-dev typescript, or name it tsbpf.config.mjs and leave types out",
    );
  }
  return typescript.transpileModule(source, {
    compilerOptions: { module: 99 /* ESNext */, target: 9 /* ES2022 */ },
  }).outputText;
}
