import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { encodeBtf } from "../../../src/format/btf/index.ts";
import { vmlinuxFolder } from "../../../src/toolchain/vmlinux/index.ts";
import { composite, int, member } from "../../format/btf/types.ts";

const folder = mkdtempSync(join(tmpdir(), "tsbpf-cached-"));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

test("printed once for a BTF, again when the file is another", () => {
  vi.stubEnv("TSBPF_CACHE", join(folder, "cache"));
  const file = join(folder, "kernel.btf");
  writeFileSync(file, encodeBtf([int(), composite("struct", "first", 4, [member("a", 1, 0)])]));
  const made = vmlinuxFolder(file) ?? "";
  const { mtimeNs } = statSync(join(made, "vmlinux.h"), { bigint: true });
  expect(vmlinuxFolder(file)).toBe(made);
  expect(statSync(join(made, "vmlinux.h"), { bigint: true }).mtimeNs).toBe(mtimeNs);
  // Of the same size.
  writeFileSync(file, encodeBtf([int(), composite("struct", "other", 4, [member("a", 1, 0)])]));
  expect(vmlinuxFolder(file)).not.toBe(made);
});

const noKernel = existsSync("/sys/kernel/btf/vmlinux") ? "" : ": there is no /sys/kernel/btf/vmlinux";

test.skipIf(noKernel)(`what is kept of the running kernel is found in milliseconds${noKernel}`, () => {
  vi.stubEnv("TSBPF_CACHE", join(folder, "cache"));
  const made = vmlinuxFolder();
  const times = Array.from({ length: 20 }, () => {
    const start = performance.now();
    expect(vmlinuxFolder()).toBe(made);
    return performance.now() - start;
  });
  // Reading and hashing the 5 MB takes more than this, whatever else the machine does.
  expect(Math.min(...times)).toBeLessThan(3);
});

// A service's HOME is often not its own.
test.skipIf(noKernel)(`an unwritable cache is no reason to refuse${noKernel}`, () => {
  vi.stubEnv("TSBPF_CACHE", "/dev/null/cache"); // below a file: not even root can write there
  const own = vmlinuxFolder();
  expect(own).not.toMatch(/^\/dev\/null/);
  expect(existsSync(join(own ?? "", "vmlinux.h"))).toBe(true);
  // The process that made it removes it when it exits; a test runner's workers are killed.
  rmSync(own ?? "", { recursive: true });
});
