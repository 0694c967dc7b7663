import { defineConfig } from "vitest/config";
import ours from "../../../vitest.config.ts";

const { projects: _, ...settings } = ours.test ?? {};

/** The project's own way to run tests, over a few that fail on purpose. */
export default defineConfig({
  ...ours,
  test: { ...settings, include: ["test/support/sample-run/*.sample.ts"] },
});
