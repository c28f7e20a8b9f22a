import { ErrorCode, TsbpfError } from "../../errors.ts";
import { parseTarget, type Target } from "../clang/index.ts";
import type { Project } from "./project.ts";

/** The project's only target; of several this machine's, since that is where the program that imports it runs. */
export function importTarget(project: Project): Target {
  const little = project.targets.filter((target) => target.littleEndian);
  const target = little.find(({ name }) => name === parseTarget(process.arch).name) ?? little[0];
  if (target === undefined) {
    throw new TsbpfError(
      ErrorCode.UNSUPPORTED,
      `expected a little-endian target to import a program for, found ${project.targets.map(({ name }) => name).join(", ")}`,
      { remedy: 'name one in "target": tsbpf loads on little-endian machines only' },
    );
  }
  return target;
}
