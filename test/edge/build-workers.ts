import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import { makeTestCa, type TestCa } from "../support/stores/test-ca.ts";
import { OFFLINE } from "./offline.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the built Worker lies. */
    readonly workerFolder: string;
    /** The authority that every Worker of the project trusts besides the public ones. */
    readonly testCa: TestCa;
  }
}

const ROOT = join(import.meta.dirname, "../..");
const WRANGLER = join(ROOT, "node_modules/wrangler/bin/wrangler.js");

/**
 * Builds the Worker that would be deployed, once for all test files of the project. workerd's trust
 * is settled when its harness is loaded, which files share: so the authority is made here too.
 */
export default async function buildWorkers(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "doorstep-worker-"));
  const args = [WRANGLER, "deploy", "--env=", "--dry-run", "--outdir", folder];
  await promisify(execFile)(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, ...OFFLINE },
  });
  const ca = makeTestCa();
  process.env["NODE_EXTRA_CA_CERTS"] = ca.caFile;
  project.provide("testCa", ca);
  project.provide("workerFolder", folder);
  return () => rm(folder, { recursive: true, force: true });
}
