import type { TwilioLost } from "./transport.ts";

/** System calls before a connection is made. */
const CONNECTING: ReadonlySet<unknown> = new Set(["connect", "getaddrinfo"]);

/** The peer's certificate was refused, or undici gave up connecting: nothing was written. */
const CODES: ReadonlySet<unknown> = new Set([
  "UND_ERR_CONNECT_TIMEOUT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CERT_REVOKED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** Node's words for a connection cut during the TLS handshake; its code is that of any other cut. */
const CUT_IN_HANDSHAKE =
  "Client network socket disconnected before secure TLS connection was established";

/** Undici's words for a proxy (NODE_USE_ENV_PROXY) that opens no tunnel; the code is that of any abort. */
const NO_TUNNEL = /^Proxy response \(\d+\) !== 200 when HTTP Tunneling$/;

/** A request without an answer. Only the error's code is kept: its text names hosts and more. */
export function lostBy(error: unknown): TwilioLost {
  return { kind: "lost", reason: "network", neverLeft: neverLeft(error), detail: codeOf(error) };
}

export const TIMED_OUT: TwilioLost = {
  kind: "lost",
  reason: "timeout",
  neverLeft: false,
  detail: null,
};

/**
 * Whether a request failed before a byte of it could leave. Only certain cases count: a connection
 * that was cut later may have carried the request, and Workers do not say.
 */
export function neverLeft(error: unknown): boolean {
  const chain = chainOf(error);
  return chain.some(({ code, errors, message, syscall }) => {
    if (CONNECTING.has(syscall) || CODES.has(code) || message === CUT_IN_HANDSHAKE) return true;
    if (typeof message === "string" && NO_TUNNEL.test(message)) return true;
    // One host name, several addresses: each was tried (RFC 8305).
    return Array.isArray(errors) && errors.length > 0 && errors.every(neverLeft);
  });
}

/** The innermost code, such as `ECONNREFUSED`, where it looks like one. */
function codeOf(error: unknown): string | null {
  const codes = chainOf(error).map(({ code }) => code);
  const last = codes.findLast(
    (code) => typeof code === "string" && /^[A-Z][A-Z_]{2,50}$/.test(code),
  );
  // The word that operators know for a peer that hangs up.
  if (last === "UND_ERR_SOCKET") return "ECONNRESET";
  return typeof last === "string" ? last : null;
}

type Fields = Readonly<Record<string, unknown>>;

/** The error, its cause, the cause of that ... */
function chainOf(error: unknown): readonly Fields[] {
  const chain: Fields[] = [];
  for (let each = error; typeof each === "object" && each !== null && chain.length < 5; ) {
    chain.push(each as Fields);
    each = (each as Fields)["cause"];
  }
  return chain;
}
