import type { Btf } from "../../format/btf/index.ts";
import { buildCodec, type Codec, type Memory } from "../../program/codec/index.ts";
import { elementMemory, type ElementCodec } from "./element-codecs.ts";

/**
 * A codec by BTF, compiled when it is first used: an object may have many maps and variables that nobody reads.
 * Elements stand anywhere in their memory (packed batches, variables in a section) while compiled codecs want
 * multiples of 4 or 8: what stands elsewhere is moved to a scratch place first.
 */
export function typedElement<T>(
  btf: Btf,
  type: number,
  size: number,
  given?: Codec<T>,
  place: number = size,
): ElementCodec<T> {
  // Generated modules compile their codecs by the size (codegen's roles), which is all they know of the place.
  const alignment = (given === undefined ? place : size) % 8 === 0 ? 8 : 4;
  let codec: Codec<T> | undefined = given;
  let scratch: Memory | undefined;
  const ready = (): Codec<T> => (codec ??= buildCodec<T>(btf, type, { alignment }));
  const aside = (): Memory => (scratch ??= elementMemory(size));
  return {
    size,
    decode(memory, offset) {
      if (offset % alignment === 0) return ready().decode(memory, offset);
      const copy = aside();
      copy.u8.set(memory.u8.subarray(offset, offset + size));
      return ready().decode(copy, 0);
    },
    encode(value, memory, offset) {
      if (offset % alignment === 0) return ready().encode(value, memory, offset);
      const copy = aside();
      ready().encode(value, copy, 0);
      memory.u8.set(copy.u8.subarray(0, size), offset);
    },
  };
}
