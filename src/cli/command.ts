import { parseArgs } from "node:util";
import { argumentError } from "../errors.ts";
import { nearest } from "../suggestion.ts";

/** A command as data: what it takes, what it says of itself, what it does. */
export interface Command {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** What follows the name: `FILE [options]`. */
  readonly usage: string;
  readonly options: Readonly<Record<string, Option>>;
  /** What the words that are no options are, for the shell's completion; default: nothing to complete. */
  readonly completes?: Completion;
  /** Lines to try, each with what it does. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  /** What its exit statuses say, where that is more than {@link exits}. */
  readonly exits?: Readonly<Record<number, string>>;
  /** The exit status. */
  run(input: Input): Promise<number>;
}

export interface Option {
  /** What stands for the value in the help; undefined: a switch without a value. */
  readonly value?: string;
  readonly short?: string;
  /** May be given several times. */
  readonly multiple?: boolean;
  /** What its value is, for the shell's completion; default: nothing to complete. */
  readonly completes?: Completion;
  /** The value may be left out, and stands behind `=` if it is there. */
  readonly optional?: boolean;
  readonly help: string;
}

/** What a shell offers: files that end so (none named: any), folders, or these words. */
export type Completion =
  | { readonly files: readonly string[] }
  | { readonly words: readonly string[] }
  | "folders";

/** Every command's exit statuses. */
export const exits: Readonly<Record<number, string>> = {
  0: "done",
  1: "refused or failed",
  2: "the command line is wrong",
};

/** The parsed command line. */
export interface Input {
  readonly positionals: readonly string[];
  /** The last value of an option. */
  text(option: string): string | undefined;
  /** All values of an option that may be given several times. */
  texts(option: string): readonly string[];
  /** Whether a switch is on. */
  on(option: string): boolean;
}

export const helpOption: Option = { short: "h", help: "show this help" };

/** Reads the words after a command's name; an unknown option is refused with the nearest known one. */
export function parseCommandLine(command: Command, words: readonly string[]): Input {
  const options = { ...command.options, help: helpOption };
  const config = Object.fromEntries(
    Object.entries(options).map(([name, option]) => [
      name,
      {
        type:
          option.value === undefined || option.optional === true ? ("boolean" as const) : ("string" as const),
        multiple: true,
        ...(option.short === undefined ? {} : { short: option.short }),
      },
    ]),
  );
  // Not strict: parseArgs' own refusals know no suggestion.
  const { tokens, positionals } = parseArgs({
    args: withTwoDashes(words, options),
    options: config,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const given = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const option: Option | undefined = Object.hasOwn(options, token.name)
      ? options[token.name as "help"]
      : undefined;
    if (option === undefined) {
      throw argumentError(`unknown option ${token.rawName}`, optionRemedy(command, token.rawName));
    }
    if (option.value === undefined && token.value !== undefined)
      throw argumentError(`option --${token.name} takes no value, found "${token.value}"`);
    const isComplete = option.optional === true || (token.value !== undefined && token.value !== "");
    if (option.value !== undefined && !isComplete)
      throw argumentError(`option --${token.name} expects ${option.value}, found nothing`);
    const values = given.get(token.name) ?? [];
    if (values.length > 0 && option.value !== undefined && option.multiple !== true)
      throw argumentError(`option --${token.name} was given twice`);
    given.set(token.name, [...values, token.value ?? ""]);
  }
  return {
    positionals,
    text: (name) => given.get(name)?.at(-1),
    texts: (name) => given.get(name) ?? [],
    on: (name) => given.has(name),
  };
}

/** Who types the compiler's spelling, `-iquote DIR` or `-mcpu=v2`, means the option of that name, not a row of short ones. */
function withTwoDashes(words: readonly string[], options: Command["options"]): string[] {
  const named = (word: string): Option | undefined => {
    const name = /^--?([^=]+)/.exec(word)?.[1] ?? "";
    return name.length > 1 && Object.hasOwn(options, name) ? options[name] : undefined;
  };
  let isValue = false;
  return words.map((word) => {
    const option = isValue ? undefined : named(word);
    isValue = option?.value !== undefined && !word.includes("=");
    return option !== undefined && !word.startsWith("--") ? `-${word}` : word;
  });
}

/** The nearest option; of short ones, `-Wall`, compilers have many more than we. */
function optionRemedy(command: Command, word: string): string {
  const names = Object.keys({ ...command.options, help: helpOption }).map((name) => `--${name}`);
  const near = word.startsWith("--") ? nearest(word, names) : undefined;
  if (near !== undefined) return `did you mean "${near}"?`;
  if (!word.startsWith("--") && Object.hasOwn(command.options, "cflag"))
    return `a flag for the compiler goes behind --cflag: --cflag ${word}…`;
  return `tsbpf ${command.name} --help lists the options`;
}

/** Columns of the help: those of a usual terminal, also where it is read through a pager. */
const WIDTH = 80;

/** The text of `tsbpf COMMAND --help`. */
export function commandHelp(command: Command): string {
  const rows = Object.entries({ ...command.options, help: helpOption }).map(([name, option]) => {
    const short = option.short === undefined ? "    " : `-${option.short}, `;
    const shown = option.optional === true ? `[=${option.value}]` : ` ${option.value}`;
    const value = option.value === undefined ? "" : shown;
    return [`  ${short}--${name}${value}`, option.help] as const;
  });
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  const usage = wrap(`tsbpf ${command.name} ${command.usage}`, WIDTH - 7);
  const lines = [
    ...wrap(command.summary, WIDTH),
    "",
    ...usage.map((line, index) => `${index === 0 ? "Usage: " : "       "}${line}`),
    "",
    "Options:",
  ];
  for (const [left, right] of rows) {
    const texts = right.split("\n").flatMap((line) => wrap(line, WIDTH - width));
    lines.push(...texts.map((text, index) => `${(index === 0 ? left : "").padEnd(width)}${text}`));
  }
  lines.push("", "Examples:");
  for (const [line, what] of command.examples) lines.push(`  # ${what}`, `  ${line}`, "");
  lines.push("Exit status:");
  for (const [status, what] of Object.entries({ ...exits, ...command.exits }))
    lines.push(`  ${status}  ${what}`);
  lines.push("");
  return lines.join("\n");
}

/** Lines of at most `width` columns; what has columns of its own goes on below its last one. */
function wrap(text: string, width: number): string[] {
  const indent = /^\S+ {2,}/.exec(text)?.[0].length ?? 0;
  const lines: string[] = [];
  let line = text.slice(0, indent);
  let isEmpty = true;
  for (const word of text.slice(indent).split(/ +/)) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = " ".repeat(indent);
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}
