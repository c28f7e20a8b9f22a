import { pluginFor, type Plugins } from "./plugin.ts";

/**
 * `import trace from "./trace.bpf.c"` in `Bun.build`. The source is compiled as the project's `tsbpf.config.*` says; options are
 * the config's own keys and come on top. NATIVE: the package unplugin is not installed. Programs that Bun runs have `bun --preload tsbpf/register`
 * instead.
 */
const tsbpf: Plugins["bun"] = pluginFor("bun");
export default tsbpf;
