import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadSettings } from "../../../src/config/load-settings.ts";
import { SETTINGS } from "../../../src/config/schema.ts";
import { rowsOf } from "../../../src/config/setting.ts";
import { LOCALES } from "../../../src/core/otp/message.ts";
import { loaded, problemsOf } from "../../support/gateway/load-settings.ts";

/** At least one wrong value for every setting, each unlike anything that a reason could say. */
const BAD_VALUES: readonly (readonly [string, string])[] = [
  ["NODE_ENV", "prod-uction"],
  ["LOG_LEVEL", "verbose"],
  ["PORT", "70001"],
  ["HOST", "gate example"],
  ["PUBLIC_URL", "https://gate.example/path"],
  ["ALLOWED_ORIGINS", "http://localhost:3000,gate.example"],
  ["TRUSTED_PROXIES", "10.0.0.0/8,0.0.0.0/0"],
  ["TRUSTED_PROXIES", "proxy.example"],
  ["TRUSTED_PROXIES", "0.0.0.0/1,128.0.0.0/1"],
  ["TRUSTED_PROXIES", "127.1"],
  ["TRUSTED_PROXIES", "::ffff:10.0.0.0/104"],
  ["ALLOWED_HEADERS", "x-one,x two"],
  ["METRICS_TOKEN", "too-short-token"],
  ["ADMIN_TOKEN", "thirty-one-characters-are-short"],
  ["FORWARD_AUTH", "apache"],
  ["FORWARD_AUTH_SECRET", "thirty-one-characters-are-short"],
  ["SUPPORT_PHONE", "call <us>"],
  ["KEEP_ALIVE_TIMEOUT", "forever"],
  ["PROCESSES", "0"],
  ["PROCESSES", "65"],
  ["PROCESSES", "all"],
  ["DRAIN_DELAY", "11m"],
  ["MONGODB_URL", "mongodb://127.0.0.1:27017"],
  ["MONGODB_URL", "mongodb://127.0.0.1:27017/earlybird?w=1"],
  ["REDIS_URL", "http://127.0.0.1:6379"],
  ["SQLITE_PATH", "a\u0000b-path"],
  ["JWT_PRIVATE_JWKS", '{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}'],
  ["SECRET_KEYS", "one:c2VjcmV0"],
  ["INDEX_KEY", "c2VjcmV0LWtleQ=="],
  ["JWT_ISSUER", "issuer-name"],
  ["JWT_AUDIENCE", "a".repeat(201)],
  ["ACCESS_TOKEN_TTL", "59s"],
  ["ACCESS_TOKEN_TTL", "61m"],
  ["OBJECT_LOCATION", "moon"],
  ["SMS_PROVIDER", "carrier-pigeon"],
  ["TWILIO_ACCOUNT_SID", "SK0123456789abcdef0123456789abcdef"],
  ["TWILIO_AUTH_TOKEN", "t".repeat(201)],
  ["TWILIO_MESSAGING_SERVICE_SID", "MG-service"],
  ["TWILIO_FROM", "early bird"],
  ["TWILIO_VOICE_FROM", "voice-from"],
  ["TWILIO_WHATSAPP_FROM", "whatsapp:from"],
  ["TWILIO_WHATSAPP_CONTENT_SID", "HX-content"],
  ["TWILIO_VERIFY_SERVICE_SID", "VA-verify"],
  ["TWILIO_API_URL", "twilio-host"],
  ["BRAND_NAME", "n".repeat(41)],
  ["BRAND_COLOR", "#ffcc00"],
  ["BRAND_COLOR", "forest-green"],
  ["BRAND_LOGO_URL", "http://img.example/logo.png"],
  ["BRAND_LOGO_URL", "https://img.example/logo.png'; script-src *"],
  ["SMS_SENDER", "VM-EARLYBIRD-AND-FAMILY"],
  ["PRIVACY_URL", "javascript:alert(1)"],
  ["TERMS_URL", "terms.example"],
  ["LOGIN_LANGUAGES", "en,xx"],
  ["LIMIT_OTP_PER_ADDRESS", "300/hour"],
  ["LIMIT_VERIFY_PER_ADDRESS", "0/1h"],
  ["LIMIT_TOKEN_PER_SESSION", "60 per 10m"],
  ["LIMIT_SECRET_PER_ADDRESS", "20 per 10m"],
  ["LIMIT_SECRET_PER_CLIENT", "200 per 10m"],
  ["LIMIT_SENDS_PER_SERVICE", "many/1h"],
  ["LIMIT_FAILURES_PER_SERVICE", "5/0s"],
  ["REFRESH_IDLE_TTL", "59m"],
  ["REFRESH_MAX_TTL", "366d"],
  ["COMPAT_TOKEN_TTL", "25h"],
  ["LEGACY_UPSTREAM_URL", "http://localhost:9885/api"],
  ["LEGACY_JWT_SECRET", "your-jwt-secret-key"],
  ["POLICY_FILE", "a\u0007b"],
  ["PROXY_TIMEOUT", "11m"],
  ["UPSTREAM_KEEP_ALIVE", "0s"],
  ["MAX_UPLOAD", "25 megabytes"],
  ["MAX_UPLOAD", "1025MB"],
  ["REFRESH_GRACE", "61s"],
  ["SMS_BRAND", "b".repeat(41)],
  ["SMS_TEMPLATE_EN", "login without placeholder"],
  ...LOCALES.filter((locale) => locale !== "en").map(
    (locale) => [`SMS_TEMPLATE_${locale.toUpperCase()}`, "{code} {codes}"] as const,
  ),
  ["OTP_DOMAIN", "gate.example:443"],
  ["OTP_TTL", "16m"],
  ["OTP_MAX_ATTEMPTS", "11"],
  ["OTP_RESEND_WAIT", "30,60,120"],
  ["OTP_SENDS_PER_PHONE", "7/10x"],
  ["OTP_SENDS_PER_DEVICE", "0/10m"],
  ["OTP_FAILURES_PER_PHONE", "0"],
  ["ALLOWED_COUNTRIES", "IND"],
  ["DEFAULT_REGION", "QQ"],
  ["OAUTH_CLIENTS", "shop"],
  ["TEST_PHONES", "+919000000001:12345:2027-01-31:c-1"],
  ["TEST_PHONES", "+919000000001:123456:2027-02-31:c-1"],
  ["LEGACY_ONLY_LOGIN", "yes"],
  ["ADMIN_RECORDS", "yes"],
  ["PLACEHOLDER_EMAIL", "someone@customer.earlybird.com"],
];

describe("wrong settings", () => {
  it.each(BAD_VALUES)("%s is reported by name and not by value (%s)", (name, value) => {
    const problems = problemsOf({ NODE_ENV: "development", [name]: value });
    expect(problems.map(({ setting }) => setting)).toEqual([name]);
    if (value.length > 2) expect(JSON.stringify(problems)).not.toContain(value);
  });

  it("has a wrong value for every setting in the table", () => {
    const tried = new Set(BAD_VALUES.map(([name]) => name));
    expect(rowsOf(SETTINGS).filter(({ name }) => !tried.has(name))).toEqual([]);
  });

  it("are reported all at once, in the order of the table", () => {
    const env = Object.fromEntries(BAD_VALUES.filter(([name]) => name !== "NODE_ENV"));
    const names = problemsOf({ ...env, NODE_ENV: "development" }).map(({ setting }) => setting);
    expect(names).toEqual(
      rowsOf(SETTINGS)
        .map(({ name }) => name)
        .filter((name) => name in env),
    );
  });

  it("never show in a reason, whatever they are", () => {
    const names = fc.constantFrom(...rowsOf(SETTINGS).map(({ name }) => name));
    const texts = fc.string({ minLength: 8, maxLength: 80, unit: "grapheme" });
    fc.assert(
      fc.property(names, texts, (name, text) => {
        const read = loadSettings({ NODE_ENV: "development", [name]: text });
        const reasons = read.ok ? [] : read.failure.map(({ reason }) => reason);
        expect(reasons.join("\n").includes(text.trim()) && text.trim() !== "").toBe(false);
      }),
    );
  });

  it("do not make the settings derived from them wrong as well", () => {
    expect(problemsOf({ PORT: "x" }).map(({ setting }) => setting)).toEqual(["PORT"]);
  });

  it("include an idle time beyond the absolute one and a region that is not allowed", () => {
    const env = { REFRESH_IDLE_TTL: "91d", DEFAULT_REGION: "AE" };
    expect(problemsOf(env)).toEqual([
      { setting: "REFRESH_IDLE_TTL", reason: "must not be longer than REFRESH_MAX_TTL" },
      { setting: "DEFAULT_REGION", reason: "must be one of ALLOWED_COUNTRIES" },
    ]);
    expect(loaded({ ...env, REFRESH_MAX_TTL: "91d", ALLOWED_COUNTRIES: "IN,AE" }).warnings).toEqual(
      [],
    );
  });
});
