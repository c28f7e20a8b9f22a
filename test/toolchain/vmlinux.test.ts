// Where vmlinux.h goes when the cache cannot be written: a service's HOME is often not its own.
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { vmlinuxFolder } from "../../src/toolchain/vmlinux/index.ts";

afterEach(() => vi.unstubAllEnvs());

test.skipIf(!existsSync("/sys/kernel/btf/vmlinux"))("an unwritable cache is no reason to refuse", () => {
  vi.stubEnv("TSBPF_CACHE", "/dev/null/cache"); // below a file: not even root can write there
  const folder = vmlinuxFolder();
  expect(folder).not.toMatch(/^\/dev\/null/);
  expect(existsSync(join(folder ?? "", "vmlinux.h"))).toBe(true);
  // The process that made it removes it when it exits; a test runner's workers are killed.
  rmSync(folder ?? "", { recursive: true });
});
