import { isLoopback } from "../core/address/loopback.ts";
import type { Origin } from "../core/address/origin.ts";
import { equalBytes, utf8 } from "../core/bytes.ts";
import { compatAudience } from "../core/sessions/user-record.ts";
import type { Settings } from "./schema.ts";
import { encodedIn } from "./secret-strength.ts";
import type { SettingProblem } from "./setting.ts";
import { SMS_PROVIDERS, type SmsProvider } from "./sms-providers.ts";

/** The given texts, by setting name; an unset setting is absent. */
export type GivenTexts = ReadonlyMap<string, string>;

/** A rule between settings, or between a setting and the other given texts. */
export interface SettingRule {
  /** The setting under which a breach is reported. */
  readonly setting: string;
  /** Every setting that `breach` reads from `settings`: it is called only where all have values. */
  readonly reads: readonly string[];
  /** The end of a sentence that begins with the setting's name; null where the rule holds. */
  breach(settings: Settings, given: GivenTexts): string | null;
}

/** The settings that a provider requires for sending. */
export const providerRules = (
  providers: Readonly<Record<string, Pick<SmsProvider, "requires">>>,
): readonly SettingRule[] =>
  Object.entries(providers).flatMap(([provider, { requires }]) =>
    requires.map(([setting, ...others]) => ({
      setting,
      reads: ["SMS_PROVIDER"],
      breach: ({ smsProvider }, given) =>
        smsProvider === provider && ![setting, ...others].some((name) => given.has(name))
          ? `${others.map((name) => `or ${name} `).join("")}is required by SMS_PROVIDER=${provider}`
          : null,
    })),
  );

const isItself = (upstream: Origin, { port, publicUrl }: Settings["server"]): boolean =>
  upstream.text === publicUrl.text ||
  (isLoopback(upstream.hostname) && port !== 0 && upstream.port === port);

/** Whether the text is, or encodes, one of the keys. */
function sharesKey(text: string | null, keys: readonly (Uint8Array | null)[]): boolean {
  if (text === null) return false;
  const spellings = [utf8(text), ...encodedIn(text)];
  return keys.some((key) => key !== null && spellings.some((bytes) => equalBytes(bytes, key)));
}

/** Bound on a code's life and its longest wait together: Twilio Verify keeps a code no longer. */
const MAX_CODE_MS = 10 * 60_000;

/** Rules between two settings in any environment. */
export const SETTING_RULES: readonly SettingRule[] = [
  ...providerRules(SMS_PROVIDERS),
  {
    setting: "LEGACY_UPSTREAM_URL",
    reads: ["LEGACY_UPSTREAM_URL", "PUBLIC_URL", "PORT"],
    breach: ({ proxy, server }) =>
      proxy.upstreamUrl !== null && isItself(proxy.upstreamUrl, server)
        ? "must not be the gateway itself: each request would be forwarded to the gateway again"
        : null,
  },
  {
    setting: "LEGACY_JWT_SECRET",
    reads: ["LEGACY_UPSTREAM_URL", "LEGACY_JWT_SECRET"],
    breach: ({ proxy }, given) =>
      proxy.upstreamUrl !== null && !given.has("LEGACY_JWT_SECRET")
        ? "is required by LEGACY_UPSTREAM_URL: it signs the tokens that tell the backend who calls"
        : null,
  },
  {
    setting: "FORWARD_AUTH_SECRET",
    reads: ["FORWARD_AUTH"],
    breach: ({ proxy }, given) =>
      proxy.forwardAuthFamily !== null && !given.has("FORWARD_AUTH_SECRET")
        ? "is required by FORWARD_AUTH: without it any client could ask for the backend's tokens"
        : null,
  },
  {
    setting: "LEGACY_JWT_SECRET",
    reads: ["FORWARD_AUTH", "LEGACY_JWT_SECRET"],
    breach: ({ proxy }, given) =>
      proxy.forwardAuthFamily !== null && !given.has("LEGACY_JWT_SECRET")
        ? "is required by FORWARD_AUTH: it signs the tokens that tell the backend who calls"
        : null,
  },
  {
    setting: "LEGACY_JWT_SECRET",
    reads: ["LEGACY_JWT_SECRET", "SECRET_KEYS", "INDEX_KEY"],
    breach: ({ keys, proxy }) =>
      sharesKey(proxy.jwtSecret, [
        keys.indexKey,
        ...(keys.secretKeys ?? []).map(({ secret }) => secret),
      ])
        ? "must not be one of SECRET_KEYS or INDEX_KEY: the backend must not be able to make codes"
        : null,
  },
  {
    setting: "ADMIN_TOKEN",
    reads: ["ADMIN_TOKEN", "METRICS_TOKEN"],
    breach: ({ server: { adminToken, metricsToken } }) =>
      adminToken !== null && adminToken === metricsToken
        ? "must not equal METRICS_TOKEN: a monitor must not be able to end sessions"
        : null,
  },
  {
    setting: "JWT_AUDIENCE",
    reads: ["JWT_AUDIENCE", "JWT_ISSUER"],
    breach: ({ accessTokens: { audience, issuer } }) =>
      audience === compatAudience(issuer)
        ? "must not be JWT_ISSUER followed by /compat: that is the audience of the old web app's tokens"
        : null,
  },
  {
    setting: "OAUTH_CLIENTS",
    reads: ["OAUTH_CLIENTS", "JWT_AUDIENCE", "JWT_ISSUER"],
    breach: ({ accessTokens: { audience }, rules: { oauth } }) =>
      oauth.clients.some(({ clientId }) => clientId === audience)
        ? "must have no client_id that is JWT_AUDIENCE: a service could take the client's ID tokens for access tokens"
        : null,
  },
  {
    setting: "OTP_TTL",
    reads: ["OTP_TTL", "OTP_RESEND_WAIT"],
    breach: ({ rules: { challenge } }) =>
      challenge.ttlMs + Math.max(0, ...challenge.resendWaitSeconds) * 1000 > MAX_CODE_MS
        ? "and the longest OTP_RESEND_WAIT together must be at most 10m, the life of a code at Twilio Verify"
        : null,
  },
  {
    setting: "REFRESH_IDLE_TTL",
    reads: ["REFRESH_IDLE_TTL", "REFRESH_MAX_TTL"],
    breach: ({ rules: { session } }) =>
      session.idleTtlMs > session.maxTtlMs ? "must not be longer than REFRESH_MAX_TTL" : null,
  },
  {
    setting: "DEFAULT_REGION",
    reads: ["DEFAULT_REGION", "ALLOWED_COUNTRIES"],
    breach: ({ rules: { phone } }) =>
      phone.allowedCountries.includes(phone.defaultRegion)
        ? null
        : "must be one of ALLOWED_COUNTRIES",
  },
];

/** @param values by setting name; `settings` holds the same values, without missing ones */
export function brokenRules(
  rules: readonly SettingRule[],
  settings: Settings,
  values: ReadonlyMap<string, unknown>,
  given: GivenTexts,
): readonly SettingProblem[] {
  return rules
    .filter(({ reads }) => reads.every((name) => values.has(name)))
    .flatMap((rule) => {
      const reason = rule.breach(settings, given);
      return reason === null ? [] : [{ setting: rule.setting, reason }];
    });
}
