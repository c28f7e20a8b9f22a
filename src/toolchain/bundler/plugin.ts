import { createRequire } from "node:module";
import type * as Unplugin from "unplugin";
import type { UnpluginInstance, UnpluginOptions } from "unplugin";
import type { BuildConfig } from "../../config.ts";
import { NativeError, within } from "../../errors.ts";
import { checkConfig } from "../project/index.ts";
import { refusal } from "./refusal.ts";
import { sourceFilter } from "./source-filter.ts";
import { repairFiles, sourceModule } from "./source-module.ts";

/** The plugins of all bundlers. */
export type Plugins = UnpluginInstance<BuildConfig | undefined, false>;

/**
 * The plugin for one bundler. The package unplugin is the project's, and looked for when the plugin is made, so that
 * without it there is an error that says what to install. NATIVE: it is not there.
 */
export function pluginFor<Bundler extends keyof Plugins>(bundler: Bundler): Plugins[Bundler] {
  const make = (config?: BuildConfig): unknown =>
    (requireUnplugin(bundler).createUnplugin(describePlugin)[bundler] as (config?: BuildConfig) => unknown)(
      config,
    );
  return make as Plugins[Bundler]; // The same parameters and result, whichever bundler it is.
}

function requireUnplugin(bundler: string): typeof Unplugin {
  try {
    return createRequire(import.meta.url)("unplugin") as typeof Unplugin;
  } catch (cause) {
    const detail = `tsbpf/${bundler}: expected the package unplugin, found none`;
    const solution = "npm install --save-dev unplugin";
    throw new NativeError(detail, [(cause as Error).message], [solution], { cause });
  }
}

function describePlugin(config: BuildConfig = {}): UnpluginOptions {
  within("options of the tsbpf plugin", () => checkConfig(config));
  return {
    name: "tsbpf",
    load: {
      filter: { id: sourceFilter },
      async handler(path) {
        try {
          const { code, dependencies, warnings } = await sourceModule(path, { config });
          for (const file of dependencies) this.addWatchFile(file);
          if (warnings !== "") this.warn(warnings.trimEnd());
          return { code, map: { version: 3, mappings: "", names: [], sources: [] } };
        } catch (error) {
          for (const file of await repairFiles(path, error, { config })) this.addWatchFile(file);
          throw refusal(error);
        }
      },
    },
  };
}
