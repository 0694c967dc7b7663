import { PROXY_FAMILIES, type ProxyFamily } from "../../../src/core/proxy-family.ts";
import { pathSpellings, querySpellings } from "./foreign-spellings.ts";
import { HOSTILE_HEADERS } from "./hostile-headers.ts";

export const VERIFY_SECRET = "Qm7xV2kd9Rzt4LpWs8Yb3HnJc6Tf1GaE";

/** The names in which each family asks; Envoy asks by its own method and target. */
const NAMES = {
  nginx: ["X-Original-Method", "X-Original-URI"],
  traefik: ["X-Forwarded-Method", "X-Forwarded-Uri"],
  caddy: ["X-Forwarded-Method", "X-Forwarded-Uri"],
  envoy: null,
} as const satisfies Record<ProxyFamily, object | null>;

/** One question of another proxy, as bytes are made of it. */
export interface VerifyCall {
  /** The client's method and target, which the proxy asks about. */
  readonly asked?: readonly [method: string, target: string];
  readonly token?: string;
  readonly secret?: string;
  /** The path of the question in place of /auth/verify. */
  readonly path?: string;
  /** The method of the question; Envoy's is the client's. */
  readonly method?: string;
  readonly version?: string;
  readonly host?: string;
  /** Further lines of the head, before and behind the others. */
  readonly first?: readonly string[];
  readonly last?: readonly string[];
  /** Whatever follows the head. */
  readonly body?: string;
}

const ORDERS = ["GET", "/api/orders/"] as const;
export const SHOWN = `X-Forward-Auth-Secret: ${VERIFY_SECRET}`;
export const CUSTOMER = "Authorization: Bearer {token}";

/** The bytes of a question. An empty text leaves its line out. */
export function verifyBytes(family: ProxyFamily, call: VerifyCall, end = "Connection: close") {
  const { asked = ORDERS, token = CUSTOMER, secret = SHOWN, version = "1.1" } = call;
  const { body = "", first = [], host = "Host: localhost", last = [] } = call;
  const names = NAMES[family];
  const path = call.path ?? (names === null ? `/auth/verify${asked[1]}` : "/auth/verify");
  const method = call.method ?? (names === null ? asked[0] : "GET");
  const own = names === null ? [] : [`${names[0]}: ${asked[0]}`, `${names[1]}: ${asked[1]}`];
  const lines = [host, ...first, secret, ...own, token, ...last, end];
  const head = [`${method} ${path} HTTP/${version}`, ...lines.filter((line) => line !== "")];
  return [...head, "", body].join("\r\n");
}

export const TOKENS: readonly string[] = [
  CUSTOMER,
  "",
  "Authorization: Bearer {other}",
  "Authorization: Bearer {admin}",
  "Authorization: Bearer {expired}",
  "Authorization: Bearer {ended}",
  "Authorization: Bearer {token}x",
  "Authorization: Bearer {token}=",
  "authorization: bearer   {token}",
  "Authorization: Bearer {token}, Bearer {admin}",
  "Authorization: Bearer {admin}\r\nAuthorization: Bearer {token}",
  "Authorization: Bearer a.b.c",
  "Authorization: Bearer eyJhbGciOiJub25lIn0.e30.",
  "Authorization: Basic dS1hZG1pbjp4",
  "Authorization:",
  "X_Authorization: Bearer {token}",
];

export const SECRETS: readonly string[] = [
  "",
  "X-Forward-Auth-Secret:",
  `X-Forward-Auth-Secret: ${VERIFY_SECRET.replace("Q", "q")}`,
  `X-Forward-Auth-Secret: ${VERIFY_SECRET.slice(1)}`,
  `X-Forward-Auth-Secret: ${VERIFY_SECRET}x`,
  `X-Forward-Auth-Secret: ${VERIFY_SECRET}, ${VERIFY_SECRET}`,
  `X-Forward-Auth-Secret:  ${VERIFY_SECRET}  `,
  `X-FORWARD-AUTH-SECRET: ${VERIFY_SECRET}`,
  `X_Forward_Auth_Secret: ${VERIFY_SECRET}`,
  `${SHOWN}\r\n${SHOWN}`,
  `${SHOWN}\r\nX-Forward-Auth-Secret: x`,
  `Authorization: Bearer ${VERIFY_SECRET}`,
];

/** Spellings of the path at which a proxy asks. */
export const VERIFY_PATHS: readonly string[] = [
  ...["/auth/verify?x=1", "/auth/verify?", "/auth/verify/", "/auth/verify//", "/auth/verify/x/.."],
  ...["/auth/%76erify", "/auth%2Fverify", "/AUTH/VERIFY", "/auth/Verify", "/auth/verifyx"],
  ...["/auth/./verify", "/auth/x/../verify", "//auth/verify", "/auth//verify", "/auth/verify%3Fx"],
  ...["/auth/verify%2Fapi/orders/", "/auth/verify/%2e%2e/me", "/auth/verify;x", "/auth/verify#x"],
  ...["http://localhost/auth/verify", "/auth/verify\\x", "/auth/verify%", "/auth/verify%00"],
  ...["/auth/verify/api/orders/", "/auth/verify/api/{x}", "/auth/verify/api/orders/?a='\"<>"],
  ...["/auth/verify//api/orders/", "/auth/verify/api/orders/#x", "*", "/auth/verify%20", "/auth"],
];

/** What a client's request may be: open, its own, of another, unknown, for our own proxy alone. */
export const ASKED: readonly (readonly [method: string, target: string])[] = [
  ORDERS,
  ["GET", "/api/products/"],
  ["HEAD", "/api/products/"],
  ["GET", "/api/billing/settings"],
  ["GET", "/api/billing/payments/c-1"],
  ["GET", "/api/billing/payments/c-2"],
  ["GET", "/api/phase0-v2/users"],
  ["GET", "/api/phase0-v2/customers"],
  ["POST", "/api/phase0-v2/customer/c-1/pause"],
  ["GET", "/api/phase0-v2/subscriptions?customer_id=c-2"],
  ["GET", "/api/phase0-v2/customer/c-1/calendar?month=2026-11"],
  ["GET", "/api/phase0-v2/customer/c-1/calendar?month=2026%2D11"],
  ["POST", "/api/auth/login"],
  ["DELETE", "/api/phase0-v2/customers/c-1"],
  ["GET", "/api/shared-delivery-link/l-1"],
  ["GET", "/api/nothing"],
  ["GET", "/auth/me"],
  ["GET", "/"],
];

/** Targets and methods that no proxy should ask about, or that two readers could read in two ways. */
export const ODD_ASKED: readonly (readonly [method: string, target: string])[] = [
  ...pathSpellings("c-1", "c-2").map((id) => ["GET", `/api/billing/payments/${id}`] as const),
  ...querySpellings("c-1", "c-2").map((query) => ["GET", `/api/orders/${query}`] as const),
  ...[
    "/api/orders/#x",
    "//api/orders/",
    "/api//orders/",
    "http://x/api/orders/",
    "api/orders/",
  ].map((target) => ["GET", target] as const),
  ...[
    "/api/orders/ x",
    "@x/api/orders/",
    ":80/api/orders/",
    "/api/\u00e9",
    "",
    "/api/orders/{x}",
  ].map((target) => ["GET", target] as const),
  ...["get", "", "G ET", "X".repeat(21), "OPTIONS", "TRACE", "PROPFIND", "QUERY", "PUT"].map(
    (method) => [method, "/api/orders/"] as const,
  ),
];

const CHUNKED = ["Transfer-Encoding: chunked"];

/** Heads and bodies of the question itself that few proxies send, or none. */
export const ODD_CALLS: readonly VerifyCall[] = [
  ...["HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "QUERY"].flatMap(
    (method) => [{ method }, { method, token: "" }, { method, secret: "" }],
  ),
  { method: "OPTIONS", last: ["Origin: http://localhost:3000"] },
  { method: "OPTIONS", last: ["Origin: http://localhost:3000"], secret: "" },
  ...["Origin: http://localhost:3000", "Origin: https://shop.example", "Origin: null"].flatMap(
    (origin) => [{ last: [origin] }, { last: [origin], token: "" }, { last: [origin], secret: "" }],
  ),
  ...["text/html", "text/html,*/*", "application/json"].map((type) => ({
    token: "",
    last: [`Accept: ${type}`],
  })),
  { token: "", last: ["Accept: text/html", "Accept: x"] },
  { token: "", method: "HEAD", last: ["Accept: text/html"] },
  { method: "POST", last: ["Content-Length: 5"], body: "hello" },
  { method: "POST", last: ["Content-Length: 0"] },
  { last: ["Content-Length: 5"], body: "hello" },
  { last: ["Content-Length: 5"], body: "hello", secret: "" },
  { last: CHUNKED, body: "5\r\nhello\r\n0\r\n\r\n" },
  { last: ["Content-Length: 70000"], body: "x".repeat(70_000) },
  { host: "" },
  { host: "", version: "1.0" },
  { version: "1.0" },
  ...["Host: a/b", "Host: a@b", "Host: localhost:", "Host: LOCALHOST:8787", "Host: [::1]"].map(
    (host) => ({ host }),
  ),
  ...["Host: other.example", "Connection: host", "Connection: authorization, x-original-uri"].map(
    (line) => ({ last: [line] }),
  ),
  ...["Connection: x-forward-auth-secret", "Expect: 100-continue", "Expect: 200-ok"].map(
    (line) => ({
      last: [line],
    }),
  ),
  { last: ["Upgrade: websocket", "Connection: Upgrade"] },
  { last: ["Content-Length: 5", ...CHUNKED], body: "5\r\nhello\r\n0\r\n\r\n" },
  { last: ["Content-Length: 5", "Content-Length: 6"], body: "hello" },
  { last: HOSTILE_HEADERS.map((pair) => pair.join(": ")) },
  { last: [`X-Long: ${"x".repeat(20_000)}`] },
  { last: ["X-Forwarded-For: 10.0.0.1", "X-Forwarded-For: 10.0.0.2"] },
  // Another proxy's names, before and behind the own ones, and the own ones a second time.
  ...["X-Original-URI: /api/products/", "X-Original-Method: GET"].flatMap(asStranger),
  ...["X-Forwarded-Uri: /api/products/", "X-Forwarded-Method: GET"].flatMap(asStranger),
  ...["X-Original-URL: /api/products/", "X_Original_URI: /api/products/"].flatMap(asStranger),
];

function asStranger(line: string): readonly VerifyCall[] {
  return [{ first: [line], token: "" }, { last: [line], token: "" }, { last: [line] }];
}

/** Every question of the lists, in bytes. */
export function verifyCalls(family: ProxyFamily): readonly string[] {
  return [
    ...ASKED.flatMap((asked) => TOKENS.slice(0, 4).map((token) => ({ asked, token }))),
    ...TOKENS.map((token) => ({ token })),
    ...SECRETS.map((secret) => ({ secret })),
    ...VERIFY_PATHS.flatMap((path) => [{ path }, { path, secret: "" }]),
    ...ODD_ASKED.map((asked) => ({ asked })),
    ...ODD_CALLS,
  ].map((call) => verifyBytes(family, call));
}

export const FAMILIES: readonly ProxyFamily[] = PROXY_FAMILIES;
