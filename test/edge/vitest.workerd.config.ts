import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { AT_THE_EDGE_AT_ONCE, OFFLINE } from "./offline.ts";

Object.assign(process.env, OFFLINE);

/** Tests that run inside workerd, beside the Durable Objects that they are about. */
export default defineConfig({
  root: "../..",
  plugins: [cloudflareTest({ wrangler: { configPath: "./test/edge/wrangler.toml" } })],
  test: {
    name: "workerd",
    include: ["test/edge/**/*.workerd.test.ts"],
    // Beside the built Worker's tests: most of what these do is wait for a window's end.
    sequence: { groupOrder: 1 },
    maxWorkers: AT_THE_EDGE_AT_ONCE,
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
