import type { Command, Completion } from "../command.ts";
import { firstWords, quoted, spelledOptions } from "./spelling.ts";

/** For bash 3.2 and later; it needs no bash-completion. */
export function bashScript(commands: readonly Command[]): string {
  const values: string[] = [];
  const words: string[] = [];
  for (const command of commands) {
    const options = spelledOptions(command);
    for (const { option, spellings } of options) {
      if (option.value === undefined) continue;
      const patterns = spellings.map((spelling) => quoted(`${command.name} ${spelling}`)).join("|");
      values.push(`    ${patterns}) ${action(option.completes)}; return ;;`);
    }
    const all = options.flatMap(({ spellings }) => spellings).join(" ");
    words.push(
      `    ${command.name})`,
      `      if [[ $cur == -* ]]; then _tsbpf_words ${quoted(all)}`,
      `      else ${action(command.completes)}; fi ;;`,
    );
  }
  const first = firstWords(commands).join(" ");
  const names = commands.map(({ name }) => name).join(" ");
  return `# Completion of tsbpf for bash: eval "$(tsbpf completion bash)"

_tsbpf_words() {
  COMPREPLY=($(compgen -W "$1" -- "$cur"))
}

_tsbpf_folders() {
  local name
  compopt -o filenames 2>/dev/null
  while IFS= read -r name; do COMPREPLY+=("$name"); done < <(compgen -d -- "$cur")
}

# Files with one of these endings (none: all), and the folders on the way to them.
_tsbpf_files() {
  local name ending
  _tsbpf_folders
  while IFS= read -r name; do
    [[ -d $name ]] && continue
    (($# == 0)) && COMPREPLY+=("$name")
    for ending in "$@"; do
      if [[ $name == *"$ending" ]]; then COMPREPLY+=("$name"); break; fi
    done
  done < <(compgen -f -- "$cur")
}

_tsbpf() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then _tsbpf_words ${quoted(first)}; return; fi
  # bash makes three words of --option=value.
  if [[ $cur == = ]]; then cur=
  elif [[ $prev == = ]] && ((COMP_CWORD > 2)); then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  case "$command $prev" in
${values.join("\n")}
  esac
  case $command in
    help) _tsbpf_words ${quoted(names)} ;;
${words.join("\n")}
  esac
}

complete -F _tsbpf tsbpf
`;
}

function action(completes: Completion | undefined): string {
  if (completes === undefined) return ":";
  if (completes === "folders") return "_tsbpf_folders";
  if ("words" in completes) return `_tsbpf_words ${quoted(completes.words.join(" "))}`;
  return ["_tsbpf_files", ...completes.files.map(quoted)].join(" ");
}
