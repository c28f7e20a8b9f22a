// An object → what it asks for, and what this kernel makes of it.
import { mkdtempSync, readdirSync, rmSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { readObjectFile, specToJson } from "../../lib/index.js";


/** Names, sections and shapes of everything that a loader or a user of the object sees. */
export function surfaceOf(object) {
  let spec;
  try {
    spec = specToJson(readObjectFile(object).spec);
  } catch (error) {
    return [reason(error)]; // an object that needs a linker, for example
  }
  const lines = [`license ${spec.license}`];
  for (const { name, section, type } of spec.programs ?? []) lines.push(`program ${name} ${section} ${type}`);
  for (const { contents: _, name, ...map } of spec.maps ?? []) {
    // The size of a map of constants follows from the compiler's and the headers' strings.
    if (map.origin === undefined) lines.push(`map ${name} ${JSON.stringify(map)}`);
  }
  for (const variable of spec.variables ?? []) {
    if (variable.linkage === "global") lines.push(`variable ${variable.name} ${variable.size}`);
  }
  for (const extern of spec.externs ?? []) lines.push(`extern ${extern.kind} ${extern.name}`);
  return lines.sort();
}

const sizeless = /^(perf_event_array|struct_ops|arena|.*_storage)$/;

/** Program name → its tag, or why it was refused; `object` → why nothing was loaded. */
export async function loadOnKernel(object) {
  const pins = mkdtempSync("/sys/fs/bpf/headers-");
  const outcome = {};
  try {
    const source = readObjectFile(object);
    // Many programs leave the size of a map to the user-space part that is not here.
    const unsized = source.spec.maps.filter(({ maxEntries, type }) => maxEntries === 0 && !sizeless.test(type));
    const maps = Object.fromEntries(unsized.map(({ name }) => [name, { maxEntries: 4096 }]));
    const loaded = await source.load({ optional: true, pinRoot: pins, maps });
    try {
      for (const [name, program] of Object.entries(loaded.programs)) outcome[name] = program.info().tag;
      for (const [name, error] of loaded.skipped) outcome[name] = reason(error);
    } finally {
      loaded.close();
    }
  } catch (error) {
    if (error.code === undefined) throw error;
    outcome.object = reason(error);
  } finally {
    for (const name of readdirSync(pins)) unlinkSync(join(pins, name));
    rmSync(pins, { recursive: true, force: true });
  }
  return outcome;
}

/** Without instruction numbers, offsets and the object's own name: those may differ. */
function reason(error) {
  return `${error.code}: ${error.message}`.replace(/instruction \d+/g, "instruction N").replace(/\b\d+ (?=candidates|insns)/g, "N ");
}

