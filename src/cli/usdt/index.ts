import { argumentError } from "../../errors.ts";
import type { UsdtPointInfo } from "../../kernel/index.ts";
import { suggest } from "../../suggestion.ts";
import type { Command } from "../command.ts";
import { pointJson, pointsText } from "./text.ts";

export const usdtCommand: Command = {
  name: "usdt",
  summary: "List the static tracing points (USDT) of a program, a library or everything that a process runs.",
  usage: "list PATH|PID [PROVIDER:NAME] [options]",
  options: {
    json: { help: "one JSON document a point" },
    pid: { value: "PID", help: "look PATH up as this process sees it" },
  },
  examples: [
    ["tsbpf usdt list libstdc++", "the points of a library, by name or path"],
    ["tsbpf usdt list 1234", "those of a process and its libraries"],
    ["tsbpf usdt list ./umark 'groupa:*'", "those whose names match"],
  ],
  async run(input) {
    const [action, place, pattern = "*", ...more] = input.positionals;
    if (action !== "list") {
      const remedy = action === undefined ? undefined : (suggest(action, ["list"]) ?? undefined);
      throw argumentError(`expected list, found ${action === undefined ? "nothing" : `"${action}"`}`, remedy);
    }
    if (place === undefined) throw argumentError("expected PATH or PID, found nothing");
    if (more.length > 0) throw argumentError(`expected one pattern, found also "${more[0]}"`);
    const pid = parsePid(input.text("pid"));
    const { processUsdtPoints, usdtPoints } = await import("../../kernel/index.ts");
    const isProcess = /^\d+$/.test(place);
    const all = isProcess ? processUsdtPoints(Number(place)) : usdtPoints(place, { pid });
    const points = all.filter(matches(pattern));
    if (points.length === 0) throw nothingFound(all, isProcess ? `process ${place}` : place, pattern);
    const text = input.on("json") ? points.map(pointJson).join("") : pointsText(points, isProcess);
    process.stdout.write(text);
    return 0;
  },
};

function parsePid(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw argumentError(`--pid: expected a process id, found "${text}"`);
}

/** `*` stands for any text and `?` for one character. */
function matches(pattern: string): (point: UsdtPointInfo) => boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  const expression = new RegExp(`^${source}$`);
  return ({ provider, name }) => expression.test(`${provider}:${name}`) || expression.test(name);
}

function nothingFound(all: readonly UsdtPointInfo[], place: string, pattern: string): Error {
  if (all.length === 0) {
    return argumentError(
      `expected USDT points in ${place}, found none`,
      "they are compiled in: many packages have them as an option, such as --enable-dtrace",
    );
  }
  const names = [...new Set(all.map(({ provider, name }) => `${provider}:${name}`))];
  return argumentError(`expected a point ${pattern} in ${place}, found none`, suggest(pattern, names));
}
