import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { generateKeys } from "../../../src/tokens/generate-keys.ts";
import { loaded, problemsOf } from "../../support/gateway/load-settings.ts";

const { indexKey, jwtPrivateJwks, secretKeys } = await generateKeys({ algorithms: ["ES256"] });
const PRODUCTION = {
  NODE_ENV: "production",
  PUBLIC_URL: "https://login.example.com",
  MONGODB_URL: "mongodb://127.0.0.1/earlybird",
  REDIS_URL: "redis://127.0.0.1",
  SMS_PROVIDER: "twilio",
  TWILIO_ACCOUNT_SID: "AC0123456789abcdef0123456789abcdef",
  TWILIO_AUTH_TOKEN: "4f1c7a9d3be8265074d1ac9f3e6b8205",
  TWILIO_FROM: "+14155550123",
  JWT_PRIVATE_JWKS: jwtPrivateJwks,
  SECRET_KEYS: secretKeys,
  INDEX_KEY: indexKey,
};
const base64 = (bytes: readonly number[]) => Buffer.from(bytes).toString("base64");
const secret = () => base64([...crypto.getRandomValues(new Uint8Array(36))]);
const [, own = ""] = secretKeys.split(":");

const problems = (env: Readonly<Record<string, string>>) =>
  problemsOf({ ...PRODUCTION, ...env }).map(({ reason, setting }) => `${setting} ${reason}`);
const named = (env: Readonly<Record<string, string>>) =>
  problemsOf({ ...PRODUCTION, ...env }).map(({ setting }) => setting);

describe("a secret in production", () => {
  it("a secret in production is taken where it is random", () => {
    expect(problems({ METRICS_TOKEN: secret(), ADMIN_TOKEN: secret() })).toEqual([]);
  });

  it.each([
    ["zeros", base64(Array(32).fill(0))],
    ["one byte again and again", base64(Array(32).fill(97))],
    ["half a key twice", base64([...Array(32).keys()].map((n) => ((n % 16) * 37 + 11) % 256))],
    ["bytes that count up", base64([...Array(32).keys()])],
  ])("a secret in production is no key of %s", (_, key) => {
    expect(named({ INDEX_KEY: key })).toEqual(["INDEX_KEY"]);
    expect(named({ SECRET_KEYS: `${secretKeys},old:${key}` })).toEqual(["SECRET_KEYS"]);
  });

  it.each([
    ["ADMIN_TOKEN", "a".repeat(32)],
    ["ADMIN_TOKEN", "0123456789abcdef0123456789abcdef"],
    ["METRICS_TOKEN", "abababababababab"],
    ["FORWARD_AUTH_SECRET", "c".repeat(40)],
    ["LEGACY_JWT_SECRET", "0123456789abcdefghijklmnopqrstuvwx".slice(0, 16).repeat(2)],
  ])("a secret in production is no %s that repeats itself, %s", (setting, text) => {
    expect(named({ [setting]: text })).toEqual([setting]);
  });

  it("a secret in production is no example of our own documents", () => {
    const texts = ["README.md", ".env.example", "docker-compose.yml"].map((name) =>
      readFileSync(name, "utf8"),
    );
    const example =
      /\b(SECRET_KEYS|INDEX_KEY|LEGACY_JWT_SECRET|METRICS_TOKEN|ADMIN_TOKEN|FORWARD_AUTH_SECRET)=([\w.~+/:=-]{16,})/g;
    const published = texts.flatMap((text) => [...text.matchAll(example)]);
    expect(published.length).toBeGreaterThan(0);
    for (const [, setting = "", text = ""] of published) {
      expect(named({ [setting]: text }), setting).toContain(setting);
    }
  });

  it.each([
    ["INDEX_KEY", { INDEX_KEY: own }],
    [
      "ADMIN_TOKEN",
      {
        ADMIN_TOKEN: "Zq8rT2mVb5xWc9kLp3nYs7dGh4jF6aQe",
        LEGACY_JWT_SECRET: "Zq8rT2mVb5xWc9kLp3nYs7dGh4jF6aQe",
      },
    ],
    ["METRICS_TOKEN", { METRICS_TOKEN: own.replaceAll("=", "") }],
    ["LEGACY_JWT_SECRET", { LEGACY_JWT_SECRET: indexKey }],
    ["TWILIO_AUTH_TOKEN", { METRICS_TOKEN: PRODUCTION.TWILIO_AUTH_TOKEN }],
  ])("a secret is not shared by two settings: %s is named, and no value", (setting, env) => {
    const told = problems(env);
    expect(told.map((sentence) => sentence.split(" ")[0])).toEqual([setting]);
    for (const value of Object.values(env)) expect(told.join()).not.toContain(value);
  });

  it("a secret in production is not one key under two ids", () => {
    expect(named({ SECRET_KEYS: `one:${own},two:${own}` })).toEqual(["SECRET_KEYS"]);
  });

  it("a secret in production is reported with all others at once", () => {
    const zeros = base64(Array(32).fill(0));
    const all = { INDEX_KEY: zeros, ADMIN_TOKEN: "b".repeat(32), OTP_TTL: "15m" };
    expect(named(all).sort()).toEqual(["ADMIN_TOKEN", "INDEX_KEY", "OTP_TTL"]);
  });

  it("a secret in production may be an example in development, where nobody comes from outside", () => {
    const env = { LEGACY_JWT_SECRET: "only-for-this-laptop-0123456789abcdef" };
    expect(problemsOf({ NODE_ENV: "development", ...env })).toEqual([]);
  });
});

describe("a setting that guards nothing", () => {
  it.each<[string, Readonly<Record<string, string>>]>([
    ["OTP_TTL", { OTP_TTL: "15m" }],
    ["OTP_TTL", { OTP_TTL: "5m", OTP_RESEND_WAIT: "30s,6m" }],
    ["LIMIT_OTP_PER_ADDRESS", { LIMIT_OTP_PER_ADDRESS: "1000000/1s" }],
    ["LIMIT_FAILURES_PER_SERVICE", { LIMIT_FAILURES_PER_SERVICE: "1001/1s" }],
    ["NODE_TLS_REJECT_UNAUTHORIZED", { NODE_TLS_REJECT_UNAUTHORIZED: "0" }],
    ...[
      "tlsInsecure=true",
      "tlsAllowInvalidCertificates=true",
      "TLSallowInvalidHostnames=true",
    ].map((option): [string, Readonly<Record<string, string>>] => [
      "MONGODB_URL",
      { MONGODB_URL: `mongodb://127.0.0.1/earlybird?tls=true&${option}` },
    ]),
    ["MONGODB_URL", { MONGODB_URL: "mongodb://127.0.0.1/earlybird?rejectUnauthorized=false" }],
    ["REDIS_URL", { REDIS_URL: "rediss://127.0.0.1/0?rejectUnauthorized=false" }],
  ])("a setting that guards nothing is refused: %s in %j", (setting, env) => {
    expect(named(env)).toEqual([setting]);
  });

  it("a setting that guards nothing is not refused where it holds: the longest code and wait, the largest limit", () => {
    const env = { OTP_TTL: "8m", LIMIT_OTP_PER_ADDRESS: "1000/1s" };
    expect(named(env)).toEqual([]);
  });
});

describe("a ceiling on guesses that is none a day", () => {
  const warned = (limit: string) =>
    loaded({ ...PRODUCTION, LIMIT_FAILURES_PER_SERVICE: limit }).warnings.map(
      ({ setting }) => setting,
    );

  it.each(["120/1m", "1000/1s", "5000/1h", "100001/1d"])(
    "a ceiling on guesses of %s is warned about",
    (limit) => {
      expect(warned(limit)).toEqual(["LIMIT_FAILURES_PER_SERVICE"]);
    },
  );

  it.each(["120/1m,2000/1d", "60/1m,100000/1d", "4000/1h", "100000/30d"])(
    "a ceiling on guesses of %s is not warned about",
    (limit) => {
      expect(warned(limit)).toEqual([]);
    },
  );
});

describe("a page without TLS in ALLOWED_ORIGINS", () => {
  const warned = (origins: string) =>
    loaded({ ...PRODUCTION, ALLOWED_ORIGINS: origins }).warnings.map(({ setting }) => setting);

  it("a page without TLS on another host is warned about: who is on the way can write into the page", () => {
    expect(warned("https://shop.example,http://shop.example")).toEqual(["ALLOWED_ORIGINS"]);
  });

  it("a page on this machine, with TLS or of an app is not warned about", () => {
    expect(warned("http://localhost:3000,https://shop.example,capacitor://localhost")).toEqual([]);
  });
});

describe("a store or a backend on another host that is not encrypted", () => {
  const warned = (env: Readonly<Record<string, string>>) =>
    loaded({ ...PRODUCTION, LEGACY_JWT_SECRET: secret(), ...env }).warnings.map(
      ({ setting }) => setting,
    );

  it.each<[Readonly<Record<string, string>>, readonly string[]]>([
    [{ MONGODB_URL: "mongodb://db.example/earlybird" }, ["MONGODB_URL"]],
    [{ MONGODB_URL: "mongodb://127.0.0.1,db.example/earlybird" }, ["MONGODB_URL"]],
    [{ MONGODB_URL: "mongodb+srv://db.example/earlybird?tls=false" }, ["MONGODB_URL"]],
    [{ MONGODB_URL: "mongodb://db.example/earlybird?TLS=true" }, []],
    [{ MONGODB_URL: "mongodb+srv://db.example/earlybird" }, []],
    [{ REDIS_URL: "redis://:pw@cache.example" }, ["REDIS_URL"]],
    [{ REDIS_URL: "rediss://:pw@cache.example" }, []],
    [{ LEGACY_UPSTREAM_URL: "http://backend.example" }, ["LEGACY_UPSTREAM_URL"]],
    [{ LEGACY_UPSTREAM_URL: "https://backend.example" }, []],
    [{ LEGACY_UPSTREAM_URL: "http://127.0.0.1:9885" }, []],
  ])("an unencrypted store elsewhere: %j is warned about as %j", (env, expected) => {
    expect(warned(env)).toEqual(expected);
  });
});
