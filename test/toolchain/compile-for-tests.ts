import { dirname, resolve } from "node:path";
import { compile, type Compiled } from "../../src/toolchain/clang/index.ts";
import { openProject, projectSettings, rememberedClang } from "../../src/toolchain/project/index.ts";

/** A source compiled as `tsbpf build` does it without a config, in memory and with DWARF. */
export async function compileForTests(source: string): Promise<Compiled> {
  const project = await openProject(dirname(source));
  const [target] = project.targets;
  if (target === undefined) throw new Error("this machine is no target");
  const settings = projectSettings(project, target);
  return await compile({
    clang: rememberedClang(project),
    settings,
    source: resolve(source),
    directory: ".",
  });
}
