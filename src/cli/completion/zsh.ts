import type { Command, Completion } from "../command.ts";
import { firstLine, quoted, spelledOptions, type SpelledOption } from "./spelling.ts";

/** For zsh's own completion system (compinit). */
export function zshScript(commands: readonly Command[]): string {
  const described = commands.map(({ name, summary }) => `    ${quoted(`${name}:${escaped(summary)}`)}`);
  const cases = commands.map((command) => {
    const specs = [...spelledOptions(command).map(optionSpec), positionalSpec(command.completes)];
    return `    ${command.name}) _arguments -s \\\n${specs.map((spec) => `      ${spec}`).join(" \\\n")} ;;`;
  });
  return `#compdef tsbpf
# Completion of tsbpf for zsh: eval "$(tsbpf completion zsh)" after compinit

_tsbpf() {
  local -a commands
  commands=(
${described.join("\n")}
    'help:show the help of a command'
  )
  if ((CURRENT == 2)); then
    _describe command commands
    _arguments '--help[show what there is]' '--version[show the version]'
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
    help) _describe command commands ;;
${cases.join("\n")}
  esac
}

if [[ $funcstack[1] == _tsbpf ]]; then _tsbpf "$@"; else compdef _tsbpf tsbpf; fi
`;
}

/** `'(-o --out-dir)'{-o,--out-dir}'[help]:DIR:_files -/'`; a `+` lets the value follow at once or as next word. */
function optionSpec({ option, spellings }: SpelledOption): string {
  const names = spellings.map((name) =>
    option.value === undefined ? name : name + (name.startsWith("--") ? "=" : "+"),
  );
  const before = option.multiple === true ? quoted("*") : quoted(`(${spellings.join(" ")})`);
  const value = option.value === undefined ? "" : `:${escaped(option.value)}:${action(option.completes)}`;
  const written = names.length === 1 ? (names[0] ?? "") : `{${names.join(",")}}`;
  return `${before}${written}${quoted(`[${escaped(firstLine(option.help))}]${value}`)}`;
}

function positionalSpec(completes: Completion | undefined): string {
  return quoted(`*: :${action(completes)}`);
}

function action(completes: Completion | undefined): string {
  if (completes === undefined) return " ";
  if (completes === "folders") return "_files -/";
  if ("words" in completes) return `(${completes.words.join(" ")})`;
  const { files } = completes;
  // Not "*(.bpf.c)": parentheses at the end of a pattern that hold no | are qualifiers.
  return files.length === 0 ? "_files" : `_files -g "${files.map((ending) => `*${ending}`).join(" ")}"`;
}

/** Colons and brackets end a description. */
function escaped(text: string): string {
  return text.replaceAll(/[\\:[\]]/g, String.raw`\$&`);
}
