/**
 * The source text of codecs, one generator for both uses: at run time compiled with `new Function`, in a generated
 * module written down, there with type annotations.
 */
import { DecodeWriter } from "./generate-decode.ts";
import { EncodeWriter } from "./generate-encode.ts";
import type { Shape } from "./shape.ts";
import { cursorSymbols, indent, SourceText, type TypedNames } from "./source-text.ts";

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

  /** An expression that makes the codec of a shape; its functions are in {@link text}. */
  codec(shape: Shape, name: string, alignment: 4 | 8): string {
    const { source } = this;
    const type = source.type(shape);
    const cursor =
      shape.kind === "composite"
        ? `return new ${this.decoders.cursorClass(shape, alignment)}(m);`
        : `throw cursorRefusal(${JSON.stringify(name)});`;
    if (shape.kind !== "composite") source.support("cursorRefusal");
    const flexible = shape.kind === "composite" && shape.flexible !== undefined;
    return [
      "{",
      `  size: ${shape.size},`,
      `  alignment: ${alignment},`,
      `  flexible: ${flexible},`,
      `  decode(m${source.t("Memory")}, o${source.t("number")}, n${source.ts("?: number")})${source.t(type)} {`,
      ...indent(indent(this.decoders.root(shape, alignment))),
      "  },",
      `  encode(v${source.t(type)}, m${source.t("Memory")}, o${source.t("number")})${source.t("void")} {`,
      ...indent(indent(this.encoders.root(shape, name, alignment))),
      "  },",
      `  cursor(m${source.t("Memory")})${source.t(`Cursor<${type}>`)} {`,
      `    ${cursor}`,
      "  },",
      "}",
    ].join("\n");
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
