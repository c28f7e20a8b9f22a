#!/usr/bin/env node
// npm create tsbpf DIR [-- options]: `tsbpf init` of the tsbpf that this package depends on.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const tsbpf = dirname(createRequire(import.meta.url).resolve("tsbpf/package.json"));
process.argv.splice(2, 0, "init");
await import(pathToFileURL(join(tsbpf, "lib/cli/main.js")).href);
