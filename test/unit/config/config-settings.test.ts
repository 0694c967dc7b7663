import { describe, expect, it } from "vitest";
import { SETTINGS } from "../../../src/config/schema.ts";
import { rowsOf } from "../../../src/config/setting.ts";
import { originOf } from "../../../src/core/address/origin.ts";
import { DEFAULT_TEMPLATES } from "../../../src/core/otp/message.ts";
import type { GatewayRules } from "../../../src/flows/gateway.ts";
import { generateKeys } from "../../../src/tokens/generate-keys.ts";
import { readPrivateJwks } from "../../../src/tokens/private-jwks.ts";
import { loaded, problemsOf } from "../../support/gateway/load-settings.ts";
import { OAUTH_ENV } from "../../support/gateway/oauth-client.ts";

describe("loadSettings", () => {
  it("needs nothing in development", () => {
    const { settings, warnings } = loaded({});
    expect(warnings).toEqual([]);
    expect(settings.environment).toBe("development");
    expect(settings.logLevel).toBe("info");
    expect(settings.smsProvider).toBe("console");
    expect(settings.store).toEqual({
      mongoUrl: null,
      redisUrl: null,
      sqlitePath: ".data/doorstep.db",
    });
    expect(settings.keys).toEqual({ privateJwks: null, secretKeys: null, indexKey: null });
    expect(settings.connections).toEqual({ keepAliveTimeoutMs: 75_000, drainDelayMs: 0 });
    expect(settings.server).toEqual({
      port: 8787,
      host: "127.0.0.1",
      processes: 1,
      publicUrl: originOf(new URL("http://localhost:8787")),
      allowedOrigins: ["http://localhost:3000", "http://localhost:3001"],
      allowedHeaders: [],
      trustedProxies: [],
      metricsToken: null,
      adminToken: null,
      adminRecords: false,
      supportPhone: null,
      page: {
        brandName: "EarlyBird",
        brandColor: "#0b6b3a",
        logoUrl: null,
        smsSender: null,
        privacyUrl: null,
        termsUrl: null,
        languages: ["en", "hi", "kn", "ta", "te", "mr", "bn", "ml", "gu", "pa", "or"],
      },
    });
    expect(settings.accessTokens).toEqual({
      issuer: "http://localhost:8787",
      audience: "http://localhost:8787",
      ttlSeconds: 900,
    });
  });

  it("gives the core the documented defaults for codes, limits and sessions", () => {
    const rules: GatewayRules = loaded({}).settings.rules;
    const sends = [
      { limit: 3, windowMs: 600_000 },
      { limit: 5, windowMs: 3_600_000 },
      { limit: 10, windowMs: 86_400_000 },
    ];
    const day = 86_400_000;
    expect(rules).toEqual({
      session: { idleTtlMs: 30 * day, maxTtlMs: 90 * day, graceMs: 10_000, compatTtlMs: day },
      message: { brand: "EarlyBird", templates: DEFAULT_TEMPLATES, domain: "localhost" },
      challenge: {
        ttlMs: 300_000,
        maxAttempts: 5,
        resendWaitSeconds: [30, 60, 120],
        sendsPerPhone: sends,
        sendsPerDevice: sends,
        failuresPerPhone: 20,
      },
      phone: { allowedCountries: ["IN"], defaultRegion: "IN" },
      testPhones: [],
      oauth: { clients: [] },
      legacyOnly: { isOn: false },
      placeholder: { template: "{national}@customer.earlybird.com" },
    });
  });

  it("lets no monitor act with its token", () => {
    const token = "one-token-for-everything-0123456789";
    const [METRICS_TOKEN, ADMIN_TOKEN] = [token, token];
    expect(problemsOf({ METRICS_TOKEN, ADMIN_TOKEN })).toEqual([
      {
        setting: "ADMIN_TOKEN",
        reason: "must not equal METRICS_TOKEN: a monitor must not be able to end sessions",
      },
    ]);
    expect(loaded({ METRICS_TOKEN, ADMIN_TOKEN: `${token}x` }).settings.server).toMatchObject({
      metricsToken: token,
      adminToken: `${token}x`,
    });
  });

  it("gives no service the audience of the old web app's tokens", () => {
    const [JWT_ISSUER, PUBLIC_URL] = ["https://id.example", "https://gate.example"];
    const place = { NODE_ENV: "development", PUBLIC_URL, JWT_ISSUER };
    const reason =
      "must not be JWT_ISSUER followed by /compat: that is the audience of the old web app's tokens";
    expect(problemsOf({ ...place, JWT_AUDIENCE: `${JWT_ISSUER}/compat` })).toEqual([
      { setting: "JWT_AUDIENCE", reason },
    ]);
    expect(
      loaded({ ...place, JWT_AUDIENCE: `${PUBLIC_URL}/compat` }).settings.accessTokens,
    ).toEqual({ issuer: JWT_ISSUER, audience: `${PUBLIC_URL}/compat`, ttlSeconds: 900 });
  });

  it("gives no service the audience of an app's ID tokens", () => {
    const [app] = JSON.parse(OAUTH_ENV.OAUTH_CLIENTS);
    const env = { OAUTH_CLIENTS: JSON.stringify([{ ...app, client_id: "orders" }]) };
    const reason =
      "must have no client_id that is JWT_AUDIENCE: a service could take the client's ID tokens for access tokens";
    expect(problemsOf({ ...env, JWT_AUDIENCE: "orders" })).toEqual([
      { setting: "OAUTH_CLIENTS", reason },
    ]);
    expect(loaded({ ...env, JWT_AUDIENCE: "order" }).settings.accessTokens.audience).toBe("order");
  });

  it("derives addresses from PORT and PUBLIC_URL, and the audience from the issuer", () => {
    expect(loaded({ PORT: "9000" }).settings.accessTokens.issuer).toBe("http://localhost:9000");
    const { settings } = loaded({
      NODE_ENV: "development",
      PUBLIC_URL: "https://gate.example:8443/",
    });
    expect(settings.server.publicUrl.text).toBe("https://gate.example:8443");
    expect(settings.rules.message.domain).toBe("gate.example");
    expect(loaded({ JWT_ISSUER: "https://iss.example/" }).settings.accessTokens.audience).toBe(
      "https://iss.example/",
    );
  });

  it("takes the keys that `doorstep keys generate` makes", async () => {
    const { jwtPrivateJwks, secretKeys, indexKey } = await generateKeys({ algorithms: ["ES256"] });
    const { settings } = loaded({
      JWT_PRIVATE_JWKS: jwtPrivateJwks,
      SECRET_KEYS: secretKeys,
      INDEX_KEY: indexKey,
    });
    expect(settings.keys.privateJwks).toEqual(readPrivateJwks(jwtPrivateJwks));
    expect(settings.keys.secretKeys?.[0].secret).toHaveLength(32);
    expect(settings.keys.indexKey).toHaveLength(32);
  });

  it("takes empty text and blanks as unset, and ignores names that are not ours", () => {
    const env = Object.fromEntries(rowsOf(SETTINGS).map(({ name }) => [name, " "]));
    expect(loaded({ ...env, PATH: "/bin", PORT_FILE: "/no/such" })).toEqual(loaded({}));
  });

  it("warns of an SMS text that no phone will fill in", () => {
    expect(loaded({ SMS_TEMPLATE_HI: "{code} {brand}" }).warnings).toEqual([
      { setting: "SMS_TEMPLATE_HI", reason: expect.stringContaining("{origin_line}") },
    ]);
    expect(loaded({ SMS_TEMPLATE_EN: "{code} Code\\n{origin_line}" }).warnings).toEqual([]);
    expect(loaded({ SMS_TEMPLATE_KN: "Code {code}\\n{origin_line}" }).warnings).toEqual([
      { setting: "SMS_TEMPLATE_KN", reason: expect.stringContaining("does not begin with {code}") },
    ]);
  });
});
