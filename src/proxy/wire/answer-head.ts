import type { Origin } from "../../core/address/origin.ts";
import type { Head, HeaderList } from "../../ports/upstream.ts";
import { type CrossOriginContext, crossOriginHead } from "./cross-origin-head.ts";
import { isHopByHop, isValue, nominated, OF_THE_BYTES, tokensOf } from "./header-rules.ts";
import { namesUpstream, rewriteLocation } from "./rewrite-location.ts";
import { type SecurityContext, securityHead } from "./security-head.ts";

/** The values for the head of an answer, besides the upstream's head. */
export interface AnswerContext extends SecurityContext, CrossOriginContext {
  readonly requestId: string;
  /** The adapter's origin; a redirect to it becomes a path. */
  readonly upstream: Origin;
  /**
   * Whether caches must not keep the answer: all answers but those that a public rule declares the
   * same for all.
   */
  readonly isPrivate: boolean;
  /** Whether the body may differ from the upstream's. */
  readonly isJudged: boolean;
}

/** Fields of the upstream that never reach a client. */
const DROPPED: ReadonlySet<string> = new Set([
  // The upstream's name and technology.
  "server",
  "server-timing",
  "via",
  "x-powered-by",
  "x-aspnet-version",
  "x-runtime",
  // Instructions to the browser about the gateway's origin, where the login page is. A cookie of
  // the backend (it sets none today) would be the gateway's, sent to all its routes.
  "accept-ch",
  "alt-svc",
  "clear-site-data",
  "content-security-policy",
  "content-security-policy-report-only",
  "cross-origin-embedder-policy",
  "cross-origin-opener-policy",
  "cross-origin-resource-policy",
  "critical-ch",
  "nel",
  "origin-trial",
  "permissions-policy",
  "public-key-pins",
  "referrer-policy",
  "refresh",
  "report-to",
  "reporting-endpoints",
  "service-worker-allowed",
  "set-cookie",
  "set-cookie2",
  "strict-transport-security",
  "x-content-type-options",
  "x-frame-options",
  // Instructions to a proxy in front of the gateway.
  "x-accel-redirect",
  "x-sendfile",
  // The gateway's own fields.
  "authorization",
  "ratelimit",
  "ratelimit-policy",
  "traceparent",
  "tracestate",
  "vary",
  "x-request-id",
]);
const DROPPED_PREFIXES = ["access-control-", "x-accel-", "x-upstream-", "x-user-"];

/** They let a shared cache keep one person's answer, despite `Cache-Control`. */
const isCaching = (name: string): boolean =>
  name.endsWith("cache-control") ||
  ["age", "expires", "pragma", "surrogate-control"].includes(name);

const NO_STORE: HeaderList[number] = ["cache-control", "no-store"];

/** The client's whole head: the allowed fields of the upstream, then the gateway's own. */
export function answerHead({ headers: fields, status }: Head, context: AnswerContext): Head {
  const named = nominated(fields);
  const headers: HeaderList[number][] = [];
  for (const field of fields) {
    const [name, value] = field;
    if (named.has(name) || isDropped(name, status, context) || !isValue(value)) continue;
    const passed = passOn(name, value, context);
    if (passed !== null) headers.push(passed === value ? field : [name, passed]);
  }
  if (context.isPrivate) headers.push(NO_STORE);
  headers.push(...vary(fields, context), ...crossOriginHead(context), ...securityHead(context));
  headers.push(["x-request-id", context.requestId]);
  return { status, headers };
}

/** Frequent names that no rule below drops. */
const KEPT: ReadonlySet<string> = new Set(["content-type", "content-encoding", "date", "location"]);

function isDropped(name: string, status: number, context: AnswerContext): boolean {
  if (KEPT.has(name)) return false;
  return (
    isHopByHop(name) ||
    DROPPED.has(name) ||
    DROPPED_PREFIXES.some((prefix) => name.startsWith(prefix)) ||
    !/^[\w!#$%&'*+.^`|~-]+$/.test(name) ||
    (context.isPrivate && isCaching(name)) ||
    (context.isJudged && OF_THE_BYTES.has(name)) ||
    // RFC 9110 section 8.6.
    (status === 204 && name === "content-length")
  );
}

/** The value for the client; null: none. */
function passOn(name: string, value: string, { upstream }: AnswerContext): string | null {
  if (name === "location" || name === "content-location") return rewriteLocation(value, upstream);
  // `Link`, and any other field that may hold a URL.
  return namesUpstream(value, upstream) ? null : value;
}

const USUAL: HeaderList = [["vary", "authorization, origin"]];

/** LEGACY 5: the web app's service worker caches answers by URL alone, for any user. */
function vary(fields: HeaderList, context: AnswerContext): HeaderList {
  const values = fields.filter(([name, value]) => name === "vary" && isValue(value));
  if (values.length === 0 && context.isPrivate && !context.allowedOrigins.includes("*"))
    return USUAL;
  const all = [
    ...(context.isPrivate ? ["authorization"] : []),
    ...(context.allowedOrigins.includes("*") ? [] : ["origin"]),
    ...values.flatMap(([, value]) => tokensOf(value)),
  ];
  if (all.includes("*")) return [["vary", "*"]];
  return all.length === 0 ? [] : [["vary", [...new Set(all)].join(", ")]];
}
