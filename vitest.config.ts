import { availableParallelism } from "node:os";
import { configDefaults, defineConfig } from "vitest/config";
import { AT_THE_EDGE_AT_ONCE, OFFLINE } from "./test/edge/offline.ts";
import { RunOrder } from "./test/support/house/run-order.ts";

/** Tests that talk to the built Worker, and those that run inside workerd. */
const AT_THE_EDGE = "test/edge/**/*.test.ts";
const IN_WORKERD = "test/edge/**/*.workerd.test.ts";

/** Tests of code and of the app in this process; the others start processes, or talk to services. */
const IN_PROCESS = ["test/unit/**/*.test.ts", "test/integration/**/*.test.ts"];

export default defineConfig({
  test: {
    setupFiles: ["test/support/house/network-off.ts", "test/support/house/seed.ts"],
    reporters: ["default", "./test/support/house/summary-reporter.ts"],
    // A reader of a log looks for what failed: what passed tests print is noise there, and so is a
    // line for each that took a while. `--silent=false` prints everything.
    silent: "passed-only",
    slowTestThreshold: 20_000,
    dangerouslyIgnoreUnhandledErrors: false,
    // Many tests wait, for a process or a limit: more of them than processors run at once.
    maxWorkers: availableParallelism() * 2,
    sequence: { sequencer: RunOrder },
    testTimeout: 20_000,
    hookTimeout: 20_000,
    projects: [
      {
        extends: true,
        test: {
          name: "in-process",
          include: IN_PROCESS,
          // They share nothing but modules: loading those once a worker halves their time.
          isolate: false,
        },
      },
      // A second try would hide a race, which these two are here to find.
      {
        extends: true,
        test: { name: "model", include: ["test/model/**/*.test.ts"], isolate: false },
      },
      {
        extends: true,
        test: { name: "contract", include: ["test/contract/**/*.test.ts"], isolate: false },
      },
      // Real processes, sockets and outages. `npm test` tries a file that failed once more, in a new
      // run: nothing of the first try is left to it (scripts/run-tests.ts).
      { extends: true, test: { name: "node", include: ["test/e2e/**/*.test.ts"] } },
      {
        extends: true,
        test: {
          name: "edge",
          include: [AT_THE_EDGE],
          exclude: [...configDefaults.exclude, IN_WORKERD],
          // Cloudflare's tools take a second to load, as long as a Worker takes to start.
          isolate: false,
          globalSetup: ["test/edge/build-workers.ts"],
          // After the others: what is promised within 3 s is asked of processes that have a core.
          sequence: { groupOrder: 1 },
          maxWorkers: AT_THE_EDGE_AT_ONCE,
          // Some tests start a Worker of their own.
          testTimeout: 60_000,
          hookTimeout: 120_000,
          env: OFFLINE,
        },
      },
      // A file of its own, so that what borrows this configuration does not load Cloudflare's tools.
      "test/edge/vitest.workerd.config.ts",
    ],
  },
});
