// Other projects' programs with our headers and with libbpf's. The sources come from outside: TSBPF_SOURCES names a
// folder of them, TSBPF_LIBBPF_HEADERS one that holds libbpf's bpf/bpf_helpers.h (default /usr/include).
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const runner = fileURLToPath(new URL("run.mjs", import.meta.url));
const ownSources = fileURLToPath(new URL("../../testdata/src", import.meta.url));
const theirs = process.env["TSBPF_LIBBPF_HEADERS"] ?? "/usr/include";
const built = existsSync(fileURLToPath(new URL("../../lib/index.js", import.meta.url)));

function compare(...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [runner, ...args], { encoding: "utf8" });
  return { status, output: `${stdout}${stderr}` };
}

const withoutOwn = [
  ...(existsSync(`${theirs}/bpf/bpf_helpers.h`) ? [] : [`no libbpf headers in ${theirs}`]),
  ...(built ? [] : ["lib is not built: npm run build"]),
].join(", ");
test.skipIf(withoutOwn !== "")(
  `our own sources for the headers give the same with libbpf's${withoutOwn && ` (skipped: ${withoutOwn})`}`,
  { timeout: 300_000 },
  () => {
    const { status, output } = compare(ownSources, "--libbpf", theirs, "--only", "headers_");
    expect(output).toMatch(/both compile [3-9]/);
    expect(status, output).toBe(0);
  },
);

const sources = process.env["TSBPF_SOURCES"];
const without = sources === undefined ? "TSBPF_SOURCES names no folder of BPF sources" : withoutOwn;
test.skipIf(without !== "")(
  `foreign sources compile and give the same objects${without && ` (skipped: ${without})`}`,
  { timeout: 3_600_000 },
  () => {
    const onKernel = process.platform === "linux" && process.getuid?.() === 0 ? ["--load"] : [];
    const { status, output } = compare(sources ?? "", "--libbpf", theirs, ...onKernel);
    expect(status, output).toBe(0);
  },
);
