import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
  BUSY_POLICY,
  type BusyBackend,
  startBusyBackend,
} from "../../test/support/attack/busy-backend.ts";
import { start } from "../process.ts";

/** A gateway to be attacked, in a process of its own, in front of a backend of public answers. */
export interface Place {
  readonly url: string;
  readonly port: number;
  readonly backend: BusyBackend;
  /** Resident memory of the gateway's own process. */
  residentMb(): number;
  stop(): Promise<void>;
}

/** One attack. */
export interface Row {
  readonly name: string;
  readonly input: string;
  /** What an honest operator wants to see. */
  readonly right: string;
  /** @returns what was seen, in words */
  run(place: Place): Promise<string>;
}

const NODE = join(import.meta.dirname, "../../node_modules/.bin/node");

/** @param root the checkout whose gateway is attacked; it needs a `node_modules` of its own */
export async function openPlace(root: string): Promise<Place> {
  const backend = await startBusyBackend();
  const folder = mkdtempSync(join(tmpdir(), "doorstep-attack-"));
  const policy = join(folder, "policy.json");
  writeFileSync(policy, JSON.stringify(BUSY_POLICY));
  const { child, line } = start(NODE, [resolve(root, "src/cli/doorstep.ts"), "serve"], {
    cwd: folder,
    env: {
      PORT: "0",
      NODE_ENV: "development",
      LEGACY_UPSTREAM_URL: backend.url,
      LEGACY_JWT_SECRET: randomBytes(36).toString("base64"),
      POLICY_FILE: policy,
    },
  });
  const port = await line((text) => {
    const [, found] = /"event":"started","port":(\d+)/.exec(text) ?? [];
    return found === undefined ? null : Number(found);
  });
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    backend,
    residentMb() {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
    },
    async stop() {
      child.kill("SIGKILL");
      await backend.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
