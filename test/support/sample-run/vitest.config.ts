import { mergeConfig } from "vitest/config";
import ours from "../../../vitest.config.ts";

/** The project's own way to run tests, over a few that fail on purpose. */
export default mergeConfig(
  { ...ours, test: { ...ours.test, include: [] } },
  { test: { include: ["test/support/sample-run/*.sample.ts"] } },
);
