import { glob } from "tinyglobby";
import type { Project } from "./project.ts";

/** The sources that the config names, sorted; without a config every `*.bpf.c` below the root. */
export async function findSources(project: Project): Promise<string[]> {
  const { sources = "**/*.bpf.c", exclude = [] } = project.config;
  const found = await glob([sources].flat(), {
    cwd: project.root,
    ignore: ["**/node_modules/**", "**/.tsbpf/**", ...[exclude].flat()],
    expandDirectories: false,
  });
  return found.sort();
}
