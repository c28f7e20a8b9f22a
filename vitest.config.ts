import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Kernel tests are node:test files that also run inside a VM; see scripts/test.mjs.
    include: ["test/**/*.test.ts"],
    exclude: ["test/kernel/**", "test/vm/**", "node_modules/**"],
    // Long fuzz campaigns (TSBPF_FUZZ=100000) take their time; a hang is still found.
    testTimeout: 60_000 + 20 * Number(process.env["TSBPF_FUZZ"] ?? 0),
  },
});
