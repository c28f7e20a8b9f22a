import { spawn } from "node:child_process";
import { createInterface } from "node:readline/promises";
import type { Fix } from "../../toolchain/doctor/index.ts";

/** What decides whether and how fixes are made. */
export interface FixSetting {
  /** `--yes`: nobody is asked. */
  readonly yes: boolean;
  readonly isRoot: boolean;
  /** Someone can be asked: stdin and stderr are terminals. */
  readonly isTerminal: boolean;
}

/** Progress and questions: stdout belongs to the report. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Makes the fixes that are wanted, each command shown before it runs. Whether anything was run. */
export async function makeFixes(fixes: readonly Fix[], setting: FixSetting): Promise<boolean> {
  if (fixes.length === 0) {
    say("--fix: nothing here that it could put right");
    return false;
  }
  const refusal = whyNot(setting);
  if (refusal !== undefined) {
    say(`--fix: ${refusal}:`);
    for (const { commands } of fixes) for (const command of commands) say(`  ${commandText(command)}`);
    return false;
  }
  let isRun = false;
  for (const { what, commands } of fixes) {
    say(`\n${what}:`);
    for (const command of commands) say(`  ${commandText(command)}`);
    if (!setting.yes && !(await ask("Do it? [y/N] "))) continue;
    isRun = true;
    for (const command of commands) {
      const problem = await run(command);
      if (problem === undefined) continue;
      say(`${commandText(command)}: ${problem}`);
      break;
    }
  }
  return isRun;
}

/** What stands in the way of making any fix. */
export function whyNot({ yes, isRoot, isTerminal }: FixSetting): string | undefined {
  if (!isRoot) return "only root may do this; nothing was changed. As root, run";
  if (!yes && !isTerminal) {
    return "there is no terminal to ask on; nothing was changed. --yes does it without asking";
  }
  return undefined;
}

/** As it can be pasted into a shell: the words are ours and need no quotes. */
export function commandText(command: readonly string[]): string {
  return command.join(" ");
}

async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-D and Ctrl-C are a no.
  const closed = new Promise<string>((resolve) => terminal.once("close", () => resolve("")));
  const answer = await Promise.race([terminal.question(question).catch(() => ""), closed]);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

/** undefined: it ended well. Its stdout goes to our stderr. */
function run([program = "", ...words]: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(program, words, { stdio: ["inherit", 2, 2] });
    child.once("error", (error) => resolve(error.message));
    child.once("close", (status, signal) => {
      resolve(status === 0 ? undefined : `ended with ${signal ?? `status ${status}`}`);
    });
  });
}
