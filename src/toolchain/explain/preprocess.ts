import { parseLineMarker } from "../clang/index.ts";

/** A line of preprocessed C and where it came from. */
export interface PreprocessedLine {
  readonly text: string;
  readonly file: string;
  /** 1-based. */
  readonly line: number;
}

/** An include directive that the preprocessor met. */
export interface IncludeDirective {
  /** The file with the directive, as the compiler names it. */
  readonly from: string;
  readonly line: number;
  /** The name between the quotes or angle brackets. */
  readonly name: string;
  readonly isQuoted: boolean;
  /** The file that was read for it; undefined: its guard says that it was read before. */
  readonly found: string | undefined;
}

/** What the preprocessor made of a source. */
export interface Preprocessed {
  readonly includes: readonly IncludeDirective[];
  /** The lines that came from the source itself. */
  readonly lines: readonly PreprocessedLine[];
}

/**
 * Reads what `clang -E -dI` prints: line markers (`# 12 "file" 1`, with 1 for a file that begins and 2 for one that goes
 * on), include directives as they stood, code.
 */
export function parsePreprocessed(text: string, source: string): Preprocessed {
  const includes: IncludeDirective[] = [];
  const lines: PreprocessedLine[] = [];
  let file = "";
  let line = 0;
  let open: Omit<IncludeDirective, "found"> | undefined;
  const close = (found: string | undefined): void => {
    if (open !== undefined) includes.push({ ...open, found });
    open = undefined;
  };
  for (const current of text.split("\n")) {
    const marker = current.startsWith("#") ? parseLineMarker(current) : undefined;
    if (marker !== undefined) {
      if (marker.step !== undefined) close(marker.step === "1" ? marker.file : undefined);
      ({ file, line } = marker);
      continue;
    }
    const directive = /^#include ([<"])([^>"]+)[>"] /.exec(current);
    if (directive !== null) {
      close(undefined);
      open = { from: file, line, name: directive[2] ?? "", isQuoted: directive[1] === '"' };
    } else if (current.trim() !== "") {
      close(undefined);
      if (file === source) lines.push({ text: current, file, line });
    }
    line++;
  }
  close(undefined);
  return { includes, lines };
}
