import { html } from "hono/html";
import { isLoopback } from "../../core/address/loopback.ts";
import { equalBytes, utf8 } from "../../core/bytes.ts";
import { rateLimited } from "../../core/failure.ts";
import { fail, ok } from "../../core/result.ts";
import { bearerTokenOf } from "../../core/secrets/bearer-token.ts";
import type { Gateway } from "../../flows/gateway.ts";
import { askDirectory } from "../../flows/otp/directory-health.ts";
import { languagesPage } from "../../login/views/languages-view.ts";
import type { Outbox } from "../../ports/sms.ts";
import { PROBLEMS } from "../problems/catalogue.ts";
import { RETRY_AFTER_SECONDS } from "../problems/failure-of-thrown.ts";
import type { AnyProblemSpec } from "../problems/problems.ts";
import { type Call, type Route, route, type Site } from "../route.ts";
import { aliveShape, outboxShape, readinessShape } from "./shapes.ts";

/** The routes for operators, monitors and developers. */
export const serviceRoutes: readonly Route[] = [
  route(
    {
      method: "GET",
      path: "/healthz",
      tag: "service",
      summary: "Tell whether the process is alive",
      answers: { 200: aliveShape },
    },
    async () => ok({ status: 200, json: { status: "ok" } }),
  ),
  route(
    {
      method: "GET",
      path: "/readyz",
      tag: "service",
      summary: "Tell whether the gateway can serve: whether its stores are up",
      credential: "metrics-token",
      answers: { 200: readinessShape, 503: readinessShape },
      problems: ["store-unavailable", "rate-limited"],
    },
    readiness,
  ),
  route(
    {
      method: "GET",
      path: "/problems/:code",
      tag: "service",
      summary: "Explain a problem",
      cache: "public, max-age=300",
      answers: { 200: "text/html" },
      problems: ["not-found"],
    },
    async ({ params }) => {
      const code = params["code"] ?? "";
      const problem = Object.hasOwn(PROBLEMS, code)
        ? (PROBLEMS as Readonly<Record<string, AnyProblemSpec>>)[code]
        : undefined;
      if (problem === undefined) return fail({ reason: "not-found" });
      return ok({
        status: 200,
        text: await problemPage(code, problem),
        type: "text/html; charset=utf-8",
      });
    },
  ),
];

/** How often a waiting reader checks: on Workers a promise of another request cannot be awaited. */
const LOOK_EVERY_MS = 50;

/**
 * The console sender's messages. Mounted in development only. `?wait=5` waits up to 5 seconds for a
 * message that no earlier read with `wait` has shown: a code is sent after the answer to its
 * request.
 */
export const outboxRoute: Route = route(
  {
    method: "GET",
    path: "/dev/outbox",
    tag: "service",
    summary: "The console sender's last messages; ?wait=5 waits for the next one",
    answers: { 200: outboxShape },
    problems: ["not-found"],
  },
  async ({ gateway, header, peer, site, url }) => {
    const { outbox } = site;
    if (outbox === null || !isAtThisMachine(peer, header, site)) {
      return fail({ reason: "not-found" });
    }
    // One digit: a stop waits nine seconds for open requests.
    const [seconds = "0"] = /^\d$/.exec(new URL(url).searchParams.get("wait") ?? "") ?? [];
    await news(outbox, Number(seconds) * 1000, gateway);
    // Field by field, so that a field that messages get later is not shown by accident.
    const messages = outbox.latest().map(({ channel, code, locale, sentAt, text, to }) => ({
      to,
      channel,
      locale,
      code,
      text,
      sent_at: new Date(sentAt).toISOString(),
    }));
    return ok({ status: 200, json: { messages } });
  },
);

/** For native speakers who read the login page's sentences. Mounted in development only. */
export const languagesRoute: Route = route(
  {
    method: "GET",
    path: "/dev/languages",
    tag: "service",
    summary: "Every sentence of the login page beside the English one",
    answers: { 200: "text/html" },
  },
  async () => ok({ status: 200, text: await languagesPage(), type: "text/html; charset=utf-8" }),
);

async function news(outbox: Outbox, waitMs: number, { runtime }: Gateway): Promise<void> {
  const until = runtime.now() + waitMs;
  while (runtime.now() < until && !outbox.takeNews()) await runtime.sleep(LOOK_EVERY_MS);
}

/** Names the dependencies only to the holder of METRICS_TOKEN. */
async function readiness({ gateway, header, site, source }: Call) {
  const shown = bearerTokenOf(header("authorization")) ?? "";
  const trusted = site.metricsToken !== null && equalBytes(utf8(shown), utf8(site.metricsToken));
  if (site.limitsProbes && !trusted) {
    const now = gateway.runtime.now();
    const until = gateway.process.probes.refusedUntil(source.network, now);
    if (until !== null) return fail(rateLimited("probes", until, now));
  }
  if (site.isLeaving?.()) {
    return fail({ reason: "store-unavailable", retryAfterSeconds: RETRY_AFTER_SECONDS });
  }
  const checks = await Promise.all([
    check("directory", { check: () => askDirectory(gateway) }, gateway),
    check("state", gateway.state, gateway),
    check("limits", gateway.limits, gateway),
  ]);
  const ready = checks.every(({ up }) => up);
  if (!trusted) {
    return ready
      ? ok({ status: 200, json: { status: "ready" } } as const)
      : fail({ reason: "store-unavailable", retryAfterSeconds: RETRY_AFTER_SECONDS });
  }
  const dependencies = Object.fromEntries(
    checks.map(({ name, up }) => [name, up ? ("up" as const) : ("down" as const)]),
  );
  if (ready) return ok({ status: 200, json: { status: "ready", dependencies } } as const);
  const headers = { "Retry-After": String(RETRY_AFTER_SECONDS) };
  return ok({ status: 503, json: { status: "unavailable", dependencies }, headers } as const);
}

/**
 * A check writes, so its result is good for a few seconds: anyone may ask, and many probes cost as
 * little as one. A flood must not check the store for each request, where the result has just ended:
 * the store would be too busy to answer, and a directory that does not answer is down for everyone.
 */
async function check(name: string, store: { check(): Promise<void> }, gateway: Gateway) {
  const { log, process, runtime } = gateway;
  const isUp = async () => {
    try {
      await store.check();
      return true;
    } catch (error) {
      log.write("warn", "not-ready", { dependency: name, error: String(error) });
      return false;
    }
  };
  return { name, up: await process.readiness.of(name, isUp, runtime) };
}

function problemPage(code: string, { status, title, meaning }: AnyProblemSpec) {
  return html`<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>${code}: ${title}</title></head>
  <body><h1>${title}</h1><p><code>${code}</code>, HTTP ${status}</p><p>${meaning}</p></body>
</html>`.toString();
}

/** Headers that a proxy adds: behind a proxy, a loopback peer does not identify the client. */
const PROXY_HEADERS = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];

/**
 * Whether a person at this machine asks. A page on the internet may resolve its own name to
 * 127.0.0.1, so Host must be local too; no page of another origin may read the codes.
 */
function isAtThisMachine(
  peer: string | null,
  header: Call["header"],
  { publicUrl }: Site,
): boolean {
  const host = (header("host") ?? "").replace(/:\d+$/, "");
  return (
    isLoopback((peer ?? "").replace(/^::ffff:/, "")) &&
    isLoopback(host) &&
    PROXY_HEADERS.every((name) => header(name) === undefined) &&
    (header("origin") ?? publicUrl.text) === publicUrl.text
  );
}
