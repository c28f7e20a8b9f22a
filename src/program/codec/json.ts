/** What a decoded value is as JSON: nothing in it that `JSON.stringify` refuses or loses. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/**
 * A decoded value made ready for `JSON.stringify`: bigints are numbers as long as a number holds them exactly, else
 * decimal strings; bytes are hex; NaN and infinities are their names. Member names stay those of the C source.
 */
export function toJson(value: unknown): JsonValue {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "bigint": {
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : value.toString();
    }
    case "object": {
      if (value === null) return null;
      if (value instanceof Uint8Array) return hex(value);
      if (Array.isArray(value)) return value.map(toJson);
      // fromEntries defines members, so that one called __proto__ stays a member.
      return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, toJson(member)]));
    }
    default:
      return null;
  }
}

function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}
