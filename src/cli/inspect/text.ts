import { printType, typeName } from "../../format/btf/index.ts";
import { disassemble } from "../../format/insn/index.ts";
import type {
  CodeRelocation,
  ExternSpec,
  FunctionSpec,
  MapSpec,
  ObjectSpec,
  ProgramSpec,
} from "../../program/spec/index.ts";

/** The overview of an object. */
export function objectText(spec: ObjectSpec): string {
  const order = spec.littleEndian ? "little-endian" : "big-endian";
  const license =
    spec.license === "" ? "no licence (GPL-only helpers are refused)" : `licence ${spec.license}`;
  const lines = [`object ${spec.name}: ${order}, ${license}`];
  section(
    lines,
    "programs",
    spec.programs.map((program) => programRow(spec, program)),
  );
  section(
    lines,
    "subprograms",
    spec.subprograms.map((item) => [item.name, item.linkage, size(item)]),
  );
  section(
    lines,
    "maps",
    spec.maps.map((map) => mapRow(spec, map)),
  );
  section(
    lines,
    "variables",
    spec.variables.map((item) => [
      item.name,
      type(spec, item.type),
      `${item.map}+${item.offset}`,
      `${item.size} B`,
    ]),
  );
  section(
    lines,
    "externs",
    spec.externs.map((item) => externRow(spec, item)),
  );
  section(
    lines,
    "notes",
    spec.notes.map((note) => [note]),
  );
  const events = new Set(spec.maps.map((map) => map.eventType).filter((id) => id !== 0));
  for (const id of events) if (spec.btf !== undefined) lines.push("", printType(spec.btf, id));
  return `${lines.join("\n")}\n`;
}

/** A program's code with its source lines, references and relocations. */
export function programText(spec: ObjectSpec, program: ProgramSpec): string {
  const head = `${program.name}: SEC("${program.section}"), ${program.type}, ${size(program)}`;
  const called = new Set<FunctionSpec>();
  collectCalls(spec, program, called);
  return [program, ...called]
    .map(
      (item) => `${item === program ? head : `${item.name}: subprogram, ${size(item)}`}\n${code(spec, item)}`,
    )
    .join("\n");
}

function programRow(spec: ObjectSpec, program: ProgramSpec): string[] {
  const loading = program.autoload ? "" : " (not loaded by itself)";
  const attach = program.expectedAttachType === undefined ? "" : ` as ${program.expectedAttachType}`;
  return [program.name, `SEC("${program.section}")`, `${program.type}${attach}${loading}`, size(program)];
}

function mapRow(spec: ObjectSpec, map: MapSpec): string[] {
  const entries = map.maxEntries === 0 ? "" : `${map.maxEntries} entries`;
  const key = map.keyType === 0 ? `key ${map.keySize} B` : `key ${type(spec, map.keyType)}`;
  const value = map.valueType === 0 ? `value ${map.valueSize} B` : `value ${type(spec, map.valueType)}`;
  const extra = [
    map.flags === 0 ? "" : `flags 0x${map.flags.toString(16)}`,
    map.pinning === "none" ? "" : "pinned by name",
    map.inner === undefined ? "" : `of ${map.inner.type}`,
    map.eventType === 0 ? "" : `events ${type(spec, map.eventType)}`,
    map.slots.length === 0
      ? ""
      : `slots ${map.slots.map((slot) => `${slot.index}=${slot.target}`).join(" ")}`,
  ];
  return [map.name, map.type, entries, key, value, extra.filter((text) => text !== "").join(", ")];
}

function externRow(spec: ObjectSpec, item: ExternSpec): string[] {
  const weak = item.weak ? "weak" : "required";
  return [item.name, item.kind, item.type === 0 ? "address" : type(spec, item.type), weak];
}

function code(spec: ObjectSpec, item: FunctionSpec): string {
  const relocations = new Map(item.relocations.map((relocation) => [relocation.instruction, relocation]));
  const lines = new Map(item.lines.map((line) => [line.instruction, line.source]));
  const core = new Map(item.coreRelocations.map((relocation) => [relocation.instruction, relocation]));
  return disassemble(item.code, {
    littleEndian: spec.littleEndian,
    reference: (slot) => reference(spec, relocations.get(slot)),
    source: (slot) => {
      const source = lines.get(slot);
      return source === undefined ? undefined : `${source.text.trim()}  // ${source.file}:${source.line}`;
    },
    remark: (slot) => {
      const relocation = core.get(slot);
      return relocation === undefined
        ? undefined
        : `CO-RE ${relocation.kind} ${type(spec, relocation.type)} ${relocation.access}`;
    },
  });
}

function reference(spec: ObjectSpec, relocation: CodeRelocation | undefined): string | undefined {
  switch (relocation?.kind) {
    case undefined:
      return undefined;
    case "map":
      return `map ${relocation.map}`;
    case "data":
      return variableAt(spec, relocation.map, relocation.offset) ?? `${relocation.map}+${relocation.offset}`;
    case "extern":
      return relocation.extern;
    case "call":
    case "function":
      return spec.subprograms.find((item) => item.offset === relocation.target)?.name;
  }
}

function variableAt(spec: ObjectSpec, map: string, offset: number): string | undefined {
  return spec.variables.find((item) => item.map === map && item.offset === offset)?.name;
}

function collectCalls(spec: ObjectSpec, item: FunctionSpec, into: Set<FunctionSpec>): void {
  for (const relocation of item.relocations) {
    if (relocation.kind !== "call" && relocation.kind !== "function") continue;
    const callee = spec.subprograms.find((candidate) => candidate.offset === relocation.target);
    if (callee === undefined || into.has(callee)) continue;
    into.add(callee);
    collectCalls(spec, callee, into);
  }
}

function type(spec: ObjectSpec, id: number): string {
  return spec.btf === undefined ? `type ${id}` : typeName(spec.btf, id);
}

function size(item: FunctionSpec): string {
  return `${item.code.length / 8} instructions`;
}

/** A titled block of rows whose cells stand below each other. */
function section(lines: string[], title: string, rows: readonly (readonly string[])[]): void {
  if (rows.length === 0) return;
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  lines.push("", `${title}:`);
  for (const row of rows)
    lines.push(`  ${row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join("  ")}`.trimEnd());
}
