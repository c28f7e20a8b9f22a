import { argumentError } from "../../errors.ts";

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `500ms`, `5s`, `2m`, `1h` or plain seconds → milliseconds. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
  const milliseconds = Number(match?.[1]) * (units[match?.[2] ?? "s"] ?? 0);
  if (match === null || !(milliseconds > 0) || milliseconds > 0x7fffffff)
    throw argumentError(
      `--for: expected a duration such as 500ms, 5s, 2m or 1h (24 days at most), found "${text}"`,
    );
  return milliseconds;
}

/** `--count`: a whole number above 0. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || !Number.isSafeInteger(count))
    throw argumentError(`--count: expected a whole number above 0, found "${text}"`);
  return count;
}

/** `--pid`: a process id. */
export function parsePid(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw argumentError(`--pid: expected a process id, found "${text}"`);
  return Number(text);
}
