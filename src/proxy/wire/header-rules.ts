import type { HeaderList } from "../../ports/upstream.ts";

/** Fields from a platform: `Headers`, or a list in which a name may occur several times. */
export type Fields = Iterable<readonly [name: string, value: string]>;

/** RFC 9110 section 7.6.1, and names of older software: fields of one connection. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "te",
  "trailer",
  "trailers",
  "transfer-encoding",
  "upgrade",
]);

/**
 * Fields of a client's request that are forwarded, besides those that the policy adds. All others
 * are dropped: an upstream may trust `X-Admin` or `X-Tenant-Id` because a gateway stands in front
 * of it, and no list of such names is ever complete.
 */
const PASSED: ReadonlySet<string> = new Set([
  "accept",
  "cache-control",
  "digest",
  "dnt",
  "idempotency-key",
  "last-event-id",
  "origin",
  "pragma",
  "prefer",
  "range",
  "referer",
  "repr-digest",
  "save-data",
  "user-agent",
  "x-requested-with",
]);
const PASSED_PREFIXES = ["accept-", "content-", "if-", "sec-ch-", "sec-fetch-"];

/** A page may send these as well: the gateway reads them and sets its own values. */
const READ_HERE: ReadonlySet<string> = new Set(["authorization", "traceparent", "tracestate"]);

/** The adapter's own fields, and an expectation that Node has already met. */
const FRAMING: ReadonlySet<string> = new Set(["content-length", "expect", "host"]);

/** Whether a field of a client's request is forwarded. @param name in lower case */
export function isPassed(name: string, added: ReadonlySet<string>): boolean {
  // None of these has another reason to be dropped: the most frequent names are decided first.
  if (PASSED.has(name)) return true;
  if (isOddName(name) || isHopByHop(name) || FRAMING.has(name)) return false;
  return added.has(name) || PASSED_PREFIXES.some((prefix) => name.startsWith(prefix));
}

/** Whether a page of an allowed origin may send a field (the answer to a preflight request). */
export const isForPages = (name: string, added: ReadonlySet<string>): boolean =>
  READ_HERE.has(name) || isPassed(name, added);

/** Fields that only the gateway may send to the upstream, and credentials besides its token. */
const OWN: ReadonlySet<string> = new Set([
  ...READ_HERE,
  "baggage",
  "cookie",
  "cookie2",
  "forwarded",
  "via",
  "x-customer-id",
  "x-forward-auth-secret",
  "x-request-id",
  "x-session-id",
  "x-upstream-authorization",
  "x-user-id",
  "x-user-role",
]);

/** Whether no policy can let a field through. @param name in lower case */
export const isNeverPassed = (name: string): boolean =>
  isOddName(name) ||
  isHopByHop(name) ||
  FRAMING.has(name) ||
  OWN.has(name) ||
  name.startsWith("x-forwarded-");

/** Words in header names by which upstreams admit people, identify them or choose another route. */
const IDENTITY_WORDS =
  /(?:^|-)(?:admin|api-?key|auth\w*|b3|c(?:f|ert)|client|consumer|correlation|customer\w*|email|forward\w*|from|groups?|host|ip|key|method|middleware|org\w*|original|override|path|principal|real|remote|rewrite|roles?|scheme|secret|session|ssl|subject|tenant|token|uri|url|user\w*|wl)(?:-|$)/;

/** Whether an upstream might trust this header as an identity. @param name in lower case */
export const isIdentityLike = (name: string): boolean => IDENTITY_WORDS.test(name);

/**
 * A name with a character that is no letter, digit or hyphen. CGI, WSGI and others map `X_User_Id`,
 * and some even `X.User.Id`, to the variable of `X-User-Id`; nginx drops such names by default.
 */
const isOddName = (name: string): boolean => !/^[a-z0-9-]+$/.test(name);

/** `Proxy-*`, and `Proxy` alone: to a CGI program that is HTTP_PROXY (httpoxy). */
export const isHopByHop = (name: string): boolean =>
  HOP_BY_HOP.has(name) || name.startsWith("proxy");

/** The fields that `Connection` names, in lower case: they are dropped as well. */
export function nominated(fields: HeaderList): ReadonlySet<string> {
  let named: Set<string> | null = null;
  for (const [name, value] of fields) {
    // The usual value names no field.
    if (name !== "connection" || value === "keep-alive") continue;
    named ??= new Set();
    for (const token of tokensOf(value)) named.add(token);
  }
  return named ?? NONE;
}

const NONE: ReadonlySet<string> = new Set();

/** A list of tokens in lower case (RFC 9110 section 5.6.1). */
export const tokensOf = (value: string): readonly string[] =>
  value
    .split(",")
    .map((token) => withoutSpace(token).toLowerCase())
    .filter((token) => token !== "");

/** Without the white space of HTTP (RFC 9110 section 5.6.3); `trim` removes more. */
export const withoutSpace = (value: string): string => value.replace(/^[\t ]+|[\t ]+$/g, "");

/** With names in lower case: done once, where a head arrives. */
export const listOf = (fields: Fields): HeaderList =>
  Array.from(fields, ([name, value]) => [name.toLowerCase(), value] as const);

/** Whether HTTP can carry a value: no line end, and no character above a byte. */
export const isValue = (value: string): boolean => /^[\t\x20-\x7e\x80-\xff]*$/.test(value);

/** Fields that describe the upstream's bytes, and not a judged body. */
export const OF_THE_BYTES: ReadonlySet<string> = new Set([
  "accept-ranges",
  "content-digest",
  "content-length",
  "content-md5",
  "content-range",
  "digest",
  "etag",
  "repr-digest",
]);
