import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { PreprocessedLine } from "./preprocess.ts";

/** A program that was written with a macro, and what the preprocessor made of its head. */
export interface ExpandedProgram {
  readonly name: string;
  /** As written: `BPF_KPROBE(open, int flags)`. */
  readonly written: string;
  /** As compiled, one declaration or statement a line, up to the body. */
  readonly expanded: readonly string[];
}

/** Where a macro of the command line decided what was compiled. */
export interface MacroUse {
  readonly macro: string;
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** The heads of programs that macros such as BPF_PROG, BPF_KPROBE and BPF_USDT wrote. */
export function expandPrograms(source: string, lines: readonly PreprocessedLine[]): ExpandedProgram[] {
  const found: ExpandedProgram[] = [];
  for (const match of source.matchAll(/\b(BPF_[A-Z0-9_]+)\s*\(\s*(\w+)[^{;]*?\)\s*\{/g)) {
    const [text, macro = "", name = ""] = match;
    if (/^\s*#/.test(source.slice(source.lastIndexOf("\n", match.index) + 1, match.index))) continue;
    const first = lineAt(source, match.index);
    const last = lineAt(source, match.index + text.length - 1);
    const made = lines
      .filter(({ line, text: code }) => line >= first && line <= last && !code.startsWith("#pragma"))
      .map(({ text: code }) => code.trim())
      .join(" ");
    // A macro that is not one in this source, or makes no function of its first argument.
    if (made === "" || made.includes(`${macro}(`) || !made.includes(`____${name}`)) continue;
    const head = made.slice(0, made.lastIndexOf("{")).trim();
    found.push({
      name,
      written: text.slice(0, -1).trim().replaceAll(/\s+/g, " "),
      expanded: statements(head),
    });
  }
  return found;
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

/** Breaks C at the semicolons and braces that stand outside of all parentheses. */
export function statements(code: string): string[] {
  const lines: string[] = [];
  let current = "";
  let depth = 0;
  let indent = 0;
  const flush = (): void => {
    const text = current.trim().replaceAll(/\s+/g, " ");
    if (text !== "") lines.push("    ".repeat(indent) + text);
    current = "";
  };
  for (const character of code) {
    if (character === "(") depth++;
    if (character === ")") depth--;
    if (depth === 0 && character === "}") {
      flush();
      indent--;
    }
    current += character;
    if (depth === 0 && ";{}".includes(character)) {
      flush();
      if (character === "{") indent++;
    }
  }
  flush();
  return lines;
}

/** The first place where each macro of the command line is asked for in the files that were read. */
export function macroUses(
  defines: readonly string[],
  files: readonly string[],
  directory: string,
): MacroUse[] {
  const uses = new Map<string, MacroUse>();
  for (const file of files) {
    const lines = readFileSync(resolve(directory, file), "utf8").split("\n");
    for (const [index, text] of lines.entries()) {
      if (!/^\s*#\s*(if|elif)/.test(text)) continue;
      for (const macro of defines) {
        if (uses.has(macro) || !new RegExp(`\\b${macro}\\b`).test(text)) continue;
        uses.set(macro, { macro, file, line: index + 1, text: text.trim() });
      }
    }
  }
  return [...uses.values()];
}
