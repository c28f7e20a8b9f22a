import { writeSync } from "node:fs";
import { isatty } from "node:tty";

const STDERR = 2;

/** The JavaScript that a C source is imported as; warnings go to stderr as the compiler wrote them. */
export async function sourceText(path: string): Promise<string> {
  const { refusal, sourceModule } = await import("../bundler/index.ts");
  try {
    const color = isatty(STDERR) && !process.env["NO_COLOR"];
    const { code, warnings } = await sourceModule(path, { color });
    // Threads' process.stderr is written by the main one, which may be waiting for this.
    if (warnings !== "") writeSync(STDERR, warnings);
    return code;
  } catch (error) {
    throw refusal(error);
  }
}
