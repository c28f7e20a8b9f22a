import { argumentError } from "../../errors.ts";
import { suggest } from "../../suggestion.ts";
import { parseTarget } from "../clang/index.ts";
import type { BuildConfig } from "../../config.ts";

type Check = readonly [expected: string, holds: (value: unknown) => boolean];

const isText = (value: unknown): boolean => typeof value === "string" && value !== "";
const isList = (value: unknown): boolean => Array.isArray(value) && value.every(isText);
const isRecord = (value: unknown, holds: (item: unknown) => boolean): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every(holds);

const text: Check = ["a text", isText];
const list: Check = ["a list of texts", isList];
const texts: Check = ["a text or a list of texts", (value) => isText(value) || isList(value)];
const flag: Check = ["true or false", (value) => typeof value === "boolean"];
const revisions = ["v1", "v2", "v3", "v4"];

const checks: Readonly<Record<keyof BuildConfig, Check>> = {
  sources: texts,
  exclude: texts,
  outDir: text,
  outName: ["a name with {name} in it", (value) => typeof value === "string" && value.includes("{name}")],
  object: flag,
  module: flag,
  import: text,
  target: texts,
  iquote: list,
  include: list,
  isystem: list,
  idirafter: list,
  define: [
    "an object of texts, numbers or booleans",
    (value) => isRecord(value, (item) => ["string", "number", "boolean"].includes(typeof item)),
  ],
  mcpu: ["v1, v2, v3 or v4", (value) => revisions.includes(value as string)],
  cflags: list,
  bpfHeaders: text,
  systemHeaders: flag,
  btf: ["a path, or a path for each target", (value) => isText(value) || isRecord(value, isText)],
  compiler: text,
};

/** Takes what a config file exports for a {@link BuildConfig}, or says which key is not what it should be. */
export function checkConfig(value: unknown): BuildConfig {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw argumentError(`expected an object as default export, found ${kindOf(value)}`);
  }
  for (const [key, item] of Object.entries(value)) {
    const check = Object.hasOwn(checks, key) ? checks[key as keyof BuildConfig] : undefined;
    if (check === undefined)
      throw argumentError(`unknown key "${key}"`, suggest(key, Object.keys(checks), 20));
    if (item === undefined) continue;
    const [expected, holds] = check;
    if (!holds(item))
      throw argumentError(`key "${key}": expected ${expected}, found ${JSON.stringify(item)}`);
  }
  const config = value as BuildConfig; // Each key was looked at.
  const targets = [config.target ?? [], typeof config.btf === "object" ? Object.keys(config.btf) : []];
  for (const name of targets.flat()) parseTarget(name);
  return config;
}

function kindOf(value: unknown): string {
  if (value === undefined) return "none";
  return value === null ? "null" : Array.isArray(value) ? "a list" : `a ${typeof value}`;
}
