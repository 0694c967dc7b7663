import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { createTestHarness } from "wrangler";
import { generateKeys } from "../src/tokens/generate-keys.ts";
import { OFFLINE } from "../test/edge/offline.ts";
import { workerVars } from "../test/support/gateway/worker-vars.ts";
import { cpuMs, statOf } from "./cpu.ts";
import { NODE } from "./process.ts";

export type Env = Readonly<Record<string, string>>;

const ROOT = join(import.meta.dirname, "..");
const WRANGLER = join(ROOT, "node_modules/wrangler/bin/wrangler.js");
/** Settings of a production gateway whose neighbours are stand-ins on this machine. */
export const productionVars = async (mongoUrl: string, twilioUrl: string): Promise<Env> =>
  workerVars(await generateKeys(), mongoUrl, twilioUrl);

/** The workerd of the Worker: wrangler starts one for a proxy of its own before it. */
function workerd(): number {
  const started = readdirSync("/proc").flatMap((pid) => {
    try {
      const isWorkerd = readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "workerd";
      const [, parent, ...rest] = isWorkerd ? statOf(pid) : [];
      return Number(parent) === process.pid ? [{ pid: Number(pid), at: Number(rest[17]) }] : [];
    } catch {
      return [];
    }
  });
  const newest = started.sort((a, b) => b.at - a.at || b.pid - a.pid)[0];
  if (newest === undefined || started.length !== 2) throw new Error("not the two of wrangler");
  return newest.pid;
}

/**
 * Builds the Worker as it is deployed.
 *
 * @param root the checkout to build, such as one of an older commit
 * @returns the folder
 */
export async function buildWorker(folder: string, root = ROOT): Promise<string> {
  const args = [WRANGLER, "deploy", "--env=", "--dry-run", "--outdir", folder];
  const env = { ...process.env, ...OFFLINE };
  await promisify(execFile)(NODE, args, { cwd: root, env });
  return folder;
}

/** A built Worker in workerd, in production. @param root the checkout that the Worker is of */
export async function openWorker(folder: string, vars: Env, root = ROOT) {
  Object.assign(process.env, OFFLINE);
  const begunAt = performance.now();
  const worker = { configPath: join(root, "wrangler.toml"), prebuiltWorkerDir: folder };
  const server = createTestHarness({
    root,
    workers: [{ ...worker, vars: { ...vars, NODE_ENV: "production" } }],
  });
  const { origin: url } = (await server.listen()).url;
  const pid = workerd();
  const bare = { ms: performance.now() - begunAt, cpuMs: cpuMs(pid) };
  await fetch(`${url}/healthz`);
  const first = { ms: performance.now() - begunAt - bare.ms, cpuMs: cpuMs(pid) - bare.cpuMs };
  return { url, pid, started: first, stop: () => server.close() };
}
