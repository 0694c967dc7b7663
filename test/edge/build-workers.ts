import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import { OFFLINE } from "./offline.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the built Worker lies. */
    readonly workerFolder: string;
  }
}

const ROOT = join(import.meta.dirname, "../..");
const WRANGLER = join(ROOT, "node_modules/wrangler/bin/wrangler.js");

/** Builds the Worker that would be deployed, once for all test files of the project. */
export default async function buildWorkers(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "doorstep-worker-"));
  const args = [WRANGLER, "deploy", "--env=", "--dry-run", "--outdir", folder];
  await promisify(execFile)(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, ...OFFLINE },
  });
  project.provide("workerFolder", folder);
  return () => rm(folder, { recursive: true, force: true });
}
