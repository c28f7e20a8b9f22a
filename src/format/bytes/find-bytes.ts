/**
 * Every place of `needle` in `bytes`, by Horspool's algorithm: where a byte cannot be part of a match it skips up to the
 * needle's whole length, so that long names cost less than one look per byte.
 */
export function findBytes(bytes: Uint8Array, needle: Uint8Array): number[] {
  const found: number[] = [];
  const last = needle.length - 1;
  if (last < 0) return found;
  const skip = new Int32Array(256).fill(needle.length);
  for (let index = 0; index < last; index++) skip[needle[index] ?? 0] = last - index;
  const end = needle[last];
  for (let at = last; at < bytes.length;) {
    // `at` is inside: the loop's condition.
    const byte = bytes[at] as number;
    if (byte === end && matches(bytes, at - last, needle)) found.push(at - last);
    at += skip[byte] as number;
  }
  return found;
}

function matches(bytes: Uint8Array, start: number, needle: Uint8Array): boolean {
  for (let index = 0; index < needle.length; index++) {
    if (bytes[start + index] !== needle[index]) return false;
  }
  return true;
}
