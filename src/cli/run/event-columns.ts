import { resolve, type Btf, type BtfType } from "../../format/btf/index.ts";
import { printable, type Column } from "./table.ts";

/** A column of an event's table: which member, and how its value is written. */
export interface EventColumn extends Column {
  readonly member: string;
  readonly cell: (value: unknown) => string;
}

/** The members of an event's struct as columns; anonymous members' fields stand in their place. */
export function eventColumns(btf: Btf, eventType: number): EventColumn[] {
  const type = btf.type(resolve(btf, eventType));
  if (type.kind !== "struct" && type.kind !== "union") return [column(btf, "value", eventType)];
  return type.members.flatMap((member) =>
    member.name === "" ? eventColumns(btf, member.type) : [column(btf, member.name, member.type)],
  );
}

function column(btf: Btf, member: string, typeId: number): EventColumn {
  const type = btf.type(resolve(btf, typeId));
  if (type.kind === "int" && type.size === 8 && /^(timestamp|time|ts)(_ns)?$/.test(member))
    return { member, title: "time", right: false, width: 12, cell: clockTime };
  if (isText(btf, type)) {
    const length = type.kind === "array" ? type.length : 0;
    return { member, title: member, right: false, width: Math.min(length, 16), cell: plain };
  }
  if (type.kind === "ptr") return { member, title: member, right: true, width: 18, cell: address };
  if (type.kind === "enum" || type.kind === "enum64") {
    const names = new Map(type.values.map((item) => [item.value, item.name]));
    const width = Math.max(0, ...type.values.map((item) => item.name.length));
    const cell = (value: unknown): string =>
      (typeof value === "number" || typeof value === "bigint" ? names.get(BigInt(value)) : undefined) ??
      plain(value);
    return { member, title: member, right: false, width: Math.min(width, 24), cell };
  }
  const numeric = type.kind === "int" || type.kind === "float";
  const width = type.kind === "int" && type.size === 8 ? 12 : numeric ? 7 : 0;
  return { member, title: member, right: numeric, width, cell: plain };
}

function isText(btf: Btf, type: BtfType): boolean {
  if (type.kind !== "array") return false;
  const element = btf.type(resolve(btf, type.type));
  return element.kind === "int" && element.size === 1 && /^(signed )?char$/.test(element.name);
}

function plain(value: unknown): string {
  if (typeof value === "string") return printable(value);
  if (value instanceof Uint8Array) return hex(value);
  if (typeof value === "object" && value !== null)
    return JSON.stringify(value, (_, item: unknown) =>
      typeof item === "bigint" ? item.toString() : item instanceof Uint8Array ? hex(item) : item,
    );
  return String(value);
}

function address(value: unknown): string {
  return typeof value === "bigint" ? `0x${value.toString(16)}` : plain(value);
}

/** Bytes as hexadecimal digits in groups of four bytes. */
export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const [index, byte] of bytes.entries()) {
    if (index > 0 && index % 4 === 0) text += " ";
    text += byte.toString(16).padStart(2, "0");
  }
  return text;
}

/** Nanoseconds of CLOCK_MONOTONIC (bpf_ktime_get_ns) as the time of day: `23:07:01.234`. */
function clockTime(value: unknown): string {
  if (typeof value !== "bigint") return plain(value);
  const ago = Number(process.hrtime.bigint() - value) / 1e6; // hrtime reads the same clock
  const date = new Date(Date.now() - ago);
  const two = (part: number): string => String(part).padStart(2, "0");
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  return `${time}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
