import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { NativeError } from "../../errors.ts";

/** Runs a tool in `directory`; NATIVE with what it printed if it does not end with 0. */
export async function runTool(command: readonly string[], directory: string): Promise<void> {
  const [program = "", ...parameters] = command;
  const { status, output } = await new Promise<{ status: string; output: string }>((resolve) => {
    const child = spawn(program, parameters, { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    const collect = (chunk: Buffer): void => void (text += chunk.toString());
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.once("error", (error) => resolve({ status: error.message, output: text }));
    child.once("close", (code, signal) => resolve({ status: String(code ?? signal), output: text }));
  });
  if (status === "0") return;
  const said = output.trim() === "" ? "" : `: ${output.trim()}`;
  const line = [basename(program), ...parameters].join(" ");
  throw new NativeError(`expected "${line}" to end with 0, found ${status}${said}`, [line], []);
}

/** Runs `body` with an empty folder that is gone after it. */
export async function inTemporaryFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "tsbpf-sea-"));
  try {
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
