import { sdkTransport } from "../../adapters/twilio/sdk-transport.ts";
import type { EnvironmentRecord } from "../../config/load-settings.ts";
import type { Phone } from "../../core/ids.ts";
import { envProxy } from "../../runtimes/node/env-proxy.ts";
import { type NodeGateway, nodeGateway } from "../../runtimes/node/node-gateway.ts";
import { checkTestPhones } from "../../runtimes/shared/check-test-phones.ts";
import type { CompleteSettings } from "../../runtimes/shared/complete-settings.ts";
import { openConsole } from "../../runtimes/shared/open-console.ts";
import { openProvider } from "../../runtimes/shared/open-provider.ts";
import { StartError } from "../../runtimes/shared/start-error.ts";
import { askBackend, isAnswer } from "./ask-backend.ts";
import { checkClients } from "./check-clients.ts";
import { checkClock, type OtherClock } from "./check-clock.ts";
import { checkData } from "./check-data.ts";
import { checkKeys } from "./check-keys.ts";
import { checkMongo } from "./check-mongo.ts";
import { comparePolicy } from "./check-policy.ts";
import { checkSecret } from "./check-secret.ts";
import { checkSettings, loggedFindings, stopped } from "./check-settings.ts";
import { checkCollections, checkRedis, checkState } from "./check-stores.ts";
import { type Checked, checked, good, unanswered, unknown } from "./finding.ts";
import type { DoctorPlace } from "./place.ts";
import { sendTest } from "./send-test.ts";

const NO_BACKEND = "nothing is forwarded: LEGACY_UPSTREAM_URL is not set";

export interface Examination {
  readonly env: EnvironmentRecord;
  /** `--send-test`, parsed by the settings; null: nothing is sent. */
  readonly testPhone: ((settings: CompleteSettings) => Phone) | null;
}

/** Every check of `doorstep doctor` but the probe, in the order of the screen. */
export async function examine({ env, testPhone }: Examination): Promise<readonly Checked[]> {
  const { lines, settings } = await checkSettings(env);
  if (settings === null)
    return [...lines, unknown("others", "not checked: the settings come first")];
  const unfit = checkClients(settings).filter(({ state }) => state !== "ok");
  if (unfit.length > 0) {
    return [...lines, ...unfit, unknown("others", "not checked: the clients' keys come first")];
  }
  const to = testPhone?.(settings) ?? null;
  const logged: string[] = [];
  const listening = { ...settings, logLevel: "warn" as const };
  const opened = await open(listening, (line) => void logged.push(line));
  if (!("gateway" in opened)) return [...lines, ...opened.lines];
  const { gateway, runtime } = opened;
  try {
    const place = { settings: listening, gateway };
    const found = await checkedAll(opened, place);
    const sent = to === null ? [] : await testMessage(place, env, to);
    const warned = loggedFindings(logged);
    const start = lines.filter(({ state }) => warned.length === 0 || state !== "ok");
    return [...start, ...warned, ...found, ...sent];
  } finally {
    await runtime.drain(1_000);
    await opened.close();
  }
}

async function open(
  settings: CompleteSettings,
  write: (line: string) => void,
): Promise<NodeGateway | { readonly lines: readonly Checked[] }> {
  let gateway: NodeGateway | null = null;
  const lines = await checked("stores", async () => {
    try {
      gateway = await nodeGateway(settings, write);
      return [];
    } catch (error) {
      if (error instanceof StartError) return stopped(error);
      throw error;
    }
  });
  return gateway ?? { lines };
}

/** All at once: a dead dependency costs its own wait only. */
async function checkedAll(
  { backend, gateway }: NodeGateway,
  place: DoctorPlace,
): Promise<readonly Checked[]> {
  const { accessTokens, proxy, store } = place.settings;
  const { now, randomBytes } = gateway.runtime;
  const clocks: OtherClock[] = [];
  const upstream = proxy.upstreamUrl?.text ?? null;
  const parts = await Promise.all([
    checked("settings", () => testPhones(place, gateway)),
    checked("stores", () => checkCollections(place)),
    checked("stores", () => checkState(place)),
    checked("stores", () => redisLines(place, store.redisUrl, clocks)),
    checked("indexes", () => mongoLines(place, store.mongoUrl, clocks)),
    checked("data", () => checkData(place)),
    checked("keys", async () => checkKeys(place.settings, now())),
    checked("clients", async () => checkClients(place.settings)),
    checked("backend", () => backendLines(upstream, clocks)),
    checked("policy", async () =>
      upstream === null || backend === null ? [] : comparePolicy(backend.policy, upstream),
    ),
    checked("secret", async () =>
      upstream === null
        ? []
        : checkSecret({
            upstream,
            now,
            randomBytes,
            secret: proxy.jwtSecret,
            issuer: accessTokens.issuer,
          }),
    ),
  ]);
  return [...parts.flat(), ...checkClock(clocks)];
}

/** A test phone that belongs to a person stops the start. */
async function testPhones(
  { settings }: DoctorPlace,
  gateway: NodeGateway["gateway"],
): Promise<readonly Checked[]> {
  if (settings.rules.testPhones.length === 0) return [];
  try {
    await checkTestPhones(gateway);
    return [];
  } catch (error) {
    if (error instanceof StartError) return stopped(error);
    throw error;
  }
}

async function redisLines(
  { gateway: { log } }: DoctorPlace,
  url: string | null,
  clocks: OtherClock[],
): Promise<readonly Checked[]> {
  if (url === null) return [];
  const sentAt = Date.now();
  const { lines, time } = await checkRedis(url, log);
  clocks.push({ name: "Redis", at: time, coarseMs: 0, sentAt, receivedAt: Date.now() });
  return lines;
}

async function mongoLines(
  { gateway: { log } }: DoctorPlace,
  url: string | null,
  clocks: OtherClock[],
): Promise<readonly Checked[]> {
  if (url === null) return [good("indexes", "SQLite has its own")];
  const { clock, lines } = await checkMongo(url, log);
  const { at, ...asked } = clock;
  if (at !== null) clocks.push({ name: "MongoDB", at, coarseMs: 0, ...asked });
  return lines;
}

const WHOLE_SECONDS_MS = 1_000;

async function backendLines(
  upstream: string | null,
  clocks: OtherClock[],
): Promise<readonly Checked[]> {
  if (upstream === null) return [good("backend", NO_BACKEND)];
  const answer = await askBackend(`${upstream}/api/`, null);
  if (!isAnswer(answer)) {
    return [
      unanswered("backend", {
        what: `the backend does not answer (${answer.code})`,
        why: "Every request through the proxy fails with 502 or 504.",
        mend: "Start the backend, or correct LEGACY_UPSTREAM_URL.",
      }),
    ];
  }
  const { at, ...asked } = answer.clock;
  if (at !== null) clocks.push({ name: "the backend", at, coarseMs: WHOLE_SECONDS_MS, ...asked });
  const open = unknown(
    "probe",
    "whether the backend answers without the gateway",
    "From another machine: npx doorstep doctor --probe URL_OF_THE_BACKEND",
  );
  return [good("backend", `answers ${answer.status}`), open];
}

async function testMessage(
  { gateway, settings }: DoctorPlace,
  env: EnvironmentRecord,
  to: Phone,
): Promise<readonly Checked[]> {
  const { log, rules, runtime } = gateway;
  // The SDK reads HTTP_PROXY alone, always: its message would take another way than the gateway's.
  const lent = envProxy(env) === null ? { twilioTransport: sdkTransport } : {};
  const provider =
    settings.smsProvider === "console"
      ? openConsole(runtime)
      : await openProvider(settings, runtime, log, lent);
  return checked("message", () => sendTest({ rules, runtime, provider }, to));
}
