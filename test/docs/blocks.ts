// The code of the documentation. Shared by the type checks (vitest, no root) and the runs (node:test, root).
//
//   ```c NAME.bpf.c      a BPF program; the TypeScript of the same document can import ./NAME.bpf.gen.ts
//   ```ts                type-checked together with the other ts blocks of its section (of one `##`), in their order
//   ```ts run            … and executed as root; it must end by itself with status 0
//   ```ts run ctrl-c     … which is sent a SIGINT after two seconds
//   ```text output       what the section's code prints: `…` stands for anything within a line, a line `…` for lines
//   ```sh                its `tsbpf` command lines must parse
//   ```sh run            … and be executed, with `text output` the same way
import { readFileSync, readdirSync } from "node:fs";

export interface Block {
  readonly language: string;
  /** What follows the language in the info string. */
  readonly words: readonly string[];
  readonly code: string;
  /** 1-based line of the code's first line. */
  readonly line: number;
  readonly section: string;
}

/** The documents whose code is tested, as paths from the root of the repository. */
export function documents(root: URL): string[] {
  const docs = readdirSync(new URL("docs/", root)).filter((name) => name.endsWith(".md"));
  return ["README.md", ...docs.sort().map((name) => `docs/${name}`)];
}

/** All fenced blocks of a document. */
export function readBlocks(root: URL, document: string): Block[] {
  const blocks: Block[] = [];
  let section = "";
  let open: { language: string; words: string[]; lines: string[]; line: number } | undefined;
  for (const [index, text] of readFileSync(new URL(document, root), "utf8").split("\n").entries()) {
    if (open === undefined) {
      if (text.startsWith("## ")) section = text.slice(3);
      if (!text.startsWith("```")) continue;
      const [language = "", ...words] = text.slice(3).trim().split(/\s+/);
      open = { language, words, lines: [], line: index + 2 };
    } else if (text === "```") {
      const { language, words, lines, line } = open;
      blocks.push({ language, words, code: `${lines.join("\n")}\n`, line, section });
      open = undefined;
    } else open.lines.push(text);
  }
  if (open !== undefined) throw new Error(`${document}:${open.line}: a code block is not closed`);
  return blocks;
}

/** A program that a section's blocks make. */
export interface DocumentedProgram {
  readonly document: string;
  readonly language: "ts" | "sh";
  readonly section: string;
  /** 1-based line where its first block starts. */
  readonly line: number;
  /** Blank lines stand where the prose is, so that a message's line is the document's. */
  readonly code: string;
  readonly run: boolean;
  readonly interrupt: boolean;
  readonly output: string | undefined;
}

/** The programs of one language in a document, one for each section that has any. */
export function programsOf(
  document: string,
  blocks: readonly Block[],
  language: "ts" | "sh",
): DocumentedProgram[] {
  const programs: DocumentedProgram[] = [];
  for (const section of new Set(blocks.map((block) => block.section))) {
    // Command lines stand alone: those that are only shown (they need files of the reader) are not executed.
    const own = blocks.filter(
      (block) =>
        block.section === section &&
        block.language === language &&
        (language === "ts" || block.words.includes("run")),
    );
    const [first] = own;
    if (first === undefined) continue;
    const lines: string[] = [];
    for (const { code, line } of own) {
      while (lines.length < line - 1) lines.push("");
      lines.push(...code.trimEnd().split("\n"));
    }
    const outputs = blocks.filter(
      (block) => block.section === section && block.language === "text" && block.words[0] === "output",
    );
    const words = own.flatMap((block) => block.words);
    programs.push({
      document,
      language,
      section,
      line: first.line,
      code: `${lines.join("\n")}\n`,
      run: words.includes("run"),
      interrupt: words.includes("ctrl-c"),
      output: outputs.length === 0 ? undefined : outputs.map((block) => block.code).join(""),
    });
  }
  return programs;
}

/** The BPF programs of a document by file name. */
export function cSources(blocks: readonly Block[]): Map<string, string> {
  const sources = new Map<string, string>();
  for (const { language, words, code } of blocks) {
    const name = language === "c" ? words.find((word) => word.endsWith(".bpf.c")) : undefined;
    if (name !== undefined) sources.set(name, code);
  }
  return sources;
}

/** Whether what was printed is what the document shows. */
export function matchesOutput(shown: string, printed: string): boolean {
  const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const lines = shown.trimEnd().split("\n");
  const pattern = lines.map((line) =>
    line.trim() === "…" ? "(?:.*\\n)*?" : `${line.trimEnd().split("…").map(escape).join(".*")}[ ]*\\n`,
  );
  return new RegExp(`^${pattern.join("")}\\s*$`).test(`${printed.trimEnd()}\n`);
}
