import { ErrorCode, TsbpfError } from "../../errors.ts";
import { hostIsLittleEndian } from "../../format/abi/index.ts";
import type { Btf } from "../../format/btf/index.ts";
import { isFlexible, SourceWriter, type CodecMethod } from "./generate-source.ts";
import { shapeOf, type Shape } from "./shape.ts";
import * as support from "./support.ts";
import type { Codec } from "./types.ts";

/** How a codec is built. */
export interface CodecOptions {
  /**
   * What every offset is a multiple of: 8 (the default: ring buffers, map values) or 4 (perf buffers, RULES 75).
   */
  readonly alignment?: 4 | 8;
}

/**
 * The codec of a type, compiled now (some 0.1 ms, cold 2 ms), so keep it. `T` is the caller's claim about the type.
 *
 * UNSUPPORTED: a big-endian object, a type without a size, or a JavaScript engine that may not compile strings.
 */
export function buildCodec<T = unknown>(btf: Btf, typeId: number, options: CodecOptions = {}): Codec<T> {
  if (!btf.littleEndian || !hostIsLittleEndian) {
    throw new TsbpfError(
      ErrorCode.UNSUPPORTED,
      "expected a little-endian object on a little-endian machine, found big endian",
    );
  }
  const shape = shapeOf(btf, typeId);
  const name = (shape.kind === "composite" ? shape.name : btf.name(typeId)) || "value";
  const alignment = options.alignment ?? 8;
  const make = (which: CodecMethod): unknown => compile(which, shape, name, alignment);
  // Each method is compiled when it is wanted: readers only decode, and the first event should come soon.
  let encode: Codec<T>["encode"] | undefined;
  let cursor: Codec<T>["cursor"] | undefined;
  return {
    size: shape.size,
    alignment,
    flexible: isFlexible(shape),
    // The casts: as the generator writes them, and as the caller says of T.
    decode: make("decode") as Codec<T>["decode"],
    encode(value, memory, offset) {
      (encode ??= make("encode") as Codec<T>["encode"])(value, memory, offset);
    },
    cursor(memory) {
      return (cursor ??= make("cursor") as Codec<T>["cursor"])(memory);
    },
  };
}

function compile(which: CodecMethod, shape: Shape, name: string, alignment: 4 | 8): unknown {
  const source = new SourceWriter();
  const method = source.method(which, shape, name, alignment).join("\n");
  const text = `"use strict";\n${source.text()}\nreturn ({${method}}).${which};`;
  let make: (s: typeof support) => unknown;
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- the point: names in the text are quoted or checked
    make = new Function("s", text) as typeof make; // Function's own type says nothing
  } catch (error) {
    throw new TsbpfError(
      ErrorCode.UNSUPPORTED,
      `expected a JavaScript engine that compiles strings, for the codec of "${name}"`,
      {
        cause: error,
        remedy:
          "use the generated module NAME.bpf.gen.ts (tsbpf build), which holds the same code, or run without --disallow-code-generation-from-strings",
      },
    );
  }
  return make(support);
}
