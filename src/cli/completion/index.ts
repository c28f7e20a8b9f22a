import { argumentError } from "../../errors.ts";
import { suggest } from "../../suggestion.ts";
import type { Command } from "../command.ts";
import { bashScript } from "./bash.ts";
import { fishScript } from "./fish.ts";
import { zshScript } from "./zsh.ts";

const shells: Readonly<Record<string, (commands: readonly Command[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/**
 * Prints a script that a shell reads once. The commands are data, so that the script holds all there is to know: a key
 * press starts no Node, and nothing of what was typed is evaluated. `load` brings all the commands.
 */
export function completionCommand(load: () => Promise<readonly Command[]>): Command {
  return {
    name: "completion",
    summary: "Print the script that completes tsbpf's commands, options and files in a shell.",
    usage: "bash|zsh|fish",
    options: {},
    completes: { words: Object.keys(shells) },
    examples: [
      ['eval "$(tsbpf completion bash)"', "in ~/.bashrc"],
      ['eval "$(tsbpf completion zsh)"', "in ~/.zshrc, after compinit"],
      ["tsbpf completion fish > ~/.config/fish/completions/tsbpf.fish", "once, for fish"],
    ],
    async run(input) {
      const [shell, extra] = input.positionals;
      const known = Object.keys(shells);
      if (shell === undefined)
        throw argumentError(`expected a shell, found none`, `known: ${known.join(", ")}`);
      if (extra !== undefined) throw argumentError(`expected one shell, found also "${extra}"`);
      const script = Object.hasOwn(shells, shell) ? shells[shell] : undefined;
      if (script === undefined) throw argumentError(`unknown shell "${shell}"`, suggest(shell, known));
      process.stdout.write(script(await load()));
      return 0;
    },
  };
}
