import type { Link, LoadedObject, Program } from "../../kernel/index.ts";
import { heading, rows } from "./rows.ts";

/** Relocations shown for one program; the rest is counted. */
const MOST_RELOCATIONS = 20;

/** What the loader did: maps, code before and after, where it is attached. */
export function loadText(object: LoadedObject, links: readonly Link[]): string {
  const maps = object.spec.maps
    .filter(({ name }) => name in object.maps)
    .map(({ name }) => object.requireMap(name));
  const programs = object.spec.programs
    .filter(({ name }) => !object.skipped.has(name) && name in object.programs)
    .map(({ name }) => object.requireProgram(name));
  const lines = [heading("load")];
  if (maps.length > 0) {
    lines.push("maps (BPF_MAP_CREATE)");
    lines.push(
      ...rows(
        maps.map((map) => {
          const { id, name, maxEntries, flags } = map.info();
          return [
            map.name,
            `id ${id}`,
            map.type,
            `${maxEntries} entries, flags 0x${flags.toString(16)}, "${name}" in the kernel`,
          ];
        }),
      ),
    );
  }
  lines.push("programs (BPF_PROG_LOAD): relocated, verified, compiled to machine code");
  for (const program of programs) lines.push(...programLines(program));
  for (const [name, error] of object.skipped) lines.push(`  ${name}  skipped: ${error.message}`);
  lines.push(heading("attach"));
  lines.push(...rows(links.map((link) => [link.program, `→ ${link.target}`, linkWords(link)])));
  return `${lines.join("\n")}\n`;
}

function programLines(program: Program): string[] {
  const info = program.info();
  const before = (program.spec?.code.length ?? 0) / 8;
  const lines = [
    `  ${program.name}  id ${info.id}, tag ${info.tag}: ${before} instructions in the object, ${info.translatedSize / 8} after verification, ${info.jitedSize} bytes of machine code`,
  ];
  const shown = program.relocations.slice(0, MOST_RELOCATIONS);
  lines.push(
    ...rows(
      shown.map(({ instruction, text, source }) => [
        String(instruction).padStart(4),
        source === undefined ? "" : `line ${source.line}`,
        text,
      ]),
      "  ",
    ),
  );
  const hidden = program.relocations.length - shown.length;
  if (hidden > 0) lines.push(`        … ${hidden} more`);
  return lines;
}

/** The kernel's number of the link, where the attachment is one. */
function linkWords(link: Link): string {
  try {
    const { id, type } = link.info();
    return `link ${id} (${type})`;
  } catch {
    return "held by a perf event, without a link";
  }
}
