import { argumentError } from "../../errors.ts";
import {
  examine,
  fixesOf,
  thisMachine,
  type Examination,
  type Machine,
} from "../../toolchain/doctor/index.ts";
import { painter } from "../color.ts";
import type { Command } from "../command.ts";
import { commandText, makeFixes } from "./fix.ts";
import { checksText, machineText, verdictText } from "./text.ts";

/** Columns of a report that goes into a file. */
const FILE_WIDTH = 120;

export const doctorCommand: Command = {
  name: "doctor",
  summary: "Is this machine ready for tsbpf? Looks, tries, and says what is missing and what to do.",
  usage: "[options]",
  options: {
    fix: { help: "offer to mount and install what is missing; each command is shown before it runs" },
    yes: { short: "y", help: "with --fix: do it without asking" },
    json: { help: "the report as one JSON document" },
  },
  examples: [
    ["tsbpf doctor", "what works here, what does not, and why"],
    ["sudo tsbpf doctor --fix", "mount tracefs and bpffs, install a compiler, after asking"],
    ["tsbpf doctor --json | jq '.checks[] | select(.state == \"failed\")'", "what stops tsbpf, as data"],
  ],
  exits: { 0: "ready; there may be warnings", 1: "a check failed: it stops tsbpf from working" },
  async run(input) {
    const [extra] = input.positionals;
    if (extra !== undefined) throw argumentError(`expected options only, found "${extra}"`);
    if (input.on("yes") && !input.on("fix")) throw argumentError("--yes counts with --fix only");
    const machine = thisMachine();
    let examination = examine(machine);
    const isData = input.on("json");
    if (!isData) report(machine, examination, !input.on("fix"));
    if (input.on("fix")) {
      const fixed = await makeFixes(fixesOf(examination), {
        yes: input.on("yes"),
        isRoot: machine.user === 0,
        isTerminal: process.stdin.isTTY && process.stderr.isTTY,
      });
      if (fixed) {
        // Another machine than the one that was looked at: nothing of what that one kept counts any more.
        const after = thisMachine();
        examination = examine(after);
        if (!isData) report(after, examination, true);
      }
    }
    if (isData) process.stdout.write(`${JSON.stringify(document(machine, examination))}\n`);
    return examination.ready ? 0 : 1;
  },
};

function report(machine: Machine, examination: Examination, offer: boolean): void {
  const paint = painter(process.stdout);
  const fixes = offer ? fixesOf(examination).map(({ what }) => what) : [];
  process.stdout.write(
    machineText(machine) +
      checksText(examination.checks, process.stdout.columns ?? FILE_WIDTH, paint) +
      verdictText(examination, fixes, paint),
  );
}

/** docs/doctor.md describes it. */
function document(machine: Machine, { checks, ready }: Examination): object {
  return {
    ready,
    machine: {
      platform: machine.platform,
      architecture: machine.architecture,
      distribution: machine.distribution.name,
      release: machine.host.release,
      runtime: `${machine.runtime.name} ${machine.runtime.version}`,
    },
    checks: checks.map(({ group, name, state, found, remedy, fix }) => ({
      group,
      name,
      state,
      found,
      remedy,
      fix: fix?.commands.map(commandText),
    })),
  };
}
