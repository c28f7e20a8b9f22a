import { homedir } from "node:os";
import { relative } from "node:path";

/** A path that fits the screen: below here or below home. */
export function shortPath(path: string): string {
  const here = relative("", path);
  if (here !== "" && !here.startsWith("..")) return here;
  const home = homedir();
  return home !== "" && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}

/** A command as it can be pasted into a shell. */
export function shellCommand(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w./=:@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(" ");
}
