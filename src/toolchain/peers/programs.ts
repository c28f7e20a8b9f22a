import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The folders in which programs are looked up by name. */
export function pathFolders(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): readonly string[] {
  return (environment["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
}

/** The first program of this name in the folders that this user may run. */
export function findProgram(name: string, folders: readonly string[]): string | undefined {
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** Whether this user may run the file. */
export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
