// The test object, compiled with the headers of some libbpf.
import { fileURLToPath } from "node:url";
import type * as ProjectRoom from "../../dist/toolchain/project/index.js";
import { built, root } from "./sys-door.js";

const rooms = (await import(built("toolchain/project/index.js"))) as typeof ProjectRoom;

/** `folder` holds bpf/usdt.bpf.h, as `--bpf-headers` takes it. */
export async function compileWith(folder: string): Promise<Uint8Array> {
  const { compileUnit, openProject, planUnits, projectSettings, rememberedClang, withSettings } = rooms;
  const source = fileURLToPath(new URL("testdata/src/usdt_any.bpf.c", root));
  const opened = await openProject(fileURLToPath(new URL("testdata/src", root)));
  const project = withSettings(opened, { bpfHeaders: folder });
  const [unit] = planUnits(project, [source]);
  if (unit === undefined) throw new Error(`${source} is no unit`);
  const settings = projectSettings(project, unit.target);
  const clang = rememberedClang(project);
  return (await compileUnit({ clang, settings, source: unit.source, directory: project.root })).object;
}
