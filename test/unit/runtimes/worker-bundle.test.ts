import { builtinModules } from "node:module";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");
/** Packages that need Node, or that are too large for a Worker that can do without them. */
const NODE_ONLY = ["@hono/node-server", "mongodb", "ioredis", "twilio", "undici", "pino"];
/**
 * What the app weighs today and a little more: who raises it has looked why. Of it 6 KB are zod's
 * JSON Schema, which /openapi.json is made by, and 16 KB are the login page's eleven languages.
 */
const BUDGET_KB = 170;

/** Bundles as wrangler does: for a platform that is neither Node nor a browser. */
async function bundle(source: string) {
  const { metafile, outputFiles } = await build({
    stdin: { contents: source, resolveDir: ROOT, loader: "ts" },
    absWorkingDir: ROOT,
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: "esm",
    target: "es2024",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd", "worker", "browser"],
    // Left as they are, so that they are found below and not a failure to resolve.
    external: ["node:*", "cloudflare:*", ...builtinModules],
    logLevel: "silent",
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  const folders = Object.keys(metafile.inputs)
    .map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(path)?.[1])
    .filter((name) => name !== undefined);
  return {
    text: outputFiles.map(({ text }) => text).join("\n"),
    external: imports.filter(({ external }) => external).map(({ path }) => path),
    packages: [...new Set(folders)].sort(),
  };
}

/** What of a bundle does not belong on a Worker. */
const misfits = ({ external, packages, text }: Awaited<ReturnType<typeof bundle>>) => [
  ...external,
  ...packages.filter((name) => NODE_ONLY.includes(name)),
  ...(text.match(/\b(?:from|import|require)\s*\(?\s*["'](?:node|cloudflare):\w+/g) ?? []),
  ...(text.match(/\b(?:process\.(?:env|nextTick|versions)|Buffer\.(?:from|alloc))\b/g) ?? []),
];

describe("createApp on Workers", () => {
  it("bundles without Node and without Node-only packages", async () => {
    const app = await bundle('export { createApp } from "./src/http/create-app.ts";');
    expect(misfits(app)).toEqual([]);
    expect(app.packages).toContain("hono");
    const kb = gzipSync(app.text, { level: 9 }).length / 1024;
    console.log(
      `createApp for Workers: ${kb.toFixed(1)} KB gzipped, of ${app.packages.join(", ")}`,
    );
    expect(kb).toBeLessThan(BUDGET_KB);
    expect(kb).toBeGreaterThan(BUDGET_KB / 2);
  });

  it.each([
    ['import { serve } from "@hono/node-server"; serve;', "@hono/node-server"],
    ['import { readFileSync } from "node:fs"; export const a = readFileSync;', "node:fs"],
    ['import { join } from "path"; export const a = join;', "path"],
    ['export const a = () => import("node:fs");', "node:fs"],
    ["export const a = Buffer.from([]);", "Buffer.from"],
    ["export const a = process.env;", "process.env"],
  ])("would be told of: %s", async (source, misfit) => {
    expect(misfits(await bundle(source))).toContain(misfit);
  });
});
