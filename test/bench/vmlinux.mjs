// Prints the running kernel's vmlinux.h into a cache folder that is empty, in a process that has done nothing of the kind
// before. Prints milliseconds and the process' peak memory in MB as JSON.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vmlinuxFolder } from "../../dist/toolchain/vmlinux/index.js";

const cache = mkdtempSync(join(tmpdir(), "tsbpf-bench-"));
process.env.TSBPF_CACHE = cache;
try {
  const start = performance.now();
  vmlinuxFolder();
  const time = performance.now() - start;
  console.log(JSON.stringify({ time, memory: process.resourceUsage().maxRSS / 1000 }));
} finally {
  rmSync(cache, { recursive: true });
}
