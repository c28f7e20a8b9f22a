import { argumentError, FeatureError, within, type TsbpfError } from "../../errors.ts";
import { ElfConstant } from "../../format/elf/index.ts";
import {
  locateUsdt,
  placeSymbol,
  readUsdtProbes,
  usdtArguments,
  type UsdtArgument,
  type UsdtNote,
} from "../../format/usdt/index.ts";
import { suggest } from "../../suggestion.ts";
import {
  findVariableOf,
  openExecutable,
  type CodeMapping,
  type ExecutableFile,
  type Host,
} from "../host/index.ts";

/** A tracing point as people name it. */
export interface UsdtTarget {
  /** A path, or the name of a program or library. */
  readonly path: string;
  readonly provider: string;
  readonly name: string;
}

/** One place where a point fires. */
export interface UsdtSite {
  /** In {@link UsdtSites.path}, in bytes. */
  readonly offset: number;
  /** The same for its semaphore; 0 = none. */
  readonly refCtrOffset: number;
  readonly arguments: readonly UsdtArgument[];
  /** Where the instruction is in the process; undefined unless it was asked for. */
  readonly address: bigint | undefined;
}

/** Where a point fires. */
export interface UsdtSites {
  /** The file that the kernel maps. */
  readonly path: string;
  readonly list: readonly UsdtSite[];
}

/** How {@link findUsdtSites} looks. */
export interface SiteOptions {
  readonly pid: number | undefined;
  /** Whether the addresses in the process are needed. */
  readonly addresses: boolean;
}

/** Every place of a point. ARGUMENT: the file has no such point, with near ones. */
export function findUsdtSites(host: Host, target: UsdtTarget, options: SiteOptions): UsdtSites {
  const file = openExecutable(host, target.path, options.pid);
  try {
    const notes = readUsdtProbes(file.elf);
    const wanted = notes.filter(({ provider, name }) => provider === target.provider && name === target.name);
    if (wanted.length === 0) throw missing(target, notes);
    return { path: file.path, list: wanted.map((note) => siteOf(host, file, note, options)) };
  } finally {
    file.close();
  }
}

function siteOf(host: Host, file: ExecutableFile, note: UsdtNote, options: SiteOptions): UsdtSite {
  const { elf, start } = file;
  const point = within(`point at 0x${note.address.toString(16)}`, () => locateUsdt(elf, note));
  const places = {
    site: point.address,
    fixed: elf.type === ElfConstant.ET_EXEC,
    pointer: pointerOf(host),
    address: (symbol: string) => {
      const address = findVariableOf(host, file, symbol);
      return address === undefined ? undefined : BigInt(address);
    },
  };
  const offset = start + point.offset;
  return {
    offset,
    refCtrOffset: point.semaphoreOffset === 0 ? 0 : start + point.semaphoreOffset,
    arguments: usdtArguments(elf, note).map((argument) => placeSymbol(argument, places)),
    address: options.addresses ? processAddress(host, file, { point, offset }, options.pid) : undefined,
  };
}

/** The instruction pointer in a program's context, by Node's name of the architecture. */
function pointerOf({ architecture }: Host): { readonly name: string; readonly offset: number } | undefined {
  if (architecture === "x64") return { name: "rip", offset: 128 };
  if (architecture === "arm64") return { name: "pc", offset: 256 };
  return undefined;
}

/** Where the instruction is in memory: as the file says, or as the process has mapped the file (RULES 58). */
function processAddress(
  host: Host,
  { elf, path }: ExecutableFile,
  { point, offset }: { readonly point: { readonly address: bigint }; readonly offset: number },
  pid: number | undefined,
): bigint {
  if (elf.type === ElfConstant.ET_EXEC) return point.address;
  if (pid === undefined || pid === -1) {
    throw new FeatureError("attach cookies, for a file that is loaded anywhere", "5.15", host.release, {
      remedy: "say in which process: { pid }",
    });
  }
  const own = mappingsOf(host, path, pid);
  const mapping = own.find(({ offset: from, size }) => offset >= from && offset < from + size);
  if (mapping === undefined) {
    const found = own.length === 0 ? "no mapping of it" : "only others";
    throw argumentError(
      `expected ${pid === 0 ? "this process" : `process ${pid}`} to have ${path} mapped at offset 0x${offset.toString(16)}, found ${found}`,
    );
  }
  return mapping.address + BigInt(offset - mapping.offset);
}

/** A process's mappings of a file that was found for it: by its path as the process sees it, or by a mapping's own. */
function mappingsOf(host: Host, path: string, pid: number): readonly CodeMapping[] {
  const [, range] = /^\/proc\/[^/]+\/map_files\/(.+)$/.exec(path) ?? [];
  const all = host.codeMappings(pid) ?? [];
  const named = all.find((mapping) => mapping.range === range);
  if (named !== undefined)
    return all.filter((one) => one.path === named.path && one.deleted === named.deleted);
  const [, seen] = /^\/proc\/[^/]+\/root(\/.+)$/.exec(path) ?? [];
  const real = seen ?? host.realPath(path);
  return all.filter((one) => one.path === real && !one.deleted);
}

function missing({ provider, name }: UsdtTarget, notes: readonly UsdtNote[]): TsbpfError {
  if (notes.length === 0) {
    return argumentError(
      "expected USDT points, found none in the file",
      "it was built without them: many packages have an option such as --enable-dtrace, or a variant with them",
    );
  }
  const names = [...new Set(notes.map((note) => `${note.provider}:${note.name}`))];
  // The provider is what people leave out or mistake.
  const elsewhere = notes.find((note) => note.name === name);
  return argumentError(
    `expected a USDT point ${provider}:${name}, found none among ${names.length}`,
    elsewhere === undefined
      ? suggest(`${provider}:${name}`, names)
      : `did you mean "${elsewhere.provider}:${elsewhere.name}"?`,
  );
}
