/** Base64 (RFC 4648) without Buffer or btoa, which the paper floors do not have. */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The bytes as base64, in lines of `width` characters (a multiple of 4). */
export function base64Lines(bytes: Uint8Array, width = 116): string[] {
  const lines: string[] = [];
  const step = (width / 4) * 3;
  for (let at = 0; at < bytes.length; at += step) lines.push(base64(bytes.subarray(at, at + step)));
  return lines;
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const bits = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text += (ALPHABET[bits >> 18] ?? "") + (ALPHABET[(bits >> 12) & 63] ?? "");
    text += left > 1 ? (ALPHABET[(bits >> 6) & 63] ?? "") : "=";
    text += left > 2 ? (ALPHABET[bits & 63] ?? "") : "=";
  }
  return text;
}
