import { argumentError } from "../../errors.ts";
import { suggest } from "../../suggestion.ts";

/** How a record answers for a name. */
export interface RecordSource {
  /** `program`, `map`, `variable`. */
  readonly what: string;
  /** Where the names come from: `trace.bpf.o`. */
  readonly owner: string;
  readonly names: readonly string[];
  readonly get: (name: string) => unknown;
  /** undefined: the record is read-only. */
  readonly set?: (name: string, value: unknown) => void;
  /** Why a name that the object has is not there, if that is so. */
  readonly missing?: (name: string) => Error | undefined;
}

/**
 * An object whose properties are the source's names. A name that is not among them is an ARGUMENT error with the name
 * that was probably meant, not `undefined`: a typing error would otherwise show up far from its place.
 */
export function namedRecord(source: RecordSource): object {
  const names = new Set(source.names);
  const unknown = (name: string): Error =>
    source.missing?.(name) ??
    argumentError(`${source.owner}: no ${source.what} "${name}"`, suggest(name, source.names));
  return new Proxy(Object.create(null) as object, {
    get(_, key) {
      // Symbols, `then` and `toJSON` are what the language and its tools ask any object for.
      if (typeof key === "symbol" || (!names.has(key) && (key === "then" || key === "toJSON")))
        return undefined;
      if (!names.has(key)) throw unknown(key);
      return source.get(key);
    },
    set(_, key, value) {
      if (typeof key === "symbol" || !names.has(key)) throw unknown(String(key));
      if (source.set === undefined) throw argumentError(`${source.what} "${key}" cannot be assigned`);
      source.set(key, value);
      return true;
    },
    has: (_, key) => typeof key === "string" && names.has(key),
    ownKeys: () => [...names],
    getOwnPropertyDescriptor(_, key) {
      if (typeof key === "symbol" || !names.has(key)) return undefined;
      // An accessor: to list the names reads no value, which a damaged type could refuse.
      const { set } = source;
      return {
        enumerable: true,
        configurable: true,
        get: () => source.get(key),
        ...(set === undefined ? {} : { set: (value: unknown) => set(key, value) }),
      };
    },
  });
}
