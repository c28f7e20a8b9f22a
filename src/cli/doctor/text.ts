import type { Examination, Examined, Machine, State } from "../../toolchain/doctor/index.ts";
import type { Color, Paint } from "../color.ts";

const states: Readonly<Record<State, readonly [word: string, color: Color]>> = {
  ok: ["ok", "green"],
  warning: ["warning", "yellow"],
  failed: ["failed", "red"],
  "not applicable": ["-", "dim"],
};

const STATE_WIDTH = 9;

/** The machine in one line. */
export function machineText(machine: Machine): string {
  const { runtime, architecture } = machine;
  const system =
    machine.platform === "linux"
      ? `${machine.distribution.name}, Linux ${machine.host.release}`
      : machine.platform;
  return `${system}, ${architecture}, ${runtime.name} ${runtime.version}\n`;
}

/** The table: a group's name, then its checks; each remedy stands once, below the first line that needs it. */
export function checksText(checks: readonly Examined[], width: number, paint: Paint): string {
  const nameWidth = Math.max(...checks.map(({ name }) => name.length)) + 2;
  const said = new Set<string>();
  const lines: string[] = [];
  for (const [group, members] of byGroup(checks)) {
    lines.push("", paint("bold", group));
    const [first] = members;
    const same = members.every(({ state, found }) => state === "not applicable" && found === first?.found);
    for (const check of same && first !== undefined ? [{ ...first, name: "" }] : members) {
      const [word, color] = states[check.state];
      const indent = 2 + STATE_WIDTH + nameWidth;
      const [head = "", ...rest] = wrap(check.found, width - indent);
      const label = `  ${paint(color, word.padEnd(STATE_WIDTH))}${check.name.padEnd(nameWidth)}`;
      lines.push(check.state === "not applicable" ? `${label}${paint("dim", head)}` : `${label}${head}`);
      for (const line of rest) lines.push(" ".repeat(indent) + line);
      if (check.remedy === undefined || said.has(check.remedy)) continue;
      said.add(check.remedy);
      for (const [index, line] of wrap(check.remedy, width - indent - 2).entries()) {
        lines.push(" ".repeat(indent) + paint("cyan", `${index === 0 ? "→ " : "  "}${line}`));
      }
    }
  }
  return `${lines.join("\n")}\n`;
}

/** The verdict, and what `--fix` can do about it. */
export function verdictText({ checks, ready }: Examination, fixes: readonly string[], paint: Paint): string {
  const count = (state: State): number => checks.filter((check) => check.state === state).length;
  const warnings = count("warning");
  const parts = [`${count("ok")} ok`];
  if (warnings > 0) parts.push(`${warnings} ${warnings === 1 ? "warning" : "warnings"}`);
  if (!ready) parts.push(`${count("failed")} failed`);
  const verdict = ready ? paint("green", "ready") : paint("red", "not ready");
  const offer = fixes.length === 0 ? "" : `; tsbpf doctor --fix can ${fixes.join(", ")}`;
  return `\n${verdict}: ${parts.join(", ")}${offer}\n`;
}

function byGroup(checks: readonly Examined[]): ReadonlyMap<string, readonly Examined[]> {
  const groups = new Map<string, Examined[]>();
  for (const check of checks) groups.set(check.group, [...(groups.get(check.group) ?? []), check]);
  return groups;
}

/** Breaks at spaces; a word that is longer than a line stays whole: paths and commands are copied. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > Math.max(width, 30)) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
