import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { OFFLINE } from "./offline.ts";
import { quietWorkerd } from "./quiet-workerd.ts";

Object.assign(process.env, OFFLINE);
quietWorkerd();

/** Tests that run inside workerd, beside the Durable Objects that they are about. */
export default defineConfig({
  root: "../..",
  plugins: [cloudflareTest({ wrangler: { configPath: "./test/edge/wrangler.toml" } })],
  test: {
    name: "workerd",
    include: ["test/edge/**/*.workerd.test.ts"],
    sequence: { groupOrder: 2 },
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
