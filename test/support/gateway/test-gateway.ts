import { AsyncLocalStorage } from "node:async_hooks";
import { hash } from "node:crypto";
import { countedCeilings } from "../../../src/adapters/ceilings/counted-ceilings.ts";
import { sqlTally } from "../../../src/adapters/ceilings/sql-tally.ts";
import { logAudit } from "../../../src/adapters/console/audit.ts";
import { jsonLog } from "../../../src/adapters/console/log.ts";
import { consoleSender } from "../../../src/adapters/console/sender.ts";
import { fetchUpstream } from "../../../src/adapters/fetch/upstream.ts";
import { flexibleLimits } from "../../../src/adapters/limiter/limits.ts";
import { sqlLimiter } from "../../../src/adapters/limiter/sql-limiter.ts";
import { sqliteDirectory } from "../../../src/adapters/sqlite/directory.ts";
import { openSqlite } from "../../../src/adapters/sqlite/node.ts";
import { sqliteOwnership } from "../../../src/adapters/sqlite/ownership.ts";
import { type SeedDocuments, seedDirectory } from "../../../src/adapters/sqlite/seed.ts";
import { sqliteState } from "../../../src/adapters/sqlite/state.ts";
import { JSON_VALUES, type StoredValues } from "../../../src/core/runs/write-image.ts";
import { createKeyring } from "../../../src/core/secrets/keyring.ts";
import type { Gateway } from "../../../src/flows/gateway.ts";
import { createProcessState } from "../../../src/flows/state/process-state.ts";
import { createApp } from "../../../src/http/create-app.ts";
import type { Ceilings } from "../../../src/ports/ceilings.ts";
import type { Directory } from "../../../src/ports/directory.ts";
import type { Limits } from "../../../src/ports/limits.ts";
import type { Ownership } from "../../../src/ports/ownership.ts";
import type { Runtime } from "../../../src/ports/runtime.ts";
import type { CodeSender, Outbox } from "../../../src/ports/sms.ts";
import type { StateStore } from "../../../src/ports/state.ts";
import type { Backend } from "../../../src/proxy/backend.ts";
import { cachedOwnership } from "../../../src/proxy/judge/cached-ownership.ts";
import { judgedRoom } from "../../../src/proxy/judge/judged-room.ts";
import type { Policy } from "../../../src/proxy/policy/policy.ts";
import { hashNow } from "../../../src/runtimes/node/hash-now.ts";
import { nodeMac } from "../../../src/runtimes/node/node-mac.ts";
import { readPolicyText } from "../../../src/runtimes/node/policy-source.ts";
import { policyOf } from "../../../src/runtimes/shared/backend-policy.ts";
import { needsPolicy, openForwardAuth } from "../../../src/runtimes/shared/open-forward-auth.ts";
import { openTokens } from "../../../src/runtimes/shared/open-tokens.ts";
import { generateKeys } from "../../../src/tokens/generate-keys.ts";
import { checkAnswers } from "./declared-answers.ts";
import { loaded } from "./load-settings.ts";

/** One set of keys for all tests of a run: making them is slow, and no test needs its own. */
const keys = await generateKeys({ algorithms: ["ES256"] });

/** Tests of other things may ask as often as they like; tests of limits set their own. */
const UNLIMITED = {
  LIMIT_OTP_PER_ADDRESS: "1000000/1h",
  LIMIT_VERIFY_PER_ADDRESS: "1000000/1h",
  LIMIT_TOKEN_PER_SESSION: "1000000/1h",
  LIMIT_SENDS_PER_SERVICE: "1000000/1h",
  LIMIT_FAILURES_PER_SERVICE: "1000000/1h",
};

/** The moment at which every test begins. */
export const START = Date.parse("2026-11-22T08:00:00Z");
export const PUBLIC_URL = "http://localhost:8787";

export interface TestClock {
  now(): number;
  advance(ms: number): void;
}

export interface TestRuntime extends Runtime {
  /** Runs deferred work, and what that defers, to its end. */
  settle(): Promise<void>;
  /** What deferred work threw. */
  readonly errors: readonly unknown[];
}

export interface TestOptions {
  /** Settings as environment texts, such as `{ OTP_TTL: "2m" }`. */
  readonly env?: Readonly<Record<string, string>>;
  readonly documents?: Partial<SeedDocuments>;
  /** A database file to share; a private one in memory without it. */
  readonly path?: string;
  readonly clock?: TestClock;
  /** Wrap a port: to record, to fail, to interleave. */
  wrapDirectory?(directory: Directory): Directory;
  /** Those of the directory that `wrapDirectory` gives, where it is another store. */
  readonly wireValues?: StoredValues;
  wrapState?(state: StateStore): StateStore;
  wrapSender?(sender: CodeSender): CodeSender;
  wrapLimits?(limits: Limits): Limits;
  wrapCeilings?(ceilings: Ceilings): Ceilings;
  wrapOwnership?(ownership: Ownership): Ownership;
  /** The policy in place of the shipped one, where `env` has a LEGACY_UPSTREAM_URL. */
  readonly policy?: object;
  /** The address of every client. Without it each request comes from a network of its own. */
  readonly peer?: string;
}

/** Requests of as many clients: what one source may do is for the tests of sources. */
const everyPeer = () => (): string => {
  asked++;
  // All as long as each other: a recorder of lengths must not tell them apart.
  return `127.${100 + (Math.floor(asked / 150) % 150)}.${100 + (asked % 150)}.1`;
};
/** By all gateways together: two nodes see one internet. */
let asked = 0;

export function testClock(start = START): TestClock {
  let time = start;
  return {
    now: () => time,
    advance: (ms) => {
      time += ms;
    },
  };
}

/** Holds the name of the deferred work that is running, so that a recorder can tell it apart. */
export const deferredWork = new AsyncLocalStorage<string>();

/** A gateway on real parts (SQLite, jose, the console sender) with a clock that tests turn. */
export async function testGateway(options: TestOptions = {}) {
  const clock = options.clock ?? testClock();
  const runtime = testRuntime(clock);
  const { settings } = loaded({
    JWT_PRIVATE_JWKS: keys.jwtPrivateJwks,
    SECRET_KEYS: keys.secretKeys,
    INDEX_KEY: keys.indexKey,
    ...UNLIMITED,
    ...options.env,
  });
  const { privateJwks, secretKeys, indexKey } = settings.keys;
  if (privateJwks === null || secretKeys === null || indexKey === null) throw new Error("no keys");
  const file = openSqlite(options.path ?? ":memory:");
  seedDirectory(file.sql, { users: [], customers_v2: [], ...options.documents }, runtime);
  const lines: string[] = [];
  const log = jsonLog({ level: "debug", now: clock.now, write: (line) => lines.push(line) });
  const sender = consoleSender(runtime);
  const directory = sqliteDirectory(file.sql, runtime);
  const state = sqliteState(file.sql, runtime);
  const policy = policyFor(settings, options);
  const budgets = { ...settings.limits, ...policy?.limits };
  const limits = flexibleLimits(budgets, sqlLimiter(file.limits), async (key) => key);
  const keyring = createKeyring(secretKeys, indexKey, nodeMac);
  const counted = { budgets: settings.ceilings, hash: keyring.limitKey, now: clock.now };
  const ceilings = countedCeilings(counted, sqlTally(file.limits));
  const ownership = sqliteOwnership(file.sql);
  const { issuer } = settings.accessTokens;
  const gateway: Gateway = {
    directory: options.wrapDirectory?.(directory) ?? directory,
    wireValues: options.wireValues ?? JSON_VALUES,
    state: options.wrapState?.(state) ?? state,
    sender: options.wrapSender?.(sender) ?? sender,
    ...(await openTokens({ ...settings, keys: { privateJwks, secretKeys, indexKey } }, clock.now)),
    ownership: options.wrapOwnership?.(ownership) ?? ownership,
    ceilings: options.wrapCeilings?.(ceilings) ?? ceilings,
    limits: options.wrapLimits?.(limits) ?? limits,
    audit: logAudit({ now: clock.now, write: (line) => lines.push(line) }),
    log,
    runtime,
    keyring,
    rules: settings.rules,
    process: createProcessState(runtime),
  };
  const outbox: Outbox = sender;
  const site = { ...settings.server, issuer, outbox, deliveryReports: null, voiceCalls: null };
  const backend = backendFor(settings, policy, gateway);
  const app = createApp({
    gateway,
    site,
    backend,
    forwardAuth: openForwardAuth(settings, policy, gateway),
    peerOf: options.peer === undefined ? everyPeer() : () => options.peer ?? null,
    rawHeadOf: () => null,
    warnsOfForwardedFor: true,
  });
  checkAnswers(app, site, backend !== null);
  return { app, backend, clock, file, gateway, lines, outbox, runtime, settings, site };
}

type TestSettings = ReturnType<typeof loaded>["settings"];

function policyFor(settings: TestSettings, { policy }: TestOptions): Policy | null {
  if (!needsPolicy(settings)) return null;
  return policyOf(policy === undefined ? readPolicyText("") : JSON.stringify(policy));
}

/** Forwards by fetch, as a Worker does: `app.request` has no Node response to write into. */
function backendFor(
  { proxy }: TestSettings,
  policy: Policy | null,
  gateway: Gateway,
): Backend | null {
  const { maxUploadBytes, timeoutMs, upstreamUrl: origin } = proxy;
  if (origin === null || policy === null) return null;
  return {
    policy,
    origin,
    ownership: cachedOwnership(gateway.ownership, gateway.runtime.now),
    judged: judgedRoom(24 * 1024 * 1024, timeoutMs, gateway.runtime.now),
    maxUploadBytes,
    upstream: fetchUpstream({ origin: origin.text, timeoutMs }),
  };
}

export type TestGateway = Awaited<ReturnType<typeof testGateway>>;

function testRuntime(clock: TestClock): TestRuntime {
  const pending = new Set<Promise<void>>();
  const errors: unknown[] = [];
  return {
    now: clock.now,
    outlivesClients: true,
    digest: (text) => hash("sha256", text, "base64url"),
    hashNow,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    sleep: () => new Promise((resolve) => setImmediate(resolve)),
    defer(name, task) {
      const done: Promise<void> = Promise.resolve()
        .then(() => deferredWork.run(name, task))
        .catch((error) => void errors.push(error))
        .finally(() => pending.delete(done));
      pending.add(done);
    },
    errors,
    async settle() {
      while (pending.size > 0) await Promise.all(pending);
    },
  };
}
