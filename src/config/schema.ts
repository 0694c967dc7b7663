import { checkMongoUrl } from "../core/address/mongo-url.ts";
import { parseNetwork } from "../core/address/network.ts";
import { list } from "../core/text-list.ts";
import { warnOfClear, warnOfClearMongo, warnOfClearPages } from "./clear-text.ts";
import { CEILING_SETTINGS, LIMIT_SETTINGS } from "./limit-settings.ts";
import { PAGE_SETTINGS } from "./page-settings.ts";
import { issuer, listenHost, origin, redisUrl, siteOrigin } from "./parsers/address-parsers.ts";
import {
  environmentName,
  logLevel,
  objectLocation,
  processCount,
} from "./parsers/choice-parsers.ts";
import { bearerToken, key, privateJwks, secretKeys } from "./parsers/key-parsers.ts";
import {
  duration,
  durationMs,
  fieldName,
  helpLine,
  integer,
  line,
  oneOf,
  onOff,
} from "./parsers/parsers.ts";
import { PROXY_SETTINGS } from "./proxy-settings.ts";
import { RULE_SETTINGS } from "./rule-settings.ts";
import { optional, type SettingTree, setting, type ValuesOf } from "./setting.ts";
import {
  PROVIDER_SETTINGS,
  SMS_PROVIDER_NAMES,
  SMS_PROVIDERS,
  type SmsProviderName,
} from "./sms-providers.ts";

const KEYS_COMMAND = "npx doorstep keys generate";
const GENERATED = "made once in development and kept in `.data/keys.json`";
const sharedStore = {
  development: null,
  production: {
    required: "is required in production: the embedded store serves one machine only",
  },
};
const OWN_KEYS = {
  development: null,
  production: {
    required: `is required in production, where a key made at the start is refused: every node would have its own. Make one with: ${KEYS_COMMAND}`,
  },
};

function shownProvider(name: SmsProviderName): string {
  const { says } = SMS_PROVIDERS[name];
  return says === null ? `\`${name}\`` : `\`${name}\` (${says})`;
}

/**
 * Every setting, in the order of docs/settings.md. A row is parser, default and description at once;
 * `Settings` is derived from it. Rules between settings are in environment.ts and rules.ts. A
 * default may depend on an earlier row only.
 */
export const SETTINGS = {
  environment: setting({
    name: "NODE_ENV",
    meaning:
      "`development` or `production` (`test` means development); required when any setting points outside this machine.",
    parse: environmentName,
    default: "development",
  }),
  logLevel: setting({
    name: "LOG_LEVEL",
    meaning: "Lowest level that is logged: `debug`, `info`, `warn`, `error` or `silent`.",
    parse: logLevel,
    default: "info",
  }),
  server: {
    port: setting({
      name: "PORT",
      meaning: "Port to listen on; 0 takes a free one.",
      parse: integer(0, 65_535),
      default: "8787",
      nodeOnly: "requests come from Cloudflare",
    }),
    host: setting({
      name: "HOST",
      meaning: "Address to listen on.",
      parse: listenHost,
      default: { development: "127.0.0.1", production: "0.0.0.0" },
      nodeOnly: "requests come from Cloudflare",
    }),
    processes: setting({
      name: "PROCESSES",
      meaning:
        "Processes that serve on `PORT`: a number up to 64, or `auto` for one per processor; one that dies is replaced (docs/performance.md says what they share).",
      parse: processCount,
      default: "1",
      nodeOnly: "Cloudflare starts as many isolates as requests need",
    }),
    publicUrl: setting({
      name: "PUBLIC_URL",
      meaning: "URL at which clients reach the gateway, without a path; https in production.",
      parse: siteOrigin,
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
      meaning: "Origins of pages that may call the gateway (CORS); `*` in development only.",
      parse: list(origin, 100),
      warn: warnOfClearPages,
      default: { development: "http://localhost:3000,http://localhost:3001", production: "" },
    }),
    allowedHeaders: setting({
      name: "ALLOWED_HEADERS",
      meaning:
        "Further request headers that pages of `ALLOWED_ORIGINS` may send, besides those that the gateway reads or forwards; tracing headers are always allowed.",
      parse: list(fieldName, 100),
      default: "",
    }),
    trustedProxies: setting({
      name: "TRUSTED_PROXIES",
      meaning:
        "Addresses and networks (CIDR) of your own proxies; the gateway trusts their `X-Forwarded-For`; must not match every address.",
      parse: list(parseNetwork, 100),
      default: "",
      nodeOnly: "Cloudflare itself says who came",
    }),
    metricsToken: optional({
      name: "METRICS_TOKEN",
      meaning:
        "Bearer token of the details of /readyz, and of /metrics, which is planned; 16 characters or more.",
      parse: bearerToken(16),
      default: null,
      secretFrom: "openssl rand -hex 24",
    }),
    adminToken: optional({
      name: "ADMIN_TOKEN",
      meaning:
        "Bearer token of /auth/admin/*, which `doorstep who --gateway URL` and other commands use to look people up, unlock phones and end sessions; 32 characters or more, and not `METRICS_TOKEN`.",
      parse: bearerToken(32),
      default: null,
      secretFrom: "openssl rand -hex 32",
    }),
    adminRecords: setting({
      name: "ADMIN_RECORDS",
      meaning:
        "`on`: with `ADMIN_TOKEN`, the commands for the data (`audit`, `link`, `undo` and others) work through `--gateway`, so that this token reads all customers' records and changes their links, names and phones.",
      parse: onOff,
      default: "off",
    }),
    supportPhone: optional({
      name: "SUPPORT_PHONE",
      meaning:
        "Telephone number of support, as people write it; shown to customers with a problem that only a person can solve.",
      parse: helpLine,
      default: null,
    }),
    page: PAGE_SETTINGS,
  },
  connections: {
    keepAliveTimeoutMs: setting({
      name: "KEEP_ALIVE_TIMEOUT",
      meaning:
        "How long an idle connection of a client is kept; must be longer than the balancer's own time (usually 60s), or the balancer sends a request into a connection that just closed.",
      parse: durationMs("1s", "1h"),
      default: "75s",
      nodeOnly: "Cloudflare keeps the connections",
    }),
    drainDelayMs: setting({
      name: "DRAIN_DELAY",
      meaning:
        "How long after SIGTERM the gateway still accepts requests while /readyz is 503, so that the balancer sends new requests elsewhere.",
      parse: durationMs("0s", "10m"),
      default: { development: "0s", production: "5s" },
      nodeOnly: "Cloudflare moves the requests",
    }),
  },
  store: {
    mongoUrl: optional({
      name: "MONGODB_URL",
      meaning:
        "URL of the legacy database, with the database name in the path; if unset, users and customers_v2 are in SQLite.",
      parse: checkMongoUrl,
      warn: (url) => (url === null ? null : warnOfClearMongo(url)),
      default: sharedStore,
      secretFrom: "your database's operator",
    }),
    redisUrl: optional({
      name: "REDIS_URL",
      meaning:
        "Redis that all nodes share for codes, sessions and limits, `redis://` or `rediss://`; if unset, they are in SQLite.",
      parse: redisUrl,
      warn: (url) => (url === null ? null : warnOfClear(url)),
      default: sharedStore,
      secretFrom: "your Redis operator",
      nodeOnly: "codes, sessions and limits are in Durable Objects",
    }),
    sqlitePath: setting({
      name: "SQLITE_PATH",
      meaning: "File of the embedded store.",
      parse: line(1, 4096),
      default: ".data/doorstep.db",
      nodeOnly: "there are no files",
    }),
  },
  keys: {
    privateJwks: optional({
      name: "JWT_PRIVATE_JWKS",
      meaning: `JSON Web Key Set of private keys: the first signs access tokens, the first RS256 and ES256 keys sign ID tokens, and all verify; ${GENERATED}.`,
      parse: privateJwks,
      default: OWN_KEYS,
      secretFrom: KEYS_COMMAND,
    }),
    secretKeys: optional({
      name: "SECRET_KEYS",
      meaning: `Keys as \`id:base64,id:base64\` from which codes and tokens are derived: the first makes new ones, all are accepted; ${GENERATED}.`,
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
      meaning: "Issuer (`iss`) of access tokens.",
      parse: issuer,
      default: { from: "PUBLIC_URL", text: (url) => url, shown: "`PUBLIC_URL`" },
    }),
    audience: setting({
      name: "JWT_AUDIENCE",
      meaning: "Audience (`aud`) of access tokens.",
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
  objectLocation: setting({
    name: "OBJECT_LOCATION",
    meaning:
      "On Workers, the region in which a Durable Object is created (`apac`, `weur`, `enam`, ...); choose the region of the database, because an object stays where it is created.",
    parse: objectLocation,
    default: "apac",
  }),
  smsProvider: setting({
    name: "SMS_PROVIDER",
    meaning: `Provider that sends the codes: ${SMS_PROVIDER_NAMES.map(shownProvider).join(", ")}.`,
    parse: oneOf(...SMS_PROVIDER_NAMES),
    default: {
      development: "console",
      production: {
        required: "is required in production: the default, console, sends no message",
      },
    },
  }),
  ...PROVIDER_SETTINGS,
  proxy: PROXY_SETTINGS,
  limits: LIMIT_SETTINGS,
  ceilings: CEILING_SETTINGS,
  rules: RULE_SETTINGS,
} as const satisfies SettingTree;

/** The value of every setting, grouped as the table is. */
export type Settings = ValuesOf<typeof SETTINGS>;
