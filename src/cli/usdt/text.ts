import { describeUsdtArgument, type UsdtArgument, type UsdtPlace } from "../../format/usdt/index.ts";
import type { UsdtPointInfo } from "../../kernel/index.ts";
import { toJson } from "../../program/codec/index.ts";
import { printable, Table } from "../run/table.ts";

/** The points in a table; with `files`, each file has its own. */
export function pointsText(points: readonly UsdtPointInfo[], files: boolean): string {
  const byFile = new Map<string, UsdtPointInfo[]>();
  for (const point of points) byFile.set(point.path, [...(byFile.get(point.path) ?? []), point]);
  return [...byFile]
    .map(([path, list]) => `${files ? `${printable(path)}\n` : ""}${tableText(list)}`)
    .join("\n");
}

function tableText(points: readonly UsdtPointInfo[]): string {
  const rows = points.map(cells);
  const titles = ["point", "offset", "semaphore", "arguments"];
  const table = new Table(
    titles.map((title, column) => ({
      title,
      right: false,
      width: Math.max(...rows.map((row) => row[column]?.length ?? 0)),
    })),
  );
  return [table.header(), ...rows.map((row) => table.row(row))].map((line) => `${line}\n`).join("");
}

function cells(point: UsdtPointInfo): string[] {
  return [
    `${point.provider}:${point.name}`,
    point.offset === undefined ? "–" : hex(point.offset),
    point.semaphoreOffset === 0 ? "–" : hex(point.semaphoreOffset),
    point.problem ?? point.arguments.map(describeUsdtArgument).join(", "),
  ].map(printable);
}

function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}

/** A point as a line of JSON; addresses are hexadecimal text. */
export function pointJson(point: UsdtPointInfo): string {
  const { path, provider, name, offset, semaphoreOffset, problem } = point;
  const document = {
    path,
    provider,
    name,
    address: hex(point.address),
    offset: offset ?? null,
    semaphoreOffset: semaphoreOffset === 0 ? null : semaphoreOffset,
    arguments: point.arguments.map(argumentJson),
    ...(problem === undefined ? {} : { problem }),
  };
  return `${JSON.stringify(toJson(document))}\n`;
}

function argumentJson({ text, size, signed, float, place }: UsdtArgument): object {
  return { text, size, type: float ? "float" : signed ? "signed" : "unsigned", ...placeJson(place) };
}

function placeJson(place: UsdtPlace): object {
  switch (place.kind) {
    case "constant":
      return { in: "constant", value: place.value };
    case "register":
      return { in: "register", register: place.register.name };
    case "memory":
      return {
        in: "memory",
        base: place.base?.name ?? null,
        ...(place.index === undefined ? {} : { index: place.index.name, scale: 1 << place.shift }),
        ...(place.symbol === undefined ? {} : { symbol: place.symbol }),
        displacement: place.displacement,
      };
    case "unreadable":
      return { in: "unreadable", reason: place.reason };
  }
}
