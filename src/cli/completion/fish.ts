import type { Command, Completion } from "../command.ts";
import { firstLine, spelledOptions } from "./spelling.ts";

/** For fish 3.0 and later. */
export function fishScript(commands: readonly Command[]): string {
  const lines = [
    "# Completion of tsbpf for fish: tsbpf completion fish > ~/.config/fish/completions/tsbpf.fish",
    // fish's own __fish_complete_suffix only sorts the other files to the end.
    "function __tsbpf_files",
    "  set -l endings (string escape --style=regex -- $argv | string join '|')",
    '  __fish_complete_path (commandline -ct) | string match -er "(?:/|$endings)(?:\\t.*)?\\$"',
    "end",
    "complete -c tsbpf -f",
    "complete -c tsbpf -n __fish_use_subcommand -l help -s h -d 'show what there is'",
    "complete -c tsbpf -n __fish_use_subcommand -l version -s V -d 'show the version'",
    `complete -c tsbpf -n __fish_use_subcommand -a help -d 'show the help of a command'`,
  ];
  const names = commands.map(({ name }) => name).join(" ");
  lines.push(`complete -c tsbpf -n '__fish_seen_subcommand_from help' -a ${quoted(names)}`);
  for (const command of commands) {
    lines.push(`complete -c tsbpf -n __fish_use_subcommand -a ${command.name} -d ${quoted(command.summary)}`);
    const here = `complete -c tsbpf -n '__fish_seen_subcommand_from ${command.name}'`;
    for (const { name, option } of spelledOptions(command)) {
      const short = option.short === undefined ? "" : ` -s ${option.short}`;
      // -x: the value is what is offered, or free text, but no file's name.
      const value = option.value === undefined ? "" : ` -x${action(option.completes)}`;
      lines.push(`${here} -l ${name}${short}${value} -d ${quoted(firstLine(option.help))}`);
    }
    if (command.completes !== undefined) lines.push(here + action(command.completes));
  }
  return `${lines.join("\n")}\n`;
}

function action(completes: Completion | undefined): string {
  if (completes === undefined) return "";
  if (completes === "folders") return " -a '(__fish_complete_directories)'";
  if ("words" in completes) return ` -a ${quoted(completes.words.join(" "))}`;
  if (completes.files.length === 0) return " -a '(__fish_complete_path (commandline -ct))'";
  return ` -a '(__tsbpf_files ${completes.files.join(" ")})'`;
}

/** fish's single quotes: only the quote and the backslash mean anything in them. */
function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}
