import { availableParallelism } from "node:os";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { configDefaults, defineConfig } from "vitest/config";

/** Tests that run inside workerd, beside the Durable Objects that they are about. */
const IN_WORKERD = "test/edge/**/*.workerd.test.ts";
/** Tests that talk to the built Worker. */
const AT_THE_EDGE = "test/edge/**/*.test.ts";
/** Cloudflare's tools ask the internet for nothing. */
const OFFLINE = { CI: "1", CLOUDFLARE_CF_FETCH_ENABLED: "false", WRANGLER_SEND_METRICS: "false" };
Object.assign(process.env, OFFLINE);

export default defineConfig({
  test: {
    reporters: ["default", "./test/support/summary-reporter.ts"],
    dangerouslyIgnoreUnhandledErrors: false,
    // Many tests wait, for a process or a limit: more of them than processors run at once.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    projects: [
      {
        test: {
          name: "node",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, AT_THE_EDGE],
          setupFiles: ["test/support/network-off.ts"],
          testTimeout: 20_000,
          hookTimeout: 20_000,
        },
      },
      {
        test: {
          name: "edge",
          include: [AT_THE_EDGE],
          exclude: [...configDefaults.exclude, IN_WORKERD],
          globalSetup: ["test/edge/build-workers.ts"],
          setupFiles: ["test/support/network-off.ts"],
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      {
        plugins: [cloudflareTest({ wrangler: { configPath: "./test/edge/wrangler.toml" } })],
        test: {
          name: "workerd",
          include: [IN_WORKERD],
          testTimeout: 20_000,
          hookTimeout: 20_000,
        },
      },
    ],
  },
});
