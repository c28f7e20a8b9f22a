import { MalformedError } from "../../errors.ts";

/** Bytes that are fetched piece by piece, so that of a large file only what is needed is read. */
export interface ByteSource {
  /** Bytes in all. */
  readonly size: number;
  /** Exactly `length` bytes from `offset`; a {@link MalformedError} if they are not all there. */
  read(offset: number, length: number): Uint8Array;
}

/** Bytes in memory as a source; what it gives are views. */
export function arraySource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: (offset, length) => {
      requireInside(offset, length, bytes.length);
      return bytes.subarray(offset, offset + length);
    },
  };
}

/** A part of a source as a source of its own. */
export function partOf(source: ByteSource, start: number, size: number): ByteSource {
  requireInside(start, size, source.size);
  return {
    size,
    read: (offset, length) => {
      requireInside(offset, length, size);
      return source.read(start + offset, length);
    },
  };
}

/**
 * A source for many small reads close together: it fetches whole blocks and keeps the last one. What it gives are views
 * that stay valid.
 */
export function bufferedSource(source: ByteSource, blockSize = 4096): ByteSource {
  let start = 0;
  let block = new Uint8Array(0);
  return {
    size: source.size,
    read: (offset, length) => {
      if (length > blockSize) return source.read(offset, length);
      if (offset < start || offset + length > start + block.length) {
        requireInside(offset, length, source.size);
        start = offset;
        block = source.read(offset, Math.min(blockSize, source.size - offset)).slice();
      }
      return block.subarray(offset - start, offset - start + length);
    },
  };
}

/** Pieces of `size` bytes of a source from `offset` on, with the place of each. Each overlaps the next by `overlap`. */
export function* piecesOf(
  source: ByteSource,
  offset: number,
  size: number,
  { piece = 1 << 20, overlap = 0 }: { readonly piece?: number; readonly overlap?: number } = {},
): Generator<{ readonly offset: number; readonly bytes: Uint8Array }> {
  requireInside(offset, size, source.size);
  for (let at = 0; at < size; at += piece) {
    yield { offset: offset + at, bytes: source.read(offset + at, Math.min(piece + overlap, size - at)) };
  }
}

/** Refuses what does not lie inside `size` bytes. */
export function requireInside(offset: number, length: number, size: number): void {
  if (offset >= 0 && length >= 0 && offset + length <= size) return;
  throw new MalformedError(`${length} bytes`, `the end at ${size}`, offset);
}
