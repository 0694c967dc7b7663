import type { Head, HeaderList } from "../../ports/upstream.ts";
import { type CrossOriginContext, crossOriginHead } from "./cross-origin-head.ts";
import { isHopByHop, isValue, nominated, OF_THE_BYTES, tokensOf } from "./header-rules.ts";
import { namesUpstream, rewriteLocation } from "./rewrite-location.ts";
import { type SecurityContext, securityHead } from "./security-head.ts";

/** What the head of an answer depends on, beside the upstream's. */
export interface AnswerContext extends SecurityContext, CrossOriginContext {
  readonly requestId: string;
  /** As the adapter was given it; a redirect to it becomes a path. */
  readonly upstreamOrigin: string;
  /** Whether nobody may keep it: all but what a public rule says is the same for everybody. */
  readonly isPrivate: boolean;
  /** Whether the body may be another than the upstream's. */
  readonly isJudged: boolean;
}

/** Fields of the upstream that never reach a client. */
const DROPPED: ReadonlySet<string> = new Set([
  // Its names and ways.
  "server",
  "server-timing",
  "via",
  "x-powered-by",
  "x-aspnet-version",
  "x-runtime",
  // What it would have the browser do with the gateway's origin, where the login page lives. A
  // cookie of the backend (it sets none today) would be the gateway's, sent to every route of it.
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
  // What it would have a proxy in front of us do.
  "x-accel-redirect",
  "x-sendfile",
  // Ours.
  "authorization",
  "ratelimit",
  "ratelimit-policy",
  "traceparent",
  "tracestate",
  "vary",
  "x-request-id",
]);
const DROPPED_PREFIXES = ["access-control-", "x-accel-", "x-upstream-", "x-user-"];

/** They let a shared cache keep what is one person's, whatever `Cache-Control` says. */
const isCaching = (name: string): boolean =>
  name.endsWith("cache-control") ||
  ["age", "expires", "pragma", "surrogate-control"].includes(name);

const NO_STORE: HeaderList = [["cache-control", "no-store"]];

/** The client's head, whole: the upstream's, sifted, then the gateway's own. */
export function answerHead({ headers: fields, status }: Head, context: AnswerContext): Head {
  const named = nominated(fields);
  const passed = fields.flatMap(([name, value]): HeaderList => {
    if (named.has(name) || isDropped(name, status, context) || !isValue(value)) return [];
    return passOn(name, value, context);
  });
  return {
    status,
    headers: [
      ...passed,
      ...(context.isPrivate ? NO_STORE : []),
      ...vary(fields, context),
      ...crossOriginHead(context),
      ...securityHead(context),
      ["x-request-id", context.requestId],
    ],
  };
}

function isDropped(name: string, status: number, context: AnswerContext): boolean {
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

function passOn(name: string, value: string, { upstreamOrigin }: AnswerContext): HeaderList {
  if (name === "location" || name === "content-location") {
    const location = rewriteLocation(value, upstreamOrigin);
    return location === null ? [] : [[name, location]];
  }
  // `Link`, and whatever else may hold a URL.
  return namesUpstream(value, upstreamOrigin) ? [] : [[name, value]];
}

/** LEGACY 5: the web app's service worker keeps answers by URL alone, whoever they were for. */
function vary(fields: HeaderList, context: AnswerContext): HeaderList {
  const values = fields.filter(([name, value]) => name === "vary" && isValue(value));
  const all = [
    ...(context.isPrivate ? ["authorization"] : []),
    ...(context.allowedOrigins.includes("*") ? [] : ["origin"]),
    ...values.flatMap(([, value]) => tokensOf(value)),
  ];
  if (all.includes("*")) return [["vary", "*"]];
  return all.length === 0 ? [] : [["vary", [...new Set(all)].join(", ")]];
}
