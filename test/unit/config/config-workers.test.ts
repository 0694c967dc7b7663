import { describe, expect, it } from "vitest";
import { SETTINGS } from "../../../src/config/schema.ts";
import { rowsOf } from "../../../src/config/setting.ts";
import { loadWorkerSettings } from "../../../src/runtimes/worker/worker-settings.ts";
import { generateKeys } from "../../../src/tokens/generate-keys.ts";
import { loaded, problemsOf } from "../../support/gateway/load-settings.ts";

const ON_WORKERS = { runtime: "workers" } as const;
const { indexKey, jwtPrivateJwks, secretKeys } = await generateKeys({ algorithms: ["ES256"] });
const KEYS = { JWT_PRIVATE_JWKS: jwtPrivateJwks, SECRET_KEYS: secretKeys, INDEX_KEY: indexKey };
const PRODUCTION = {
  ...KEYS,
  NODE_ENV: "production",
  PUBLIC_URL: "https://login.example.com",
  MONGODB_URL: "mongodb+srv://db.example.com/earlybird",
  SMS_PROVIDER: "twilio",
  TWILIO_ACCOUNT_SID: `AC${"a".repeat(32)}`,
  TWILIO_AUTH_TOKEN: "4f1c7a9d3be8265074d1ac9f3e6b8205",
  TWILIO_FROM: "+15005550006",
};
const DEVELOPMENT = { ...KEYS, NODE_ENV: "development" };
const names = (problems: readonly { readonly setting: string }[]) =>
  problems.map(({ setting }) => setting);

describe("settings on Workers", () => {
  it("settings on Workers need no Redis in production, and a MongoDB as everywhere", () => {
    expect(problemsOf(PRODUCTION, ON_WORKERS)).toEqual([]);
    expect(names(problemsOf(PRODUCTION))).toEqual(["REDIS_URL"]);
    const { MONGODB_URL, ...rest } = PRODUCTION;
    expect(names(problemsOf(rest, ON_WORKERS))).toEqual(["MONGODB_URL"]);
  });

  it("settings on Workers refuse what would not be read there, by name, never by value", () => {
    const unread = {
      PORT: "8787",
      HOST: "0.0.0.0",
      TRUSTED_PROXIES: "10.0.0.0/8",
      KEEP_ALIVE_TIMEOUT: "65s",
      DRAIN_DELAY: "9s",
      REDIS_URL: "redis://cache.example.com",
      SQLITE_PATH: "somewhere.db",
      POLICY_FILE: "policy/other.json",
      UPSTREAM_KEEP_ALIVE: "3s",
      PROCESSES: "2",
    };
    const problems = problemsOf({ ...PRODUCTION, ...unread }, ON_WORKERS);
    expect(names(problems).sort()).toEqual(Object.keys(unread).sort());
    for (const { reason } of problems) {
      expect(reason).toMatch(/^must not be set on Workers: \w/);
      for (const value of Object.values(unread)) expect(reason).not.toContain(value);
    }
    const marked = rowsOf(SETTINGS).filter(({ nodeOnly }) => nodeOnly !== undefined);
    expect(names(marked.map(({ name }) => ({ setting: name }))).sort()).toEqual(
      Object.keys(unread).sort(),
    );
  });

  it("settings on Workers take no secret from a file: there are none", () => {
    const { INDEX_KEY, ...rest } = PRODUCTION;
    const problems = problemsOf({ ...rest, INDEX_KEY_FILE: "/run/secrets/index" }, ON_WORKERS);
    expect(problems).toEqual([
      { setting: "INDEX_KEY_FILE", reason: "cannot be used: this runtime has no files" },
    ]);
  });

  it("settings on Workers are otherwise the same", () => {
    const node = loaded({ ...PRODUCTION, REDIS_URL: "rediss://cache.example.com" }).settings;
    const { host, port, ...server } = node.server;
    const workers = loaded(PRODUCTION, ON_WORKERS).settings;
    expect(workers).toMatchObject({ rules: node.rules, limits: node.limits, server });
  });
});

describe("a Worker built for production", () => {
  it("a Worker built for production takes good settings, and nothing of its bindings but texts", () => {
    const bindings = { ...PRODUCTION, STATE: { idFromName: () => null }, DEPLOYED_AT: 8787 };
    expect(loadWorkerSettings(bindings, "production").ok).toBe(true);
  });

  it.each([undefined, "", "development", "test", "Production"])(
    "a Worker built for production does not run with NODE_ENV=%s",
    (name) => {
      const read = loadWorkerSettings({ ...PRODUCTION, NODE_ENV: name }, "production");
      expect(read.ok ? [] : names(read.failure)).toEqual(["NODE_ENV"]);
    },
  );
});

describe("a Worker built for development", () => {
  it("a Worker built for development runs with keys that were handed to it, on this machine", () => {
    const read = loadWorkerSettings(DEVELOPMENT, "development");
    expect(read.ok && read.value.settings.smsProvider).toBe("console");
  });

  it("a Worker built for development makes no keys: a Worker could not keep them", () => {
    const read = loadWorkerSettings({ NODE_ENV: "development" }, "development");
    expect(read.ok ? [] : names(read.failure)).toEqual(Object.keys(KEYS));
  });

  it("a Worker built for development does not run in production, nor where others reach it", () => {
    const production = loadWorkerSettings(PRODUCTION, "development");
    expect(production.ok ? [] : names(production.failure)).toEqual(["NODE_ENV"]);
    const outside = { ...DEVELOPMENT, PUBLIC_URL: "https://doorstep.example.workers.dev" };
    const read = loadWorkerSettings(outside, "development");
    expect(read.ok ? [] : names(read.failure)).toEqual(["PUBLIC_URL"]);
  });
});
