import type { BundleStep, EmbeddedObject } from "../../toolchain/bundle/index.ts";
import { heading, rows } from "./rows.ts";
import { shellCommand, shortPath } from "./words.ts";

const statuses: Readonly<Record<EmbeddedObject["status"], string>> = {
  built: "compiled now",
  fresh: "up to date, compiled before",
  found: "taken as it is: no source of this project is built to it",
  refused: "refused",
};

/** How a program became one file. */
export function bundleText(
  entry: string,
  steps: readonly BundleStep[],
  objects: readonly EmbeddedObject[],
): string {
  const lines = [heading(`bundle ${entry}`), "what was done, and why"];
  for (const { what, why, command } of steps) {
    lines.push(`  ${what}: ${why}`);
    if (command !== undefined) lines.push(`      ${shellCommand(command)}`);
  }
  lines.push("BPF objects inside, as text in the modules that import them");
  if (objects.length === 0) lines.push("  none");
  lines.push(...rows(objects.map(({ file, status }) => [shortPath(file), statuses[status]])));
  lines.push(
    "the native addon, for x64 and arm64, is inside tsbpf's own code, as text",
    "  it is written to a file without a name when a kernel is first asked for, and loaded from there",
  );
  return `${lines.join("\n")}\n`;
}
