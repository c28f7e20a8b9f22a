/**
 * Fletcher's checksum over little-endian words of 32 bits, both sums modulo 2³², as 16 hexadecimal digits: against
 * accidents, not against attackers. A change within one word always changes the first sum, words that changed places
 * change the second. Plain additions: before V8 has compiled anything this costs a tenth of a CRC.
 */
export function fletcher(bytes: Uint8Array): string {
  const count = bytes.length >>> 2;
  const aligned = (bytes.byteOffset & 3) === 0 ? bytes : bytes.slice();
  const words = new Int32Array(aligned.buffer, aligned.byteOffset, count);
  let sum = bytes.length;
  let sums = 0;
  for (let at = 0; at < count; at++) {
    sum = (sum + (words[at] ?? 0)) | 0;
    sums = (sums + sum) | 0;
  }
  let tail = 0;
  for (let at = bytes.length - 1; at >= count * 4; at--) tail = (tail << 8) | (bytes[at] ?? 0);
  sum = (sum + tail) | 0;
  sums = (sums + sum) | 0;
  return hex(sums) + hex(sum);
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
