import { pluginFor, type Plugins } from "./plugin.ts";

/**
 * `import trace from "./trace.bpf.c"` in Rolldown. The source is compiled as the project's `tsbpf.config.*` says; options are
 * the config's own keys and come on top. NATIVE: the package unplugin is not installed.
 */
const tsbpf: Plugins["rolldown"] = pluginFor("rolldown");
export default tsbpf;
