import type { MapType } from "../../format/abi/index.ts";
import { sizeOf, type Btf } from "../../format/btf/index.ts";
import type { Codec } from "../../program/codec/index.ts";
import {
  emptyElement,
  fdElement,
  hasIndexKey,
  holdsFds,
  isPerCpu,
  numberElement,
  perCpuElement,
  rawElement,
  type ElementCodec,
} from "./element-codecs.ts";
import { typedElement } from "./typed-element.ts";

/** What decides how keys and values look. */
export interface ElementTypes {
  readonly type: MapType;
  /** Bytes. */
  readonly keySize: number;
  /** Bytes of one value (of one CPU). */
  readonly valueSize: number;
  readonly btf: Btf | undefined;
  /** Type ids in `btf`; 0 = none. */
  readonly keyType: number;
  readonly valueType: number;
  /** Possible CPUs. */
  readonly cpus: number;
  /** Ready-made codecs, instead of those compiled from BTF. */
  readonly keyCodec?: Codec | undefined;
  readonly valueCodec?: Codec | undefined;
}

/** How keys and values look: numbers for indexes and fds, values by BTF, bytes where nothing describes them. */
export function mapCodecs(types: ElementTypes): { key: ElementCodec; value: ElementCodec } {
  const { type, keySize, valueSize, keyCodec, valueCodec } = types;
  const key =
    hasIndexKey(type) && keySize === 4 ? numberElement : element(types, types.keyType, keySize, keyCodec);
  if (holdsFds(type) && valueSize === 4) return { key: key, value: fdElement };
  const value = element(types, types.valueType, valueSize, valueCodec);
  return { key: key, value: isPerCpu(type) ? perCpuElement(value, types.cpus) : value };
}

function element({ btf }: ElementTypes, type: number, size: number, given: Codec | undefined): ElementCodec {
  if (size === 0) return emptyElement;
  // A data section's type is a list of variables, which are read one by one.
  const isTyped =
    btf !== undefined && type !== 0 && btf.kind(type) !== "datasec" && sizeOf(btf, type) === size;
  return isTyped ? typedElement(btf, type, size, given) : rawElement(size);
}
