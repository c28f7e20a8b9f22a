/**
 * The source text of codecs, one generator for both uses: at run time compiled with `new Function`, in a generated
 * module written down, there with type annotations.
 */
import { DecodeWriter } from "./generate-decode.ts";
import { EncodeWriter } from "./generate-encode.ts";
import type { Shape } from "./shape.ts";
import { cursorSymbols, indent, SourceText, type TypedNames } from "./source-text.ts";

/** The methods of a codec, in the order in which they are written. */
const methods = ["decode", "encode", "cursor"] as const;
/** A method of a codec. */
export type CodecMethod = (typeof methods)[number];

/** Writes codecs; what they share is written once. */
export class SourceWriter {
  private readonly source: SourceText;
  private readonly decoders: DecodeWriter;
  private readonly encoders: EncodeWriter;

  /** With `typed` the text is TypeScript; `reserved` names are left alone. */
  constructor(typed?: TypedNames, reserved: Iterable<string> = []) {
    this.source = new SourceText(typed, reserved);
    this.decoders = new DecodeWriter(this.source);
    this.encoders = new EncodeWriter(this.source);
  }

  /** An expression that makes the codec of a shape; what it needs is in {@link text}. */
  codec(shape: Shape, name: string, alignment: 4 | 8): string {
    return [
      "{",
      `  size: ${shape.size},`,
      `  alignment: ${alignment},`,
      `  flexible: ${isFlexible(shape)},`,
      ...methods.map((which) => `${indent(this.method(which, shape, name, alignment)).join("\n")},`),
      "}",
    ].join("\n");
  }

  /** One method of the codec of a shape, in the form of an object literal's; what it needs is in {@link text}. */
  method(which: CodecMethod, shape: Shape, name: string, alignment: 4 | 8): string[] {
    const { source } = this;
    const type = source.type(shape);
    const memory = `m${source.t("Memory")}`;
    const offset = `o${source.t("number")}`;
    switch (which) {
      case "decode":
        return [
          `decode(${memory}, ${offset}, n${source.ts("?: number")})${source.t(type)} {`,
          ...indent(this.decoders.root(shape, alignment)),
          "}",
        ];
      case "encode":
        return [
          `encode(v${source.t(type)}, ${memory}, ${offset})${source.t("void")} {`,
          ...indent(this.encoders.root(shape, name, alignment)),
          "}",
        ];
      default: {
        const body =
          shape.kind === "composite"
            ? `return new ${this.decoders.cursorClass(shape, alignment)}(m);`
            : `throw ${source.support("cursorRefusal")}(${JSON.stringify(name)});`;
        return [`cursor(${memory})${source.t(`Cursor<${type}>`)} {`, `  ${body}`, "}"];
      }
    }
  }

  /** The declarations that the codecs so far need; they come before the codecs. */
  text(): string {
    return this.source.text();
  }

  /** What TypeScript text must import from tsbpf by name, beside `codecSupport as s` and types. */
  imports(): readonly string[] {
    return this.source.usesCursors ? cursorSymbols : [];
  }
}

/** Whether a shape ends in a flexible array. */
export function isFlexible(shape: Shape): boolean {
  return shape.kind === "composite" && shape.flexible !== undefined;
}
