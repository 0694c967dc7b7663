import type { ProxyFamily } from "../../core/proxy-family.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { HeaderList } from "../../ports/upstream.ts";
import { headerOf } from "../proxied-call.ts";
import { canonicalOf } from "../wire/canonical-target.ts";

/** The path below which the gateway answers other proxies. */
export const VERIFY_PATH = "/auth/verify";

/**
 * The headers in which each proxy names the client's method and target. Envoy repeats method and
 * target themselves, below VERIFY_PATH.
 */
const FAMILIES = {
  nginx: { method: "x-original-method", target: "x-original-uri" },
  traefik: { method: "x-forwarded-method", target: "x-forwarded-uri" },
  caddy: { method: "x-forwarded-method", target: "x-forwarded-uri" },
  envoy: null,
} as const satisfies Record<ProxyFamily, object | null>;

/** The client's request, which the proxy will forward as it stands. */
export interface AskedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
}

/** The head of the proxy's own request to VERIFY_PATH, as it came. */
export interface VerifyCall {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly fields: HeaderList;
}

/** Whether a target, as it came, is VERIFY_PATH or below: no proxy spells it in another way. */
export function isVerifyTarget(target: string): boolean {
  if (!target.startsWith(VERIFY_PATH)) return false;
  const next = target.charAt(VERIFY_PATH.length);
  return next === "" || next === "/" || next === "?";
}

type Malformed = { readonly reason: "request-malformed" };

/**
 * Reads the client's request from the headers of this family and of no other: a client could send
 * the others (oauth2-proxy CVE-2025-64484). The proxy forwards the target as it came, so a target
 * that is not in canonical form, letter by letter, is refused, and not judged in another form
 * (oathkeeper GHSA-p224-6x5r-fjpm). Absolute targets, `//`, `..`, backslashes, fragments and spaces
 * have none.
 */
export function readAsked(family: ProxyFamily, call: VerifyCall): Result<AskedRequest, Malformed> {
  const names = FAMILIES[family];
  const method = names === null ? call.method : headerOf(call, names.method);
  const target = names === null ? belowVerify(call.target) : headerOf(call, names.target);
  if (method === null || !/^[A-Z]{1,20}$/.test(method))
    return fail({ reason: "request-malformed" });
  if (target === null) return fail({ reason: "request-malformed" });
  const canonical = canonicalOf(target);
  if (!canonical.ok) return canonical;
  const { path, query } = canonical.value;
  const isSame = path + query === target || `${path}${query}?` === target;
  return isSame ? ok({ method, path, query }) : fail({ reason: "request-malformed" });
}

const belowVerify = (target: string): string | null =>
  target.startsWith(`${VERIFY_PATH}/`) ? target.slice(VERIFY_PATH.length) : null;
