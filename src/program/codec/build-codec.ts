import { ErrorCode, TsbpfError, within } from "../../errors.ts";
import { hostIsLittleEndian } from "../../format/abi/index.ts";
import type { Btf } from "../../format/btf/index.ts";
import { SourceWriter } from "./generate-source.ts";
import { shapeOf } from "./shape.ts";
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
 * The codec of a type, compiled now: some 0.1 ms, so keep it. `T` is the caller's claim about the type.
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
  const source = new SourceWriter();
  const codec = within(`codec of "${name}"`, () => source.codec(shape, name, options.alignment ?? 8));
  return compile(`"use strict";\n${source.text()}\nreturn ${codec};`, name) as Codec<T>; // as the caller says
}

function compile(text: string, name: string): unknown {
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
