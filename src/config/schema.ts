import { DEFAULT_TEMPLATES } from "../core/message.ts";
import { httpOrigin, issuer, listenHost, origin, urlHost } from "./address-parsers.ts";
import { environmentName, logLevel, smsProvider } from "./choice-parsers.ts";
import { bearerToken, key, privateJwks, secretKeys } from "./key-parsers.ts";
import { budget, country, duration, durationMs, integer, line, list } from "./parsers.ts";
import { optional, type SettingTree, setting, type ValuesOf } from "./setting.ts";
import { messageTemplate, placeholderEmail, warnOfOriginLine } from "./template-parsers.ts";

const KEYS_COMMAND = "npx doorstep keys generate";
const GENERATED = "made once in development and kept in `.data/keys.json`";
const OWN_KEYS = {
  development: null,
  production: {
    required: `is required in production, where a key made at the start is refused: every node would have its own. Make one with: ${KEYS_COMMAND}`,
  },
};
const SENDS = "3/10m,5/1h,10/1d";

/**
 * Every setting, in the order of the README. A row is parser, default and description at once;
 * `Settings` is derived from it. Rules between settings are in environment.ts and rules.ts.
 * A default may be made of an earlier row only.
 */
export const SETTINGS = {
  environment: setting({
    name: "NODE_ENV",
    meaning:
      "`development` or `production` (`test` is development); must be set as soon as any setting points outside this machine.",
    parse: environmentName,
    default: "development",
  }),
  logLevel: setting({
    name: "LOG_LEVEL",
    meaning: "Least level that is logged: `debug`, `info`, `warn`, `error` or `silent`.",
    parse: logLevel,
    default: "info",
  }),
  server: {
    port: setting({
      name: "PORT",
      meaning: "Port to listen on; 0 takes a free one.",
      parse: integer(0, 65_535),
      default: "8787",
    }),
    host: setting({
      name: "HOST",
      meaning: "Address to listen on.",
      parse: listenHost,
      default: { development: "127.0.0.1", production: "0.0.0.0" },
    }),
    publicUrl: setting({
      name: "PUBLIC_URL",
      meaning: "Where clients reach the gateway, without a path; https in production.",
      parse: httpOrigin,
      default: {
        development: {
          from: "PORT",
          text: (port) => `http://localhost:${port}`,
          shown: "`http://localhost:PORT`",
        },
        production: { required: "is required in production: tokens and texts name it" },
      },
    }),
    allowedOrigins: setting({
      name: "ALLOWED_ORIGINS",
      meaning: "Origins whose pages may call the gateway (CORS); `*` in development only.",
      parse: list(origin, 100),
      default: { development: "http://localhost:3000,http://localhost:3001", production: "" },
    }),
    metricsToken: optional({
      name: "METRICS_TOKEN",
      meaning: "Bearer token of /metrics and of the details of /readyz; 16 characters or more.",
      parse: bearerToken(16),
      default: null,
      secretFrom: "openssl rand -hex 24",
    }),
  },
  store: {
    sqlitePath: setting({
      name: "SQLITE_PATH",
      meaning: "File of the embedded store.",
      parse: line(1, 4096),
      default: ".data/doorstep.db",
    }),
  },
  keys: {
    privateJwks: optional({
      name: "JWT_PRIVATE_JWKS",
      meaning: `JSON Web Key Set of private keys, of which the first signs access tokens and all verify; ${GENERATED}.`,
      parse: privateJwks,
      default: OWN_KEYS,
      secretFrom: KEYS_COMMAND,
    }),
    secretKeys: optional({
      name: "SECRET_KEYS",
      meaning: `Keys as \`id:base64,id:base64\` that codes and tokens are derived from: the first makes, all are accepted; ${GENERATED}.`,
      parse: secretKeys,
      default: OWN_KEYS,
      secretFrom: KEYS_COMMAND,
    }),
    indexKey: optional({
      name: "INDEX_KEY",
      meaning: `Key in base64 that names the stored records and does not rotate; ${GENERATED}.`,
      parse: key,
      default: OWN_KEYS,
      secretFrom: KEYS_COMMAND,
    }),
  },
  accessTokens: {
    issuer: setting({
      name: "JWT_ISSUER",
      meaning: "`iss` of access tokens.",
      parse: issuer,
      default: { from: "PUBLIC_URL", text: (url) => url, shown: "`PUBLIC_URL`" },
    }),
    audience: setting({
      name: "JWT_AUDIENCE",
      meaning: "`aud` of access tokens.",
      parse: line(1, 200),
      default: { from: "JWT_ISSUER", text: (url) => url, shown: "`JWT_ISSUER`" },
    }),
    ttlSeconds: setting({
      name: "ACCESS_TOKEN_TTL",
      meaning: "Life of an access token, 1m to 1h.",
      parse: duration("1m", "1h"),
      default: "15m",
    }),
  },
  smsProvider: setting({
    name: "SMS_PROVIDER",
    meaning: "Who sends the codes: `console` prints them, in development only.",
    parse: smsProvider,
    default: {
      development: "console",
      production: {
        required:
          "is required in production, where the console sender is refused: it prints the codes and sends none",
      },
    },
  }),
  /** What `flows/gateway.ts` calls Rules. */
  rules: {
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
        meaning: "How long a refresh token just replaced still gets the same successor, up to 60s.",
        parse: durationMs("0s", "60s"),
        default: "10s",
      }),
    },
    message: {
      brand: setting({
        name: "SMS_BRAND",
        meaning: "`{brand}` in the texts.",
        parse: line(1, 40),
        default: "EarlyBird",
      }),
      templates: {
        en: setting({
          name: "SMS_TEMPLATE_EN",
          meaning:
            "Whole English text as registered with the operator, with `{code}`, `{brand}`, `{minutes}` and `{origin_line}`; `\\n` is a line break.",
          parse: messageTemplate,
          default: DEFAULT_TEMPLATES.en,
          warn: warnOfOriginLine,
        }),
        hi: setting({
          name: "SMS_TEMPLATE_HI",
          meaning: "The same in Hindi.",
          parse: messageTemplate,
          default: DEFAULT_TEMPLATES.hi,
          warn: warnOfOriginLine,
        }),
      },
      domain: setting({
        name: "OTP_DOMAIN",
        meaning: "Host of the page that takes the code, for `{origin_line}`.",
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
        meaning: "Life of a code, 1m to 15m.",
        parse: durationMs("1m", "15m"),
        default: "5m",
      }),
      maxAttempts: setting({
        name: "OTP_MAX_ATTEMPTS",
        meaning: "Wrong codes that one challenge takes, 1 to 10.",
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
        meaning: "Budget of sends to one phone, as counts per time.",
        parse: budget,
        default: SENDS,
      }),
      sendsPerDevice: setting({
        name: "OTP_SENDS_PER_DEVICE",
        meaning: "Budget of sends to one customer's known devices, apart from the phone's.",
        parse: budget,
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
        meaning: "Countries whose mobile phones may log in, as two-letter codes.",
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
    placeholder: {
      template: setting({
        name: "PLACEHOLDER_EMAIL",
        meaning:
          "E-mail of users made at a first login, with `{national}`, `{customer_id}` or `{user_id}` before the @.",
        parse: placeholderEmail,
        default: "{national}@customer.earlybird.com",
      }),
    },
  },
} as const satisfies SettingTree;

/** The value of every setting, grouped as the table is. */
export type Settings = ValuesOf<typeof SETTINGS>;
