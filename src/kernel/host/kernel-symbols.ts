import type { MachineFiles } from "./machine-files.ts";

const NEWLINE = 10;
/** Bytes that end a name: a tab stands before `[module]`. */
const ENDS = new Set([NEWLINE, 9, 32]);

/**
 * Looks names up in text of the form of /proc/kallsyms, `ADDRESS TYPE NAME[\t[MODULE]]`, given in pieces. No table of
 * all symbols is built: the text has 120,000 to 250,000 lines and a caller wants a handful.
 *
 * A name matches up to `.llvm.` only where the type is `d`: clang's LTO renames static data so, and a function `f` is
 * not its clone `f.llvm.123` (RULES 27). A name that stands at several addresses has them all, in the order of the
 * text; addresses of 0 are what kptr_restrict shows instead of the real ones.
 */
export function findKernelSymbols(
  pieces: Iterable<Uint8Array>,
  names: readonly string[],
): Map<string, readonly bigint[]> {
  const found = new Map<string, bigint[]>();
  const needles = [...new Set(names)].map((name) => ({ name, needle: Buffer.from(` ${name}`) }));
  let rest: Uint8Array = new Uint8Array(0);
  for (const piece of pieces) {
    // Buffer for its native search; a piece is looked at up to its last whole line.
    const text = Buffer.concat([rest, piece]);
    const end = text.lastIndexOf(NEWLINE) + 1;
    for (const { name, needle } of needles) collect(text.subarray(0, end), name, needle, found);
    rest = Uint8Array.prototype.slice.call(text, end);
  }
  const last = Buffer.concat([rest, Uint8Array.of(NEWLINE)]);
  for (const { name, needle } of needles) collect(last, name, needle, found);
  return found;
}

/** Adds the addresses of `name` in whole lines. */
function collect(lines: Buffer, name: string, needle: Buffer, found: Map<string, bigint[]>): void {
  for (let at = lines.indexOf(needle); at >= 0; at = lines.indexOf(needle, at + 1)) {
    const start = lines.lastIndexOf(NEWLINE, at) + 1;
    const head = /^([0-9a-f]+) (.)$/i.exec(lines.toString("latin1", start, at));
    if (head?.[1] === undefined) continue;
    const after = at + needle.length;
    const next = lines[after] ?? NEWLINE;
    const isRenamedData = head[2] === "d" && lines.toString("latin1", after, after + 6) === ".llvm.";
    if (!ENDS.has(next) && !isRenamedData) continue;
    const address = BigInt(`0x${head[1]}`);
    const addresses = found.get(name);
    if (addresses === undefined) found.set(name, [address]);
    else if (!addresses.includes(address)) addresses.push(address);
  }
}

/** Addresses in the kernel's own list; none for a name that it does not have. */
export function readKernelSymbols(
  files: MachineFiles,
  names: readonly string[],
): Map<string, readonly bigint[]> {
  return findKernelSymbols(files.chunks("/proc/kallsyms"), names);
}
