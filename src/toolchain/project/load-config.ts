import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { ErrorCode, TsbpfError, within } from "../../errors.ts";
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
    return await importModule(file);
  } catch (cause) {
    if (cause instanceof TsbpfError) throw cause;
    // Of a config that throws, what it threw, and where; the rest of the stack is ours.
    const { message = String(cause), stack = "" } = cause instanceof Error ? cause : {};
    const place = new RegExp(`${basename(file).replaceAll(".", "\\.")}[^:]*:\\d+`)
      .exec(stack)?.[0]
      .replace(/\?[^:]*/, "");
    const where = place === undefined || message.includes(place) ? "" : ` at ${place}`;
    throw new TsbpfError(ErrorCode.ARGUMENT, `expected a module that can be imported (${message}${where})`, {
      trail: [file],
      cause,
    });
  }
}

async function importModule(file: string): Promise<unknown> {
  try {
    // Node keeps modules by their address: a config that changed while tsbpf watches has another one.
    const module = await import(`${pathToFileURL(file).href}?${statSync(file).mtimeMs}`);
    return (module as { default?: unknown }).default;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException | null)?.code !== "ERR_UNKNOWN_FILE_EXTENSION") throw cause;
    const { plainConfig } = await import("./plain-config.ts");
    const plain = within(file, () => plainConfig(file));
    return ((await import(pathToFileURL(plain).href)) as { default?: unknown }).default;
  }
}
