import { helpOption, type Command, type Option } from "../command.ts";

/** An option and how it is written: `--out-dir`, `-o`. */
export interface SpelledOption {
  readonly name: string;
  readonly option: Option;
  readonly spellings: readonly string[];
}

/** A command's options with `--help`, as they are written. */
export function spelledOptions(command: Command): readonly SpelledOption[] {
  return Object.entries({ ...command.options, help: helpOption }).map(([name, option]) => ({
    name,
    option,
    spellings: [`--${name}`, ...(option.short === undefined ? [] : [`-${option.short}`])],
  }));
}

/** What may stand where a command stands. */
export function firstWords(commands: readonly Command[]): readonly string[] {
  return [...commands.map(({ name }) => name), "help", "--help", "--version"];
}

/** The first line of a help text: menus have one line for each. */
export function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}

/** Text in single quotes of a POSIX shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
