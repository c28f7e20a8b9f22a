import { vi } from "vitest";
import { parseCommandLine, type Command } from "../../src/cli/command.ts";

/** Runs a command in this process, as main.ts does, and gives what it printed. */
export async function capture(
  command: Command,
  words: readonly string[],
): Promise<{ status: number; stdout: string; stderr: string }> {
  const printed = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((chunk) => {
      printed[name] += String(chunk);
      return true;
    }),
  );
  try {
    return { status: await command.run(parseCommandLine(command, words)), ...printed };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
