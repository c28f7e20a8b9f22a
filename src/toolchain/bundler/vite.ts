import { pluginFor, type Plugins } from "./plugin.ts";

/**
 * `import trace from "./trace.bpf.c"` in Vite. The source is compiled as the project's `tsbpf.config.*` says; options are
 * the config's own keys and come on top. NATIVE: the package unplugin is not installed.
 */
const tsbpf: Plugins["vite"] = pluginFor("vite");
export default tsbpf;
