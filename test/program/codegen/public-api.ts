// What a generated module imports from "tsbpf", for tests that do not need the kernel floor.
import type { Codec } from "../../../src/program/codec/index.ts";
import type { ObjectTypes } from "../../../src/program/spec/index.ts";

export {
  codecSupport,
  cursorLength,
  cursorOffset,
  type Codec,
  type Cursor,
  type Memory,
} from "../../../src/program/codec/index.ts";

export interface ObjectSource {
  readonly name: string;
  readonly size: number;
  readonly checksum: string;
  readonly lz4: string;
  readonly codecs?: Readonly<Record<string, Codec>>;
}
export interface EmbeddedObject<T extends ObjectTypes> extends ObjectSource {
  /** For the type checker alone. */
  readonly types?: T;
}
export function embeddedObject<T extends ObjectTypes>(source: ObjectSource): EmbeddedObject<T> {
  return source;
}
