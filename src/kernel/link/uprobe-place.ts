import { argumentError, ErrorCode, TsbpfError, within } from "../../errors.ts";
import { isGo } from "../../format/elf/index.ts";
import { openExecutable, requireFunction, type ExecutableFile, type Host } from "../host/index.ts";

/** A place in an executable, as people say it. */
export interface UprobePlace {
  /** A function: `malloc`, `pthread_cond_wait@GLIBC_2.3.2`, `main+0x10`. */
  readonly symbol?: string | undefined;
  /** With `symbol`: bytes from its start. Alone: bytes from the start of the file, as {@link symbolOffset} gives them. */
  readonly offset?: number | undefined;
}

/** Where a probe goes: a file that the kernel can open, and an offset in it. */
export interface ResolvedPlace {
  readonly path: string;
  readonly offset: number;
  /** For messages: `/bin/bash:readline+0x4`. */
  readonly label: string;
}

/** `func`, `func+16`, `func+0x10` or `0x1234` */
export function parsePlace(text: string): UprobePlace {
  if (/^(0x[0-9a-f]+|\d+)$/i.test(text)) return { offset: Number(text) };
  const [, symbol = text, offset] = /^(.+)\+(0x[0-9a-f]+|\d+)$/i.exec(text) ?? [];
  return offset === undefined ? { symbol } : { symbol, offset: Number(offset) };
}

/** `func` or `func+0x10` */
export function placeText({ symbol, offset }: UprobePlace): string {
  const bytes = offset === undefined ? undefined : `0x${offset.toString(16)}`;
  if (symbol === undefined) return bytes ?? "";
  return bytes === undefined || offset === 0 ? symbol : `${symbol}+${bytes}`;
}

/** A place as it was given, with what its text says taken apart. */
export function placeOf(place: string | UprobePlace): UprobePlace {
  if (typeof place === "string") return parsePlace(place);
  if (place.symbol === undefined) return place;
  const parsed = parsePlace(place.symbol);
  if (parsed.symbol === undefined) return place;
  const offset = (parsed.offset ?? 0) + (place.offset ?? 0);
  return offset === 0 ? { symbol: parsed.symbol } : { symbol: parsed.symbol, offset };
}

/** Finds the file and the offset; `isReturn` refuses what cannot be probed on return. */
export function resolvePlace(
  host: Host,
  name: string,
  place: UprobePlace,
  { pid, isReturn }: { readonly pid: number | undefined; readonly isReturn: boolean },
): ResolvedPlace {
  const label = `${name}:${placeText(place)}`;
  return within(`${isReturn ? "uretprobe" : "uprobe"} ${label}`, () => {
    const { symbol, offset = 0 } = place;
    if (symbol === undefined && place.offset === undefined) {
      throw argumentError("expected a symbol or an offset, found neither", 'such as { symbol: "malloc" }');
    }
    if (!Number.isSafeInteger(offset) || offset < 0) {
      throw argumentError(`expected an offset of 0 or more bytes, found ${offset}`);
    }
    if (isReturn && symbol !== undefined && offset !== 0) {
      throw argumentError(
        `expected a function without an offset, found +0x${offset.toString(16)}`,
        "a return probe sits on the function's return, wherever that is",
      );
    }
    const file = openExecutable(host, name, pid);
    try {
      if (isReturn) refuseGo(file, symbol);
      const found = symbol === undefined ? undefined : requireFunction(host, file, symbol);
      const at = found === undefined ? file.start + offset : found.offset + offset;
      requireCode(file, at);
      return { path: file.path, offset: at, label };
    } finally {
      file.close();
    }
  });
}

/** A probe elsewhere would never fire: the kernel accepts it and says nothing. */
function requireCode({ elf, start }: ExecutableFile, offset: number): void {
  if (elf.isCode(offset - start)) return;
  const ranges = elf.segments
    .filter(({ type, flags }) => type === 1 && (flags & 1) !== 0)
    .map(
      ({ offset: from, fileSize }) =>
        `0x${(start + from).toString(16)} to 0x${(start + from + fileSize).toString(16)}`,
    );
  throw argumentError(
    `expected an offset in the file's code (${ranges.join(", ")}), found 0x${offset.toString(16)}`,
    "give an offset in the file, not an address: symbolOffset(path, name)",
  );
}

/**
 * The kernel's return probe replaces the return address on the stack. Go's runtime moves stacks and walks them, finds an
 * address that is no code of its own and ends the process (golang/go#22008). Its functions have a package in their names;
 * C functions that were linked in do not, and run on a stack that stays.
 */
function refuseGo({ elf }: ExecutableFile, symbol: string | undefined): void {
  if (!isGo(elf) || (symbol !== undefined && !symbol.includes("."))) return;
  throw new TsbpfError(
    ErrorCode.UNSUPPORTED,
    "expected no return probe on a Go function, found one: it would crash the process, as Go moves its stacks",
    {
      remedy:
        "attach a uprobe to each of its return instructions instead, { symbol, offset }: `go tool objdump` or `objdump -d` show the RETs",
    },
  );
}
