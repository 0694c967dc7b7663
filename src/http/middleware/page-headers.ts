import { isForPages, tokensOf } from "../../proxy/wire/header-rules.ts";

/** Every page may send these, with or without a preflight. */
const ALWAYS = ["authorization", "content-type"];

/**
 * Headers that the tracing of browsers adds to each call: W3C's, Sentry's and Datadog's. A
 * preflight that refused one would break the whole page. The gateway reads `traceparent` and
 * `tracestate`, and drops the others.
 */
const TRACING: ReadonlySet<string> = new Set([
  "baggage",
  "sentry-trace",
  "traceparent",
  "tracestate",
  "x-datadog-origin",
  "x-datadog-parent-id",
  "x-datadog-sampling-priority",
  "x-datadog-tags",
  "x-datadog-trace-id",
]);

/**
 * `Access-Control-Allow-Headers` of a preflight's answer: the requested names that the gateway
 * reads or forwards, and those that a page must be allowed to send although the gateway drops them:
 * its tracing headers, and ALLOWED_HEADERS.
 *
 * @param asked `Access-Control-Request-Headers`
 * @param added names that the policy lets through besides the usual ones
 * @param allowed ALLOWED_HEADERS
 */
export function headersForPages(
  asked: string | undefined,
  added: ReadonlySet<string>,
  allowed: readonly string[],
): readonly string[] {
  const names = tokensOf(asked ?? "").filter(
    (name) => isForPages(name, added) || TRACING.has(name) || allowed.includes(name),
  );
  return [...new Set([...ALWAYS, ...names])];
}
