import { parseBudget } from "../core/budget.ts";
import { list } from "../core/text-list.ts";
import { oauthClients } from "./oauth-clients.ts";
import { urlHost } from "./parsers/address-parsers.ts";
import { country, duration, durationMs, integer, line } from "./parsers/parsers.ts";
import { placeholderEmail } from "./parsers/template-parsers.ts";
import { testPhone } from "./parsers/test-phone-parser.ts";
import { type SettingTree, setting } from "./setting.ts";
import { TEMPLATE_SETTINGS } from "./template-settings.ts";

const SENDS = "3/10m,5/1h,10/1d";

/** The settings for `GatewayRules` of flows/gateway.ts. */
export const RULE_SETTINGS = {
  session: {
    idleTtlMs: setting({
      name: "REFRESH_IDLE_TTL",
      meaning: "A session that is not used for this long ends.",
      parse: durationMs("1h", "365d"),
      default: "30d",
    }),
    maxTtlMs: setting({
      name: "REFRESH_MAX_TTL",
      meaning: "A session ends this long after its login, used or not.",
      parse: durationMs("1h", "365d"),
      default: "90d",
    }),
    graceMs: setting({
      name: "REFRESH_GRACE",
      meaning:
        "How long a replaced refresh token still works after its successor was used, up to 60s.",
      parse: durationMs("0s", "60s"),
      default: "10s",
    }),
    compatTtlMs: setting({
      name: "COMPAT_TOKEN_TTL",
      meaning:
        "Life of a session and token of the web app's own login, which cannot refresh; up to 24h.",
      parse: durationMs("5m", "24h"),
      default: "24h",
    }),
  },
  message: {
    brand: setting({
      name: "SMS_BRAND",
      meaning: "Value of `{brand}` in the texts.",
      parse: line(1, 40),
      default: "EarlyBird",
    }),
    templates: TEMPLATE_SETTINGS,
    domain: setting({
      name: "OTP_DOMAIN",
      meaning:
        "Host of `{origin_line}` where the request comes from no page of `PUBLIC_URL` or `ALLOWED_ORIGINS`, which name their own host: the associated domain of your app, say.",
      parse: urlHost,
      default: {
        from: "PUBLIC_URL",
        text: (url) => new URL(url).hostname,
        shown: "host of `PUBLIC_URL`",
      },
    }),
  },
  challenge: {
    ttlMs: setting({
      name: "OTP_TTL",
      meaning:
        "Life of a code, 1m to 15m; at most 10m together with the longest `OTP_RESEND_WAIT`.",
      parse: durationMs("1m", "15m"),
      default: "5m",
    }),
    maxAttempts: setting({
      name: "OTP_MAX_ATTEMPTS",
      meaning: "Wrong codes that one challenge allows, 1 to 10.",
      parse: integer(1, 10),
      default: "5",
    }),
    resendWaitSeconds: setting({
      name: "OTP_RESEND_WAIT",
      meaning: "Waits after each send on one channel, in turn; the last one repeats.",
      parse: list(duration("1s", "1h"), 10),
      default: "30s,60s,120s",
    }),
    sendsPerPhone: setting({
      name: "OTP_SENDS_PER_PHONE",
      meaning: "Budget of messages to one phone, as counts per time.",
      parse: parseBudget,
      default: SENDS,
    }),
    sendsPerDevice: setting({
      name: "OTP_SENDS_PER_DEVICE",
      meaning:
        "Budget of messages to one customer's known devices, separate from the phone's budget.",
      parse: parseBudget,
      default: SENDS,
    }),
    failuresPerPhone: setting({
      name: "OTP_FAILURES_PER_PHONE",
      meaning: "Wrong codes in a row that lock a phone for 24 hours.",
      parse: integer(1, 1000),
      default: "20",
    }),
  },
  phone: {
    allowedCountries: setting({
      name: "ALLOWED_COUNTRIES",
      meaning: "Countries of the mobile phones that may log in, as two-letter codes.",
      parse: list(country, 250),
      default: "IN",
    }),
    defaultRegion: setting({
      name: "DEFAULT_REGION",
      meaning: "Country of numbers without a country code; one of `ALLOWED_COUNTRIES`.",
      parse: country,
      default: "IN",
    }),
  },
  testPhones: setting({
    name: "TEST_PHONES",
    meaning:
      "Phones for an app store's review as `+91...:code:2027-01-31:customer_id`, at most 60 days ahead; the numbers must belong to no customer and no user, the code is fixed, and no message is sent.",
    parse: list(testPhone, 5),
    default: "",
  }),
  oauth: {
    clients: setting({
      name: "OAUTH_CLIENTS",
      meaning:
        "Apps that log customers in by the page, by OpenID Connect or RFC 6749 codes with PKCE: a JSON array in the names of RFC 7591: `client_id`, `client_name`, `redirect_uris`, `token_endpoint_auth_method` (`none`, `client_secret_basic`, `client_secret_post`), and optional `scope`, `id_token_signed_response_alg` (`RS256`, `ES256`), `post_logout_redirect_uris`, `client_secret_sha256`.",
      parse: oauthClients,
      default: "[]",
    }),
  },
  placeholder: {
    template: setting({
      name: "PLACEHOLDER_EMAIL",
      meaning:
        "E-mail of users that are made at a first login, with `{national}`, `{customer_id}` or `{user_id}` before the @.",
      parse: placeholderEmail,
      default: "{national}@customer.earlybird.com",
    }),
  },
} as const satisfies SettingTree;
