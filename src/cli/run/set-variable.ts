import { argumentError } from "../../errors.ts";
import { resolve, type Btf } from "../../format/btf/index.ts";
import type { ObjectSpec } from "../../program/spec/index.ts";
import { suggest } from "../../suggestion.ts";

/** Reads every `--set VARIABLE=VALUE`; what a value means depends on the variable's C type. */
export function parseSettings(spec: ObjectSpec, texts: readonly string[]): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const text of texts) {
    const equals = text.indexOf("=");
    if (equals < 1) throw argumentError(`--set: expected VARIABLE=VALUE, found "${text}"`);
    const name = text.slice(0, equals);
    const variable = spec.variables.find((candidate) => candidate.name === name);
    if (variable === undefined) {
      const names = spec.variables.map((candidate) => candidate.name);
      const known = names.length === 0 ? "the object has no global variables" : suggest(name, names);
      throw argumentError(`--set: unknown variable "${name}"`, known);
    }
    if (spec.btf === undefined || variable.type === 0)
      throw argumentError(
        `--set ${name}: expected a type in the object's BTF, found none`,
        "compile with -g",
      );
    settings[name] = parseValue(spec.btf, variable.type, text.slice(equals + 1), name);
  }
  return settings;
}

function parseValue(btf: Btf, typeId: number, text: string, name: string): unknown {
  const type = btf.type(resolve(btf, typeId));
  if (type.kind === "int" && type.encoding === "bool") {
    if (/^(true|1|yes|on)$/i.test(text)) return true;
    if (/^(false|0|no|off)$/i.test(text)) return false;
    throw argumentError(`--set ${name}: expected true or false, found "${text}"`);
  }
  if (type.kind === "ptr" || (type.kind === "int" && type.size >= 8)) return wholeNumber(text, name);
  if (type.kind === "int") return Number(wholeNumber(text, name));
  if (type.kind === "float") {
    if (text.trim() === "" || Number.isNaN(Number(text)))
      throw argumentError(`--set ${name}: expected a number, found "${text}"`);
    return Number(text);
  }
  if (type.kind === "enum" || type.kind === "enum64") {
    const named = type.values.find((candidate) => candidate.name === text);
    if (named === undefined && !/^-?(0x)?[0-9a-f]+$/i.test(text)) {
      const names = type.values.map((candidate) => candidate.name);
      throw argumentError(`--set ${name}: unknown name "${text}"`, suggest(text, names));
    }
    const value = named?.value ?? wholeNumber(text, name);
    return type.size === 8 ? value : Number(value);
  }
  if (type.kind === "array") {
    const element = btf.type(resolve(btf, type.type));
    if (element.kind === "int" && element.size === 1 && !/^\s*\[/.test(text)) return text;
  }
  return parseJson(text, name);
}

function wholeNumber(text: string, name: string): bigint {
  const match = /^(-?)(0x[0-9a-f]+|0b[01]+|0o[0-7]+|\d+)$/i.exec(text.replaceAll("_", ""));
  if (match === null)
    throw argumentError(`--set ${name}: expected a whole number such as 42, -1 or 0xff, found "${text}"`);
  return match[1] === "-" ? -BigInt(match[2] ?? 0) : BigInt(match[2] ?? 0);
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw argumentError(
      `--set ${name}: expected JSON such as [1,2] or {"member":1}, found "${text}" (${(cause as Error).message})`,
    );
  }
}
