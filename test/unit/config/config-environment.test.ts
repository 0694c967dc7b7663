import { describe, expect, it } from "vitest";
import { durationMs } from "../../../src/config/parsers/parsers.ts";
import { readValues } from "../../../src/config/read-values.ts";
import { SETTINGS } from "../../../src/config/schema.ts";
import { rowsOf, setting } from "../../../src/config/setting.ts";
import { generateKeys } from "../../../src/tokens/generate-keys.ts";
import { loaded, problemsOf } from "../../support/gateway/load-settings.ts";

const namesOf = (env: Record<string, string>) => problemsOf(env).map(({ setting }) => setting);

const keys = await generateKeys({ algorithms: ["ES256"] });
/** As good as production can be while this version has no real sender. */
const PRODUCTION = {
  NODE_ENV: "production",
  PUBLIC_URL: "https://login.example.com",
  JWT_PRIVATE_JWKS: keys.jwtPrivateJwks,
  SECRET_KEYS: keys.secretKeys,
  INDEX_KEY: keys.indexKey,
  MONGODB_URL: "mongodb://db.example.com/earlybird",
  REDIS_URL: "rediss://cache.example.com:6379",
};

describe("an unset NODE_ENV", () => {
  it.each([
    ["HOST", "localhost"],
    ["HOST", "127.0.0.2"],
    ["HOST", "::1"],
    ["PUBLIC_URL", "http://127.0.0.1:9000"],
    ["PUBLIC_URL", "http://[::1]:9000"],
    ["SMS_PROVIDER", "console"],
    ["TWILIO_AUTH_TOKEN", ""],
    ["ALLOWED_ORIGINS", "https://app.example.com"],
  ])("an unset NODE_ENV means development with %s=%s", (name, value) => {
    expect(loaded({ [name]: value }).settings.environment).toBe("development");
  });

  it.each([
    ["HOST", "0.0.0.0"],
    ["HOST", "::"],
    ["HOST", "127.0.0.1.example.com"],
    ["PUBLIC_URL", "https://login.example.com"],
    ["PUBLIC_URL", "http://localhost.example.com"],
    ["SMS_PROVIDER", "twilio"],
    ["TWILIO_ACCOUNT_SID", "AC1"],
    ["TWILIO_AUTH_TOKEN_FILE", "/run/token"],
    ["MONGODB_URL", "mongodb://db.example.com/earlybird"],
    ["MONGODB_URL", "mongodb+srv://cluster.example.com/earlybird"],
    ["MONGODB_URL", "mongodb://127.0.0.1:27017,db.example.com:27017/earlybird"],
    ["MONGODB_URL", "mongodb://127.0.0.1:27017@db.example.com/earlybird"],
    ["MONGODB_URL", "not a url"],
    ["REDIS_URL", "rediss://user:word@cache.example.com:6379"],
  ])("an unset NODE_ENV stops the start with %s=%s", (name, value) => {
    const problem = problemsOf({ [name]: value }).find(({ setting }) => setting === "NODE_ENV");
    expect(problem?.reason).toContain(`point outside this machine: ${name}. Set it to production`);
    expect(problem?.reason).not.toContain(value);
  });

  it.each([
    ["MONGODB_URL", "mongodb://user:p%40ss@127.0.0.1:27017,localhost,[::1]:27019/earlybird"],
    ["REDIS_URL", "redis://:word@localhost:6379/0"],
  ])("an unset NODE_ENV takes %s=%s for this machine", (name, value) => {
    expect(namesOf({ [name]: value })).not.toContain("NODE_ENV");
  });

  it("an unset NODE_ENV names everything that points outside at once", () => {
    const env = { TWILIO_FROM: "+14155550123", PUBLIC_URL: "https://a.example", HOST: "0.0.0.0" };
    expect(problemsOf(env).find(({ setting }) => setting === "NODE_ENV")?.reason).toContain(
      "HOST, PUBLIC_URL, TWILIO_FROM.",
    );
  });
});

describe("a set NODE_ENV", () => {
  it.each(["development", "test"])(
    "a set NODE_ENV: %s is development, wherever settings point",
    (name) => {
      const env = {
        NODE_ENV: name,
        HOST: "0.0.0.0",
        TWILIO_FROM: "+14155550123",
        ALLOWED_ORIGINS: "*",
      };
      const { environment, server } = loaded(env).settings;
      expect(environment).toBe("development");
      expect(server.allowedOrigins).toEqual(["*"]);
    },
  );

  it("a set NODE_ENV does not forward to itself, by whatever name", () => {
    const env = { NODE_ENV: "development", LEGACY_JWT_SECRET: "q83vEjRWeJASNFZ4kBI0VniQEjRWeJAS" };
    const wrong = (url: string, more = {}) =>
      problemsOf({ ...env, LEGACY_UPSTREAM_URL: url, ...more }).map(({ setting }) => setting);
    expect(wrong("http://127.0.0.1:8787")).toEqual(["LEGACY_UPSTREAM_URL"]);
    expect(wrong("https://a.example", { PUBLIC_URL: "https://a.example" })).toEqual([
      "LEGACY_UPSTREAM_URL",
    ]);
    expect(wrong("http://127.0.0.1:9885")).toEqual([]);
  });

  it("a set NODE_ENV does not take what this version cannot use", () => {
    for (const name of ["LEGACY_ONLY_LOGIN"]) {
      expect(problemsOf({ NODE_ENV: "development", [name]: "on" })).toEqual([
        { setting: name, reason: expect.stringContaining("this version cannot use it yet") },
      ]);
    }
  });

  it("FORWARD_AUTH wants a secret of its own and the backend's, and names a known proxy", () => {
    const LEGACY_JWT_SECRET = "q83vEjRWeJASNFZ4kBI0VniQEjRWeJAS";
    const FORWARD_AUTH_SECRET = "Qm7xV2kd9Rzt4LpWs8Yb3HnJc6Tf1GaE";
    const wrong = (env: object) => problemsOf({ ...env }).map(({ setting }) => setting);
    expect(wrong({ FORWARD_AUTH: "nginx" })).toEqual(["FORWARD_AUTH_SECRET", "LEGACY_JWT_SECRET"]);
    expect(wrong({ FORWARD_AUTH: "nginx", FORWARD_AUTH_SECRET, LEGACY_JWT_SECRET })).toEqual([]);
    expect(wrong({ FORWARD_AUTH: "apache", FORWARD_AUTH_SECRET, LEGACY_JWT_SECRET })).toEqual([
      "FORWARD_AUTH",
    ]);
    const short = { FORWARD_AUTH_SECRET: FORWARD_AUTH_SECRET.slice(1), LEGACY_JWT_SECRET };
    expect(wrong({ FORWARD_AUTH: "caddy", ...short })).toContain("FORWARD_AUTH_SECRET");
  });

  it("a set NODE_ENV wants the backend's secret beside its address, and none that is published, short or ours", () => {
    const env = { NODE_ENV: "development", LEGACY_UPSTREAM_URL: "http://localhost:9885" };
    const reasons = (secret?: string, more = {}) =>
      problemsOf({
        ...env,
        ...more,
        ...(secret === undefined ? {} : { LEGACY_JWT_SECRET: secret }),
      })
        .filter(({ setting }) => setting === "LEGACY_JWT_SECRET")
        .map(({ reason }) => reason);
    expect(reasons()).toEqual([expect.stringContaining("is required by LEGACY_UPSTREAM_URL")]);
    expect(reasons("your-jwt-secret-key")).toEqual([expect.stringContaining("published default")]);
    expect(reasons("your-jwt-secret-key-change-in-production-please")).toEqual([
      expect.stringContaining("published default"),
    ]);
    expect(reasons("a".repeat(40))).toEqual([expect.stringContaining("not a repetition")]);
    expect(reasons("x your-jwt-secret-key 0123456789abcdef")).toEqual([
      expect.stringContaining("published default"),
    ]);
    expect(reasons("only-31-bytes-long-000000000000")).toEqual([
      expect.stringContaining("at least 32 bytes"),
    ]);
    const own = "q83vEjRWeJASNFZ4kBI0VniQEjRWeJASNFZ4kBI0Vng=";
    expect(reasons(own, { INDEX_KEY: own })).toEqual([expect.stringContaining("INDEX_KEY")]);
    expect(reasons(own)).toEqual([]);
  });
});

describe("production", () => {
  it("production lacks only what this version cannot serve yet", () => {
    expect(namesOf(PRODUCTION)).toEqual(["SMS_PROVIDER"]);
  });

  it("production requires its address, stores, keys and a sender, and says so at once", () => {
    expect(namesOf({ NODE_ENV: "production" })).toEqual([
      "PUBLIC_URL",
      "MONGODB_URL",
      "REDIS_URL",
      "JWT_PRIVATE_JWKS",
      "SECRET_KEYS",
      "INDEX_KEY",
      "SMS_PROVIDER",
    ]);
    for (const { reason } of problemsOf({ NODE_ENV: "production" })) {
      expect(reason).toMatch(/^is required in production\b.{20}/);
    }
  });

  it.each([
    ["PUBLIC_URL", "http://login.example.com", /must be https/],
    ["SMS_PROVIDER", "console", /sends no message/],
    ["ALLOWED_ORIGINS", "*", /any web page/],
    ["TWILIO_API_URL", "http://twilio.example", /in the clear/],
    ["ALLOWED_ORIGINS", "https://app.example.com,*", /any web page/],
  ])("production refuses %s=%s with the reason", (name, value, reason) => {
    const problems = problemsOf({ ...PRODUCTION, [name]: value });
    expect(problems).toContainEqual({ setting: name, reason: expect.stringMatching(reason) });
    expect(JSON.stringify(problems)).not.toContain(`"${value}"`);
  });

  it("production takes plain http on loopback, behind a proxy of its own machine", () => {
    expect(namesOf({ ...PRODUCTION, PUBLIC_URL: "http://127.0.0.1:8787" })).toEqual([
      "SMS_PROVIDER",
    ]);
  });

  it("production listens everywhere and answers no page of another origin unless told", () => {
    const given = new Map(Object.entries(PRODUCTION));
    const { values } = readValues(rowsOf(SETTINGS), given, new Set());
    expect(values.get("HOST")).toBe("0.0.0.0");
    expect(values.get("ALLOWED_ORIGINS")).toEqual([]);
  });
});

describe("a default", () => {
  it("a default that its own parser refuses is reported as the table's fault, not the environment's", () => {
    const row = setting({
      name: "EXIT_WITHIN",
      meaning: "",
      default: "9700ms",
      parse: durationMs("1s", "10m"),
    });
    const reasonOf = (...given: readonly [string, string][]) =>
      readValues([row], new Map(given), new Set()).wrong.get("EXIT_WITHIN")?.reason;
    const reason = "must be a duration from 1s to 10m, with its unit: s, m, h or d";
    expect(reasonOf()).toBe(`has a default that its own parser refuses: it ${reason}`);
    expect(reasonOf(["EXIT_WITHIN", "9700ms"])).toBe(reason);
    expect(reasonOf(["EXIT_WITHIN", "9s"])).toBeUndefined();
  });
});
