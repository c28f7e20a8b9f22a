import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { argumentError } from "../../errors.ts";
import { writeResult } from "./write-result.ts";

/**
 * A config in TypeScript, and what it imports by relative paths, as JavaScript: for Node before 22.18, which does not take
 * types away by itself. The project's own TypeScript does, once for each text, into `.tsbpf/`; imports there are absolute.
 * Gives the file to import.
 */
export function plainConfig(config: string): string {
  const folder = join(dirname(config), ".tsbpf");
  const memory = join(folder, "config.json");
  const known = remembered(memory, config);
  if (known !== undefined) return known;
  const typescript = requireTypeScript(config);
  const made = new Map<string, string>();
  const sources: Record<string, string> = {};
  const make = (file: string): string => {
    const before = made.get(file);
    if (before !== undefined) return before;
    made.set(file, file); // Modules that import each other get the original, which Node then refuses by its name.
    const source = readFileSync(file, "utf8");
    sources[file] = hashOf(source);
    const text = withAbsoluteImports(typescript, withoutTypes(typescript, source, file), file, make);
    const plain = join(folder, `config.${hashOf(`${file} ${text}`)}.mjs`);
    made.set(file, plain);
    if (!existsSync(plain)) writeResult(plain, text);
    return plain;
  };
  const plain = make(config);
  writeResult(memory, JSON.stringify({ config, plain, sources } satisfies Memory));
  return plain;
}

/** What was made of which texts: loading TypeScript takes ten times as long as a build without news. */
interface Memory {
  readonly config: string;
  readonly plain: string;
  /** Path → hash of the text. */
  readonly sources: Readonly<Record<string, string>>;
}

function remembered(memory: string, config: string): string | undefined {
  try {
    const { config: known, plain, sources } = JSON.parse(readFileSync(memory, "utf8")) as Memory; // written above
    const isSame = ([file, hash]: [string, string]): boolean => hashOf(readFileSync(file, "utf8")) === hash;
    return known === config && existsSync(plain) && Object.entries(sources).every(isSame) ? plain : undefined;
  } catch {
    return undefined; // None yet, damaged, or a source is gone.
  }
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** The part of TypeScript's documented API that is used. */
interface TypeScript {
  transpileModule(
    source: string,
    options: object,
  ): { outputText: string; diagnostics?: readonly { messageText: unknown; start?: number }[] };
  preProcessFile(source: string): {
    importedFiles: readonly { fileName: string; pos: number; end: number }[];
  };
}

function requireTypeScript(config: string): TypeScript {
  try {
    return createRequire(config)("typescript") as TypeScript;
  } catch {
    throw argumentError(
      `expected Node 22.18 or later, or the package typescript, to read a config in TypeScript; found Node ${process.versions.node} without it`,
      "npm install --save-dev typescript, or name it tsbpf.config.mjs and leave types out",
    );
  }
}

function withoutTypes(typescript: TypeScript, source: string, file: string): string {
  const { outputText, diagnostics = [] } = typescript.transpileModule(source, {
    compilerOptions: { module: 99 /* ESNext */, target: 9 /* ES2022 */ },
    reportDiagnostics: true,
  });
  const [first] = diagnostics;
  if (first === undefined) return outputText;
  const line = source.slice(0, first.start ?? 0).split("\n").length;
  throw new SyntaxError(`${file}:${line}: ${String(first.messageText)}`);
}

/** Where the file lies now, relative paths lead elsewhere; so does `import.meta`. */
function withAbsoluteImports(
  typescript: TypeScript,
  text: string,
  file: string,
  make: (file: string) => string,
): string {
  const relative = typescript
    .preProcessFile(text)
    .importedFiles.filter(({ fileName }) => /^\.\.?\//.test(fileName));
  let result = text;
  for (const { fileName, pos } of [...relative].sort((left, right) => right.pos - left.pos)) {
    const at = result.indexOf(fileName, pos);
    const found = sourceOf(fileURLToPath(new URL(fileName, pathToFileURL(file))));
    const target = [".ts", ".mts"].includes(extname(found)) ? make(found) : found;
    result = result.slice(0, at) + pathToFileURL(target).href + result.slice(at + fileName.length);
  }
  return result
    .replaceAll(/\bimport\.meta\.url\b/g, JSON.stringify(pathToFileURL(file).href))
    .replaceAll(/\bimport\.meta\.dirname\b/g, JSON.stringify(dirname(file)))
    .replaceAll(/\bimport\.meta\.filename\b/g, JSON.stringify(file));
}

/** TypeScript lets people write `./shared.js` for `./shared.ts`. */
function sourceOf(file: string): string {
  if (existsSync(file)) return file;
  const source = file.replace(/\.(m?)js$/, ".$1ts");
  return existsSync(source) ? source : file;
}
