import { PROXY_FAMILIES } from "../core/proxy-family.ts";
import { fail, ok } from "../core/result.ts";
import { warnOfClear } from "./clear-text.ts";
import { siteOrigin } from "./parsers/address-parsers.ts";
import { bearerToken } from "./parsers/key-parsers.ts";
import { byteSize, durationMs, line, oneOf } from "./parsers/parsers.ts";
import { COMMON_EXAMPLES } from "./secret-strength.ts";
import { optional, type Parser, type SettingTree, setting } from "./setting.ts";

const LEAST_BYTES = 32;
/** A secret with fewer different characters was probably typed by hand. */
const LEAST_CHARACTERS = 8;

/**
 * LEGACY_JWT_SECRET: raw UTF-8, shared with the backend (RFC 7518 section 3.2 requires 256 bits).
 */
const legacySecret: Parser<string> = (text) => {
  if (COMMON_EXAMPLES.some((word) => text.toLowerCase().includes(word))) {
    return fail("must not be a published default: anyone could make tokens of the backend");
  }
  const bytes = new TextEncoder().encode(text).length;
  if (new Set(text).size < LEAST_CHARACTERS) return fail("must be random, and not a repetition");
  return bytes >= LEAST_BYTES && !/\p{Cc}/u.test(text)
    ? ok(text)
    : fail(`must be one line of at least ${LEAST_BYTES} bytes`);
};

/** The reverse proxy in front of the legacy routes. */
export const PROXY_SETTINGS = {
  upstreamUrl: optional({
    name: "LEGACY_UPSTREAM_URL",
    meaning: "URL of the legacy backend; if unset, nothing is forwarded.",
    parse: siteOrigin,
    warn: (url) => (url === null ? null : warnOfClear(url.text)),
    default: null,
  }),
  jwtSecret: optional({
    name: "LEGACY_JWT_SECRET",
    meaning:
      "The backend's `JWT_SECRET`: the tokens minted for it are signed with it, and its staff's own are verified.",
    parse: legacySecret,
    default: null,
    secretFrom: "openssl rand -base64 48, set at the backend as well",
  }),
  forwardAuthFamily: optional({
    name: "FORWARD_AUTH",
    meaning:
      "Another proxy that asks /auth/verify for decisions: `nginx`, `traefik`, `caddy` or `envoy`; only that proxy's headers are read (docs/forward-auth.md).",
    parse: oneOf(...PROXY_FAMILIES),
    default: null,
  }),
  forwardAuthSecret: optional({
    name: "FORWARD_AUTH_SECRET",
    meaning:
      "Secret that the proxy of `FORWARD_AUTH` shows in `X-Forward-Auth-Secret`; without it the answer is 404; 32 characters or more.",
    parse: bearerToken(32),
    default: null,
    secretFrom: "openssl rand -base64 48, set at the proxy as well",
  }),
  policyFile: optional({
    name: "POLICY_FILE",
    meaning:
      "Rules of the proxy, as a path from the working directory; without it the shipped `policy/earlybird.json`.",
    parse: line(1, 4096),
    default: null,
    nodeOnly: "the policy is in the bundle",
  }),
  timeoutMs: setting({
    name: "PROXY_TIMEOUT",
    meaning:
      "How long the gateway waits for the backend's answer to begin, and then for each further part.",
    parse: durationMs("1s", "10m"),
    default: "30s",
  }),
  keepAliveMs: setting({
    name: "UPSTREAM_KEEP_ALIVE",
    meaning:
      "How long an idle connection to the backend is kept; must be shorter than the backend's own time (uvicorn: 5s), or requests go into connections that just closed.",
    parse: durationMs("1s", "10m"),
    default: "4s",
    nodeOnly: "Cloudflare keeps the connections",
  }),
  maxUploadBytes: setting({
    name: "MAX_UPLOAD",
    meaning: "Largest body that is passed on without being judged, as `512KB` or `25MB`.",
    parse: byteSize(1024),
    default: "25MB",
  }),
} as const satisfies SettingTree;
