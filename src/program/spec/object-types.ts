/**
 * What TypeScript knows of an object's names and types: a generated module supplies one, so that
 * `object.programs.NAME`, `object.maps.NAME` and `object.variables.NAME` are literal and typed.
 */
export interface ObjectTypes {
  /** Program name → its program type, such as `"tracepoint"`. */
  readonly programs: { readonly [name: string]: string };
  /** Map name → its types; data sections under their own names. */
  readonly maps: { readonly [name: string]: MapTypes };
  /** Variable name → its value's type. */
  readonly variables: { readonly [name: string]: unknown };
}

/** The types around one map. */
export interface MapTypes {
  /** Such as `"hash"`. */
  readonly type: string;
  /** What `get`, `set` and `delete` take as key. */
  readonly key: unknown;
  /** What `get` returns and `set` takes; of one CPU in per-CPU maps. */
  readonly value: unknown;
  /** The records of a ring or perf buffer; `Uint8Array` where the source declares none. */
  readonly event: unknown;
}
