import type { LinkedProgram } from "./link.ts";

/**
 * Where an instruction of a linked program stands, for the trail of a message: its slot, the subprogram if it
 * is in one, and the C line if the object knows it.
 */
export function instructionPlace(linked: LinkedProgram, slot: number): string {
  const owner = linked.functions.findLast(({ instruction }) => instruction <= slot);
  const inside =
    owner === undefined || owner.spec === linked.spec ? "" : ` in subprogram "${owner.spec.name}"`;
  const local = slot - (owner?.instruction ?? 0);
  const line = owner?.spec.lines.findLast(({ instruction }) => instruction <= local);
  if (line === undefined) return `instruction ${slot}${inside}`;
  const { file, line: number, text } = line.source;
  const quoted = text.trim() === "" ? "" : `: \`${text.trim()}\``;
  return `instruction ${slot}${inside} (${file}:${number}${quoted})`;
}
