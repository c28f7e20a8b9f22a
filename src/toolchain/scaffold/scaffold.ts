import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { argumentError } from "../../errors.ts";
import { suggest } from "../../suggestion.ts";
import { plainProject, writeDatabase, writeResult } from "../project/index.ts";
import { projectFiles } from "./project-files.ts";
import { templates, type Template } from "./templates.ts";

const templatesFolder = new URL("../../../templates/", import.meta.url);

/** What was made. */
export interface Scaffolded {
  /** Absolute. */
  readonly folder: string;
  readonly name: string;
  readonly template: Template;
  /** Paths below the folder. */
  readonly files: readonly string[];
  /** Why editors will not find the headers before the first build; undefined: they do. */
  readonly databaseProblem: string | undefined;
}

/** The template of this name. ARGUMENT: there is none. */
export function requireTemplate(name: string): Template {
  const found = Object.hasOwn(templates, name) ? templates[name] : undefined;
  if (found === undefined)
    throw argumentError(`unknown template "${name}"`, suggest(name, Object.keys(templates)));
  return found;
}

/**
 * Writes a project into a folder that is new, empty, or a fresh git repository. ARGUMENT: the folder holds something, or
 * its name is no package name.
 */
export function scaffold(directory: string, templateName: string): Scaffolded {
  const template = requireTemplate(templateName);
  const folder = resolve(directory);
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat?.isDirectory() === false)
    throw argumentError(`expected a new or empty folder, found that "${directory}" is a file`);
  const present = stat === undefined ? [] : readdirSync(folder).filter((entry) => entry !== ".git");
  if (present.length > 0) {
    throw argumentError(
      `expected a new or empty folder, found ${present.length} entries in "${directory}", such as ${present[0]}`,
      "name another one: it is made",
    );
  }
  const name = packageName(basename(folder));
  const files = {
    ...projectFiles(name, template, { tsbpf: ownVersion() }),
    [`src/${template.program}.bpf.c`]: templateFile(templateName, `${template.program}.bpf.c`),
    "src/main.ts": templateFile(templateName, "main.ts"),
    ...(template.app === undefined
      ? {}
      : { [`app/${template.app}.c`]: templateFile(templateName, `${template.app}.c`) }),
  };
  for (const [path, text] of Object.entries(files)) writeResult(join(folder, path), text);
  const databaseProblem = writeDatabaseNow(folder, `src/${template.program}.bpf.c`);
  return { folder, name, template, files: Object.keys(files), databaseProblem };
}

/** Before the first build, so that an editor that is opened now resolves the C; without a compiler the build does it. */
function writeDatabaseNow(folder: string, source: string): string | undefined {
  try {
    writeDatabase(plainProject(folder), [source]);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/**
 * npm takes lower-case letters, digits and `-._`, and no name that starts with the last two; some it keeps for itself, and
 * a package cannot depend on one of its own name.
 */
function packageName(folder: string): string {
  const name = folder
    .replaceAll("ß", "ss")
    .normalize("NFKD")
    .replaceAll(/\p{Mark}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9-._]+/g, "-")
    .replace(/^[-._]+/, "");
  if (name === "tsbpf" || name === "typescript") return `my-${name}`;
  if (name === "" || name === "node_modules" || name === "favicon.ico")
    throw argumentError(`expected a folder whose name can be a package's, found "${folder}"`);
  return name;
}

function templateFile(template: string, name: string): string {
  return readFileSync(fileURLToPath(new URL(`${template}/${name}`, templatesFolder)), "utf8");
}

function ownVersion(): string {
  const text = readFileSync(new URL("../package.json", templatesFolder), "utf8");
  return (JSON.parse(text) as { version: string }).version; // our own package.json
}
