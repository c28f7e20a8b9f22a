import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Kernel tests are node:test files that also run inside a VM; see scripts/test.mjs.
    include: ["test/**/*.test.ts"],
    exclude: ["test/kernel/**", "test/vm/**", "node_modules/**"],
    testTimeout: 20_000,
  },
});
