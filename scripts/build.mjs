// npm run build: the addon for each target (cached by content), then the library. Runs after `npm ci` (prepare).
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, rmSync, symlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

function run(command, ...args) {
  const { status, error } = spawnSync(command, args, { stdio: "inherit" });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

const addon = "src/kernel/sys/addon.gen.ts";
// The compiler for the addon is a Linux package; elsewhere the paper floors are built without it.
if (process.platform === "linux" || !existsSync(addon)) run(process.execPath, "scripts/build-addon.mjs");
rmSync("dist", { recursive: true, force: true });
run(process.execPath, "node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json");
chmodSync("dist/cli/main.js", 0o755);

// `npx tsbpf` in this checkout: npm links the commands of dependencies, not the project's own, and npx would
// otherwise install the checkout into its cache first.
rmSync("node_modules/.bin/tsbpf", { force: true });
symlinkSync("../../dist/cli/main.js", "node_modules/.bin/tsbpf");
