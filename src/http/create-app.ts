import { type Context, Hono } from "hono";
import { cors } from "hono/cors";
import { secureHeaders } from "hono/secure-headers";
import { toBase64url } from "../core/bytes.ts";
import { rateLimited } from "../core/failure.ts";
import type { Gateway } from "../flows/gateway.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import { rateLimitHeaders } from "./address-limit.ts";
import { clientAddress, parseNetwork } from "./client-address.ts";
import { compatRoutes } from "./compat-routes.ts";
import { type ErrorStyle, errorResponse } from "./error-response.ts";
import { withDocument } from "./openapi-route.ts";
import { otpRoutes } from "./otp-routes.ts";
import type { AnyFailure } from "./problems.ts";
import { logRequest } from "./request-log.ts";
import { type Call, callerOf, type Reply, type Route, type Site } from "./route.ts";
import { outboxRoute, RETRY_AFTER_SECONDS, serviceRoutes } from "./service-routes.ts";
import { sessionRoutes } from "./session-routes.ts";
import { tokenRoutes } from "./token-routes.ts";
import { twilioStatusRoute } from "./webhook-routes.ts";

export interface AppDependencies {
  readonly gateway: Gateway;
  readonly site: Site;
  /** The other end of the connection, from what the platform gives with each request. */
  peerOf(platform: unknown): string | null;
}

/** What one request carries through the middleware. */
interface Carried {
  Variables: {
    requestId: string;
    route: string;
    errors: ErrorStyle;
    failure: AnyFailure | null;
    thrown: unknown;
  };
}

/** The gateway as one fetch handler, the same on every runtime. */
export function createApp({ gateway, peerOf, site }: AppDependencies): Hono<Carried> {
  const app = new Hono<Carried>();
  const refuse = (c: Context<Carried>, failure: AnyFailure) => {
    c.set("failure", failure);
    const { errors: style, requestId } = c.var;
    return errorResponse(style, failure, { publicUrl: site.publicUrl, requestId });
  };

  const overLimit = addressCounter(gateway, peerOf, site);
  app.use(requestLine(gateway));
  app.use(securityHeaders(site));
  app.use(crossOrigin(site));
  const routes = routesOf(site);
  for (const { cache, errors, limit, method, path, run } of routes) {
    app.on(method, path, async (c) => {
      c.set("route", path);
      c.set("errors", errors);
      const refused = limit && (await overLimit(c, limit).catch(throwError));
      if (refused) return refuse(c, refused);
      const answer = await run(callOf(c, gateway, site, peerOf)).catch(throwError);
      return answer.ok ? replyResponse(answer.value, cache) : refuse(c, answer.failure);
    });
  }
  for (const { errors, path } of routes) {
    const allow = routes.filter((route) => route.path === path).map(({ method }) => method);
    app.all(path, (c) => {
      c.set("route", path);
      c.set("errors", errors);
      return refuse(c, { reason: "method-not-allowed", allow });
    });
  }
  app.notFound((c) => refuse(c, { reason: "not-found" }));
  app.onError((error, c) => {
    c.set("thrown", error);
    const down = error instanceof AdapterError && error.kind === "unavailable";
    const retryAfterSeconds = RETRY_AFTER_SECONDS;
    return refuse(
      c,
      down ? { reason: "store-unavailable", retryAfterSeconds } : { reason: "internal" },
    );
  });
  return app;
}

/** Counts the client's address before the body is read: a flood costs one counter a request. */
function addressCounter(
  gateway: Gateway,
  peerOf: AppDependencies["peerOf"],
  { trustedProxies }: Site,
) {
  const trusted = trustedProxies.map(parseNetwork).filter((network) => network !== null);
  return async (c: Context<Carried>, limit: NonNullable<Route["limit"]>) => {
    const forwardedFor = c.req.header("x-forwarded-for");
    const address = clientAddress(peerOf(c.env), forwardedFor, trusted);
    const state = await gateway.limits.take(limit, address);
    for (const [name, value] of Object.entries(rateLimitHeaders(state))) c.header(name, value);
    const now = gateway.runtime.now();
    return state.allowed ? null : rateLimited("address-limit", now + state.resetMs, now);
  };
}

/** Hono gives only errors to `onError`; whatever else was thrown must end there as well. */
function throwError(thrown: unknown): never {
  throw thrown instanceof Error ? thrown : new Error("not an error", { cause: thrown });
}

/** Every route of the gateway's own: what is listed here is served and described alike. */
export function routesOf(site: Site): readonly Route[] {
  const always = [
    ...[...otpRoutes, ...compatRoutes, ...tokenRoutes],
    ...[...sessionRoutes, ...serviceRoutes],
  ];
  const here = [
    ...(site.outbox === null ? [] : [outboxRoute]),
    ...(site.deliveryReports === null ? [] : [twilioStatusRoute]),
  ];
  return withDocument([...always, ...here], site);
}

function callOf(
  c: Context<Carried>,
  gateway: Gateway,
  site: Site,
  peerOf: AppDependencies["peerOf"],
): Call {
  const header = (name: string) => c.req.header(name);
  return {
    ...{ gateway, site, header },
    request: c.req.raw,
    params: c.req.param() as Readonly<Record<string, string>>,
    peer: peerOf(c.env),
    caller: callerOf(gateway, header("authorization")),
  };
}

function replyResponse(
  { headers, json, status, text, type }: Reply,
  cache: Route["cache"],
): Response {
  const body = json === undefined ? (text ?? null) : JSON.stringify(json);
  const contentType = json === undefined ? type : "application/json";
  return new Response(body, {
    status,
    headers: {
      "Cache-Control": cache,
      ...(contentType === undefined ? {} : { "Content-Type": contentType }),
      ...headers,
    },
  });
}

/** Names the request, and writes its one log line when the answer is known. */
function requestLine(gateway: Gateway) {
  return async function requestLine(c: Context<Carried>, next: () => Promise<void>) {
    const { now, randomBytes } = gateway.runtime;
    const startedAt = now();
    const requestId = toBase64url(randomBytes(12));
    c.set("requestId", requestId);
    c.set("route", "none");
    c.set("errors", "problem");
    c.set("failure", null);
    await next();
    c.header("X-Request-Id", requestId);
    const { failure, route, thrown } = c.var;
    const durationMs = now() - startedAt;
    const { method } = c.req;
    logRequest(gateway.log, {
      requestId,
      method,
      route,
      status: c.res.status,
      durationMs,
      failure,
      thrown,
    });
  };
}

function securityHeaders({ publicUrl }: Site) {
  return secureHeaders({
    contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    referrerPolicy: "no-referrer",
    strictTransportSecurity: publicUrl.startsWith("https:") ? "max-age=31536000" : false,
    xFrameOptions: "DENY",
    // Of no use to JSON, or to any browser of today.
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xDnsPrefetchControl: false,
    xXssProtection: false,
    originAgentCluster: false,
  });
}

/** No cookie is ever read across origins, so none is allowed to come. */
function crossOrigin({ allowedOrigins }: Site) {
  return cors({
    origin: allowedOrigins.includes("*") ? "*" : [...allowedOrigins],
    allowMethods: ["GET", "POST", "DELETE"],
    allowHeaders: ["Authorization", "Content-Type"],
    exposeHeaders: ["RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id"],
    maxAge: 600,
  });
}
