import { join } from "node:path";
import { inject } from "vitest";
import { createTestHarness } from "wrangler";
import { generateKeys } from "../../src/tokens/generate-keys.ts";
import { eventually } from "../support/gateway/fleet.ts";
import type { LogLine } from "../support/gateway/gateway-process.ts";
import { workerVars } from "../support/gateway/worker-vars.ts";
import { TWILIO_ACCOUNT } from "../support/twilio/twilio-account.ts";

/** The built Worker in workerd, as a test has it. */
export interface EdgeWorker {
  /** `http://127.0.0.1:port`, without a slash at its end. */
  readonly url: string;
  log(): readonly LogLine[];
  /**
   * Waits until every request that was sent here is logged, and all that they deferred is done.
   *
   * @param isSent whether every code is out, where what follows it need not be waited for
   */
  settle(isSent?: () => boolean): Promise<void>;
  /** How many codes were to be delivered so far. */
  deliveries(): number;
  /** One request; the answer as it came. */
  request(path: string, init?: RequestInit): Promise<Response>;
  /** Ends an object; what it stored stays. */
  evict(className: string, name: string): Promise<void>;
  objectIds(className: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** Sends a code, and then searches for rare spellings, before which it rests for half a second. */
const DELIVERY = "deliver-code";
/** On a machine where much else runs. */
const SETTLED_MS = 30_000;

const ROOT = join(import.meta.dirname, "../..");

/**
 * What a Worker of the harness asks is sent by this process's `fetch`, which follows redirects
 * whatever the Worker said. Ours says `manual` to everybody, and the platform does as it says.
 */
const send = globalThis.fetch;
globalThis.fetch = (input, init) => {
  if (init === undefined || !("url" in init)) return send(input, init);
  const { body = null, headers = [], method = "GET", signal = null } = init;
  const half = body === null ? {} : { duplex: "half" };
  return send(input, { ...half, body, headers, method, signal, redirect: "manual" });
};

/** One set of keys for all Workers of a file. */
const keys = await generateKeys();

/** Settings of a production gateway whose neighbours are stand-ins on this machine. */
export const productionVars = (
  mongoUrl: string,
  twilioUrl: string,
): Readonly<Record<string, string>> => ({
  ...workerVars(keys, mongoUrl, twilioUrl),
  NODE_ENV: "production",
  LOG_LEVEL: "debug",
  TWILIO_VOICE_FROM: TWILIO_ACCOUNT.voiceFrom,
});

/** Starts the built Worker with these variables over those of wrangler.toml. */
export async function startWorker(vars: Readonly<Record<string, string>>): Promise<EdgeWorker> {
  const worker = {
    configPath: join(ROOT, "wrangler.toml"),
    prebuiltWorkerDir: inject("workerFolder"),
  };
  const server = createTestHarness({ root: ROOT, workers: [{ ...worker, vars }] });
  const { url } = await server.listen();
  const origin = url.origin;
  let sent = 0;
  const lines: LogLine[] = [];
  const log = () => {
    lines.push(...server.getLogs().flatMap(({ message }) => parsed(message)));
    server.clearLogs();
    return lines;
  };
  const tasks = (event: string) =>
    lines.filter((line) => line.event === event).map(({ task }) => task);
  return {
    url: origin,
    log,
    request(path, init) {
      sent++;
      // Each request from a network of its own: what one source may do is for the tests of sources.
      const headers = new Headers(init?.headers);
      if (!headers.has("cf-connecting-ip")) headers.set("cf-connecting-ip", addressOf(sent));
      return fetch(origin + path, { ...init, headers });
    },
    async settle(isSent = () => false) {
      await eventually(() => {
        const answered = log().filter(({ event }) => event === "request").length >= sent;
        if (!answered) return;
        const [begun, done] = [tasks("deferred"), tasks("deferred-done")];
        if (begun.length === done.length) return true;
        const others = (names: readonly unknown[]) => names.filter((name) => name !== DELIVERY);
        return (isSent() && others(begun).length === others(done).length) || undefined;
      }, SETTLED_MS);
    },
    deliveries: () => {
      log();
      return tasks("deferred").filter((name) => name === DELIVERY).length;
    },
    evict: (className, name) => server.getWorker().evictDurableObject(className, { name }),
    objectIds: (className) => server.getWorker().listDurableObjectIds(className),
    stop: () => server.close(),
  };
}

const addressOf = (n: number): string =>
  `10.${100 + (Math.floor(n / 150) % 150)}.${100 + (n % 150)}.1`;

/** What the platform itself prints is none of ours. */
function parsed(message: string): readonly LogLine[] {
  try {
    return [JSON.parse(message) as LogLine];
  } catch {
    return [];
  }
}
