import { ByteReader, decodeUtf8 } from "../../format/bytes/index.ts";
import type { CachedLibrary } from "./host.ts";

// glibc's elf/cache.c and sysdeps/generic/dl-cache.h.
const OLD_MAGIC = "ld.so-1.7.0";
const MAGIC = "glibc-ld.so.cache1.1";
const OLD_HEADER = 16;
const OLD_ENTRY = 12;
const HEADER = 48;
const ENTRY = 24;
/** The kind of a library in the second byte of its flags, by Node's names of architectures. */
const kinds: Readonly<Record<string, number>> = {
  x64: 3,
  s390x: 4,
  ppc64: 5,
  arm64: 10,
  riscv64: 16,
  loong64: 17,
};

/**
 * The libraries for an architecture in `/etc/ld.so.cache`, which ldconfig writes and the dynamic linker reads: those of
 * the general kind, without the ones for certain CPUs. Nothing for a cache of another form.
 */
export function parseLibraryCache(bytes: Uint8Array, architecture: string): CachedLibrary[] {
  const start = headerOffset(bytes);
  const cache = new ByteReader(bytes.subarray(start));
  if (cache.length < HEADER || !startsWith(cache.bytes, MAGIC)) return [];
  const count = Math.min(cache.u32(20), Math.floor((cache.length - HEADER) / ENTRY));
  const kind = kinds[architecture];
  const libraries: CachedLibrary[] = [];
  for (let at = HEADER; at < HEADER + count * ENTRY; at += ENTRY) {
    const ofKind = kind === undefined || ((cache.u32(at) >>> 8) & 0xff) === kind;
    if (ofKind && cache.u64(at + 16) === 0n) {
      libraries.push({
        name: text(cache.bytes, cache.u32(at + 4)),
        path: text(cache.bytes, cache.u32(at + 8)),
      });
    }
  }
  return libraries;
}

/** The old form may stand in front of the present one. */
function headerOffset(bytes: Uint8Array): number {
  if (!startsWith(bytes, OLD_MAGIC) || bytes.length < OLD_HEADER) return 0;
  const count = new ByteReader(bytes).u32(12);
  return (OLD_HEADER + count * OLD_ENTRY + 7) & ~7;
}

function startsWith(bytes: Uint8Array, magic: string): boolean {
  return decodeUtf8(bytes.subarray(0, magic.length)) === magic;
}

function text(bytes: Uint8Array, offset: number): string {
  const end = bytes.indexOf(0, offset);
  return decodeUtf8(bytes.subarray(offset, end < 0 ? bytes.length : end));
}
