// npm run check: the fences of the house. Each one is named, all are run, the exit status is 1 if one is broken.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

const fences = [
  ["types", "tsc", "-p", "tsconfig.json"],
  ["paper floors know no machine", "tsc", "-p", "tsconfig.paper.json"],
  ["lint", "oxlint", "--type-aware", "--deny-warnings"],
  ["format", "oxfmt", "--check"],
  ["arrows", "depcruise", "--config", ".dependency-cruiser.json", "--no-progress", "src"],
  ["dead code", "knip"],
  ["documented exports", "typedoc", "--emit", "none"],
];

const wanted = process.argv.slice(2);
let broken = 0;
for (const [name, tool, ...args] of fences) {
  if (wanted.length > 0 && !wanted.some((word) => name.includes(word))) continue;
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(`node_modules/.bin/${tool}`, args, { encoding: "utf8" });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${status === 0 ? "ok    " : "BROKEN"} ${name} (${seconds} s)`);
  if (status !== 0) {
    console.log(`${stdout}${stderr}`);
    broken++;
  }
}
process.exit(broken === 0 ? 0 : 1);
