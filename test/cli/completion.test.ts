import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { bashScript } from "../../src/cli/completion/bash.ts";
import { fishScript } from "../../src/cli/completion/fish.ts";
import { completionCommand } from "../../src/cli/completion/index.ts";
import { zshScript } from "../../src/cli/completion/zsh.ts";
import { buildCommand } from "../../src/cli/build.ts";
import { parseCommandLine, type Command } from "../../src/cli/command.ts";
import { doctorCommand } from "../../src/cli/doctor/index.ts";
import { runCommand } from "../../src/cli/run/index.ts";
import { versionsCommand } from "../../src/cli/versions/index.ts";

/** Texts that a careless generator trips over. */
const hostile: Command = {
  name: "hostile",
  summary: `It's "quoted": [brackets], $(touch evil), \`touch evil\`, a\\b`,
  usage: "",
  options: {
    mode: {
      value: "MODE",
      short: "m",
      completes: { words: ["fast", "slow"] },
      help: `it's: [x] $(touch evil)\nsecond`,
    },
    level: { value: "N", help: "free text" },
  },
  examples: [],
  run: () => Promise.resolve(0),
};
const commands = [runCommand, buildCommand, doctorCommand, versionsCommand, hostile];

const folder = mkdtempSync(join(tmpdir(), "tsbpf-completion-"));
/** Where zsh keeps its index of completions from one start to the next. */
const cache = mkdtempSync(join(tmpdir(), "tsbpf-zsh-"));
afterAll(() => {
  for (const one of [folder, cache]) rmSync(one, { recursive: true });
});
for (const file of ["trace.bpf.c", "trace.bpf.o", "notes.txt", "with space.bpf.c", "$(touch evil).bpf.c"])
  writeFileSync(join(folder, file), "");
mkdirSync(join(folder, "sub"));
writeFileSync(join(folder, "sub/deep.bpf.c"), "");

/** What the shell offers after these words; the last one is being typed. */
type Complete = (...words: readonly string[]) => readonly string[];

function run(program: string, args: readonly string[], input?: string): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: "utf8", input });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return stdout;
}

function sorted(text: string): string[] {
  return [...new Set(text.split("\n").filter((line) => line !== ""))].sort();
}

const inBash: Complete = (...words) => {
  // As readline splits: --option=value is three words.
  const split = ["tsbpf", ...words].flatMap((word) =>
    word.startsWith("--") && word.includes("=") ? word.split(/(=)/).filter((part) => part !== "") : [word],
  );
  const script = `${bashScript(commands)}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tsbpf
((\${#COMPREPLY[@]} == 0)) || printf '%s\\n' "\${COMPREPLY[@]}"`;
  return sorted(run("bash", ["--norc", "-c", script, "bash", ...split]));
};

const inFish: Complete = (...words) => {
  writeFileSync(join(folder, "tsbpf.fish"), fishScript(commands));
  const line = ["tsbpf", ...words].join(" ");
  const text = run("fish", ["--no-config", "-c", `source tsbpf.fish; complete -C ${JSON.stringify(line)}`]);
  return sorted(text.replaceAll(/\t.*$/gm, "")).filter((name) => name !== "tsbpf.fish");
};

/** Drives a zsh with its line editor in a pseudo-terminal, as zsh's own tests do. */
const inZsh: Complete = (...words) => {
  writeFileSync(join(folder, "tsbpf.zsh"), zshScript(commands));
  const line = ["tsbpf", ...words].join(" ");
  // compadd with -O collects the matches instead of showing them.
  const script = `
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1=; cd ${folder}; autoload -Uz compinit; compinit -u -d ${cache}/dump; source tsbpf.zsh"
zpty -w shell 'compadd() {
  [[ " $* " == *" -O "* || " $* " == *" -A "* || " $* " == *" -D "* ]] && { builtin compadd "$@"; return }
  local -a found; builtin compadd -O found "$@"
  local one; for one in $found; do print -r -- "MATCH<$one>" >> matches; done
  builtin compadd "$@"
}; : > matches
# Only the line editor takes keys as keys: before it starts, the terminal would take Ctrl-U for itself.
zle-line-init() { print -r -- REA""DY }; zle -N zle-line-init'
while zpty -r shell text; do [[ $text == *READY* ]] && break; done
zpty -n -w shell ${JSON.stringify(line)}$'\\t'
# Keys are taken in order: when this line has run, the completion is over.
zpty -w shell $'\\C-u''print -r -- DO""NE'
while zpty -r shell text; do [[ $text == *DONE* ]] && break; done
zpty -d shell
cat matches
rm -f matches`;
  const text = run("zsh", ["-f", "-c", script]);
  return sorted(text)
    .map((match) => /^MATCH<(.*)>$/.exec(match)?.[1] ?? match)
    .filter((name) => !["tsbpf.zsh", "tsbpf.fish", "matches"].includes(name));
};

const shells: readonly (readonly [name: string, complete: Complete])[] = [
  ["bash", inBash],
  ["zsh", inZsh],
  ["fish", inFish],
];

for (const [shell, complete] of shells) {
  const isThere = spawnSync(shell, ["--version"]).status === 0;
  describe(isThere ? shell : `${shell} (skipped: it is not installed)`, () => {
    const when = it.skipIf(!isThere);

    when("a command", () => expect(complete("do")).toEqual(["doctor"]));

    when("options", () => {
      expect(complete("doctor", "--f")).toEqual(["--fix"]);
      expect(complete("run", "--co")).toContain("--count");
      expect(complete("build", "--no-o")).toEqual(["--no-object"]);
    });

    when("files by their ending, and the folders on the way", () => {
      const offered = complete("build", "tr");
      expect(offered).toEqual(["trace.bpf.c"]);
      expect(complete("run", "trace.")).toEqual(["trace.bpf.c", "trace.bpf.o"]);
      // zsh offers everything where nothing has the ending, as its users expect.
      expect(complete("run", "n")).toEqual(shell === "zsh" ? ["notes.txt"] : []);
      expect(complete("run", "sub/").map((name) => name.replace(/^sub\//, ""))).toEqual(["deep.bpf.c"]);
      expect(complete("run", "s").map((name) => name.replace(/\/$/, ""))).toEqual(["sub"]);
    });

    when("words of a known set", () => {
      expect(complete("hostile", "--mode", "f")).toEqual(["fast"]);
      expect(complete("hostile", "-m", "s")).toEqual(["slow"]);
      expect(complete("versions", "6.18")).toEqual(["6.18"]);
    });

    when("folders for an option that takes one", () => {
      expect(complete("build", "--out-dir", "s").map((name) => name.replace(/\/$/, ""))).toEqual(["sub"]);
    });

    when("nothing where the value is free", () => {
      expect(complete("hostile", "--level", "")).toEqual([]);
    });

    when("the names of commands after help", () => expect(complete("help", "ver")).toEqual(["versions"]));

    when("nothing that stands in a help text or in a file's name is run", () => {
      complete("hostile", "--");
      complete("build", "");
      expect(spawnSync("ls", [join(folder, "evil")]).status).not.toBe(0);
    });
  });
}

describe("bash as a person drives it", () => {
  // util-linux' script gives bash a terminal; readline then does the rest.
  const isThere = spawnSync("script", ["--version"]).status === 0;

  it.skipIf(!isThere)(`completes at the Tab key${isThere ? "" : " (skipped: no script(1))"}`, () => {
    writeFileSync(
      join(folder, "tsbpf.bash"),
      `${bashScript(commands)}\ntsbpf() { printf 'GOT<%s>' "$@"; echo; }\n`,
    );
    const keys = `source tsbpf.bash\ntsbpf doc\t--f\t\ntsbpf bui\t-o su\t wi\t\ntsbpf hostile --mode=fa\t\nexit\n`;
    const bash = "bash --norc --noprofile -i";
    const { stdout } = spawnSync("script", ["-qec", bash, "/dev/null"], {
      cwd: folder,
      encoding: "utf8",
      input: keys,
    });
    expect(stdout).toContain("GOT<doctor>GOT<--fix>");
    expect(stdout).toContain("GOT<build>GOT<-o>GOT<sub/>GOT<with space.bpf.c>");
    expect(stdout).toContain("GOT<hostile>GOT<--mode=fast>");
  });
});

describe("tsbpf completion", () => {
  const command = completionCommand(() => Promise.resolve(commands));

  it.each([
    [[], "expected a shell, found none"],
    [["bsh"], 'unknown shell "bsh" (did you mean "bash"?)'],
    [["bash", "zsh"], 'expected one shell, found also "zsh"'],
    [["constructor"], 'unknown shell "constructor"'],
  ])("%j is refused", async (words, message) => {
    await expect(command.run(parseCommandLine(command, words))).rejects.toThrow(message);
  });
});
