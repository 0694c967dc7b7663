import type { HeaderList } from "../../ports/upstream.ts";

/** Fields as a platform gives them: `Headers`, or a list in which a name may stand several times. */
export type Fields = Iterable<readonly [name: string, value: string]>;

/** RFC 9110 section 7.6.1, and what older software knows: they speak of one connection. */
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
 * Request fields that say who asks, from where, what for, or by which route. The upstream may
 * believe them because the gateway stands in front: so the gateway alone sets them.
 */
const IDENTITY: ReadonlySet<string> = new Set([
  // Who asks: our own, and those of other gateways that a framework may know.
  "authorization",
  "cookie",
  "cookie2",
  "from",
  "remote-user",
  "x-email",
  "x-customerid",
  "x-forward-auth-secret",
  "x-forwarded",
  "x-groups",
  "x-remote-user",
  "x-role",
  "x-roles",
  "x-session-id",
  "x-upstream-authorization",
  "x-user",
  "x-userid",
  "x-username",
  "x-webauth-user",
  // From where.
  "client-ip",
  "fastly-client-ip",
  "forwarded",
  "true-client-ip",
  "via",
  "x-client-ip",
  "x-cluster-client-ip",
  "x-host",
  "x-real-ip",
  "x-scheme",
  // What for: a second method or path beside the one that the rule matched.
  "x-method-override",
  "x-middleware-subrequest",
  "x-rewrite-url",
  // By which route and trace: set anew.
  "b3",
  "baggage",
  "traceparent",
  "tracestate",
  "x-correlation-id",
  "x-request-id",
]);
const IDENTITY_PREFIXES = [
  "cf-",
  "remote-",
  "ssl-",
  "x-accel-",
  "x-amzn-",
  "x-auth-",
  "x-authenticated-",
  "x-b3-",
  "x-client-cert",
  "x-customer-",
  "x-envoy-",
  "x-forwarded-",
  "x-goog-",
  "x-http-method",
  "x-ms-client-",
  "x-original-",
  "x-ssl-",
  "x-user-",
];

/** The adapter's own, and a wish that Node has granted already. */
const FRAMING: ReadonlySet<string> = new Set(["content-length", "expect", "host"]);

/** Whether a field of a client's request is the gateway's business and not the upstream's. */
export function isWithheld(name: string): boolean {
  return (
    isOddName(name) ||
    isHopByHop(name) ||
    FRAMING.has(name) ||
    IDENTITY.has(name) ||
    IDENTITY_PREFIXES.some((prefix) => name.startsWith(prefix))
  );
}

/**
 * A name with anything but letters, digits and hyphens. CGI, WSGI and their like map `X_User_Id`
 * and some even `X.User.Id` to the variable of `X-User-Id`; nginx drops such names by default.
 */
const isOddName = (name: string): boolean => !/^[a-z0-9-]+$/.test(name);

/** `Proxy-*`, and `Proxy` alone: to a CGI program that is HTTP_PROXY (httpoxy). */
export const isHopByHop = (name: string): boolean =>
  HOP_BY_HOP.has(name) || name.startsWith("proxy");

/** The fields that `Connection` names, in lower case: they end here as well. */
export function nominated(fields: HeaderList): ReadonlySet<string> {
  const values = fields.filter(([name]) => name === "connection").map(([, value]) => value);
  return new Set(values.flatMap(tokensOf));
}

/** A list of tokens in lower case (RFC 9110 section 5.6.1). */
export const tokensOf = (value: string): readonly string[] =>
  value
    .split(",")
    .map((token) => withoutSpace(token).toLowerCase())
    .filter((token) => token !== "");

/** Without the white space that HTTP knows (RFC 9110 section 5.6.3); `trim` takes more for it. */
export const withoutSpace = (value: string): string => value.replace(/^[\t ]+|[\t ]+$/g, "");

/** With names in lower case. */
export const listOf = (fields: Fields): HeaderList =>
  Array.from(fields, ([name, value]) => [name.toLowerCase(), value] as const);

/** Whether HTTP can carry a value: nothing that ends a line, and no character above a byte. */
export const isValue = (value: string): boolean => /^[\t\x20-\x7e\x80-\xff]*$/.test(value);

/** True of the upstream's bytes, and not of what a judge made of them. */
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
