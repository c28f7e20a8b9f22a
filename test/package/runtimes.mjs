// Loads the built addon, and as root traces with the built library, in every runtime that tsbpf supports: `node test/package/runtimes.mjs [NAME…]`. They are
// packages of npm and are installed into a temporary directory, or once into $TSBPF_RUNTIMES if that is set.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const cpu = process.arch;
const [bunCpu, denoCpu] = cpu === "arm64" ? ["aarch64", "arm64"] : ["x64", "x64"];
const node = (major) => [
  `node${major}`,
  [`node${major}@npm:node-linux-${cpu}@${major}`, `node${major}/bin/node`, []],
];
const runtimes = Object.fromEntries([
  ...[20, 22, 24, 26].map(node),
  ["bun", [`@oven/bun-linux-${bunCpu}@1`, `@oven/bun-linux-${bunCpu}/bin/bun`, ["run"]]],
  ["deno", [`@deno/linux-${denoCpu}-glibc@2`, `@deno/linux-${denoCpu}-glibc/deno`, ["run", "--allow-all"]]],
]);

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in runtimes));
if (unknown.length > 0) {
  console.error(`runtimes: unknown ${unknown.join(", ")}: expected ${Object.keys(runtimes).join(", ")}`);
  process.exit(2);
}
const chosen = Object.entries(runtimes).filter(([name]) => wanted.length === 0 || wanted.includes(name));

const kept = process.env.TSBPF_RUNTIMES;
const home = kept ?? mkdtempSync(join(tmpdir(), "tsbpf-runtimes-"));
mkdirSync(home, { recursive: true });
const dist = new URL("../../dist/", import.meta.url);
const smoke = fileURLToPath(new URL("runtimes-smoke.mjs", import.meta.url));
const trace = fileURLToPath(new URL("runtimes-trace.mjs", import.meta.url));
const repository = new URL("../../", import.meta.url);
const root = process.getuid?.() === 0;
if (!root) console.log("skipped: tracing in each runtime needs root");
let broken = 0;
try {
  const missing = chosen.filter(([, [, binary]]) => !existsSync(join(home, "node_modules", binary)));
  if (missing.length > 0) {
    const specs = missing.map(([, [spec]]) => spec);
    const options = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-save", "--prefix", home];
    const { status } = spawnSync("npm", ["install", ...options, ...specs], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    if (status !== 0) throw new Error(`npm install ${specs.join(" ")}: exit status ${status}`);
  }
  for (const [name, [, binary, flags]] of chosen) {
    const program = join(home, "node_modules", binary);
    chmodSync(program, 0o755);
    const version = spawnSync(program, ["--version"], { encoding: "utf8" }).stdout.split("\n")[0].trim();
    const { status, signal, stdout, stderr } = spawnSync(program, [...flags, smoke, dist.href], {
      encoding: "utf8",
      timeout: 120_000,
    });
    const ok = status === 0 && stdout.startsWith("{");
    console.log(`${ok ? "ok    " : "BROKEN"} ${name} (${version}) ${stdout.trim()}`);
    if (!ok) {
      broken += 1;
      console.log(`exit status ${status}, signal ${signal}\n${stderr}`);
    }
    if (!root) continue;
    const events = spawnSync(program, [...flags, trace, repository.href], {
      encoding: "utf8",
      timeout: 60_000,
    });
    const read = events.status === 0 && events.stdout.trim() === "events read";
    console.log(`${read ? "ok    " : "BROKEN"} ${name} loads, attaches and reads events`);
    if (!read) {
      broken += 1;
      console.log(`exit status ${events.status}, signal ${events.signal}\n${events.stdout}${events.stderr}`);
    }
  }
} finally {
  if (kept === undefined) rmSync(home, { recursive: true, force: true });
}
process.exit(broken === 0 ? 0 : 1);
