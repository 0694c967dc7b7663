import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/support/network-off.ts"],
    reporters: ["default", "./test/support/summary-reporter.ts"],
    dangerouslyIgnoreUnhandledErrors: false,
    // Many tests wait, for a process or a limit: more of them than processors run at once.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
