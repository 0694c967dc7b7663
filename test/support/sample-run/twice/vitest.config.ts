import { defineConfig } from "vitest/config";

/** One file in a project that `scripts/run-tests.ts` tries twice; that script runs in this folder. */
export default defineConfig({
  test: {
    reporters: ["default", "../../house/summary-reporter.ts"],
    projects: [{ test: { name: "node", include: ["*.sample.ts"] } }],
  },
});
