import { type Context, Hono } from "hono";
import { toBase64url } from "../core/bytes.ts";
import { pageOrigins } from "../core/oauth/client.ts";
import type { Gateway } from "../flows/gateway.ts";
import type { Backend } from "../proxy/backend.ts";
import { bodyOf } from "../proxy/wire/bounded-body.ts";
import { securityHead } from "../proxy/wire/security-head.ts";
import { countAddress } from "./middleware/address-limit.ts";
import type { Carried } from "./middleware/carried.ts";
import type { ClientAddress } from "./middleware/client-address.ts";
import { crossOrigin, isLoginPage, type PagesAllowed } from "./middleware/cross-origin.ts";
import { logRequest } from "./middleware/request-log.ts";
import { answerOwn } from "./own/answer-own.ts";
import { replyAnswer } from "./own/reply-answer.ts";
import { errorAnswer } from "./problems/error-response.ts";
import { asError, failureOfThrown } from "./problems/failure-of-thrown.ts";
import type { AnyFailure } from "./problems/problems.ts";
import { answerForward, type ForwardAuth } from "./proxied/answer-forward.ts";
import { answerProxied } from "./proxied/answer-proxied.ts";
import { clientReader } from "./proxied/client-reader.ts";
import { type AnswerComing, firstAnswer } from "./proxied/coming-request.ts";
import { comingRequests, responseOf } from "./proxied/coming-requests.ts";
import type { RawHead } from "./proxied/raw-head.ts";
import { type Call, callerOf, type Route, type Site } from "./route.ts";
import { adminRoutes, recordsRoute } from "./routes/admin/admin-routes.ts";
import { compatRoutes } from "./routes/compat-routes.ts";
import { homeRoute } from "./routes/home-route.ts";
import { loginRoutes } from "./routes/login-routes.ts";
import { clientRoutes } from "./routes/oauth/client-routes.ts";
import { END_SESSION_PATH, endSessionRoutes } from "./routes/oauth/end-session-routes.ts";
import { AUTHORIZE_PATH, oauthRoutes } from "./routes/oauth/oauth-routes.ts";
import { openidRoutes } from "./routes/oauth/openid-routes.ts";
import { tokenRoutes } from "./routes/oauth/token-routes.ts";
import { withDocument } from "./routes/openapi-route.ts";
import { otpRoutes } from "./routes/otp-routes.ts";
import { languagesRoute, outboxRoute, serviceRoutes } from "./routes/service-routes.ts";
import { sessionRoutes } from "./routes/session-routes.ts";
import { statusRoute, voiceRoute } from "./routes/webhook-routes.ts";

export interface AppDependencies {
  readonly gateway: Gateway;
  readonly site: Site;
  /** The legacy backend, for requests that are not for the gateway's own routes; null: none. */
  readonly backend: Backend | null;
  /** Another proxy that asks for decisions; null: /auth/verify is absent. */
  readonly forwardAuth?: ForwardAuth | null;
  /** The other end of the connection, from the platform's value for each request. */
  peerOf(platform: unknown): string | null;
  /** Whether an `X-Forwarded-For` of a peer outside TRUSTED_PROXIES deserves a warning. */
  readonly warnsOfForwardedFor?: boolean;
  /** The head as it came; null where the platform has it only as a `Request`. */
  rawHeadOf(platform: unknown): RawHead | null;
}

const MALFORMED = { reason: "request-malformed" } as const;

/** The gateway as one fetch handler, the same on every runtime. */
export const createApp = (dependencies: AppDependencies): Hono<Carried> =>
  createEntrances(dependencies).app;

/** The ways into one gateway. */
export interface Entrances {
  /** For every request. */
  readonly app: Hono<Carried>;
  /** For requests that their raw head answers, by the same rules. */
  readonly answer: AnswerComing;
}

export function createEntrances(dependencies: AppDependencies): Entrances {
  const { backend, forwardAuth = null, gateway, peerOf, site } = dependencies;
  const { warnsOfForwardedFor: warns = false } = dependencies;
  const { allowedOrigins, publicUrl, trustedProxies: trusted } = site;
  const clientOf = clientReader({ log: gateway.log, trusted, warns });
  const routes = routesOf(site);
  const pages = pagesAllowed(routes, dependencies);
  const at = backend && { backend, allowedOrigins, publicUrl };
  const answer = firstAnswer([
    forwardAuth && answerForward({ gateway, forwardAuth, publicUrl, clientOf }),
    at && answerProxied({ gateway, at, clientOf }),
    answerOwn({ gateway, site, routes, clientOf, pages }),
  ]);
  const clientIn = (c: Context<Carried>): ClientAddress =>
    clientOf(peerOf(c.env), () => c.req.header("x-forwarded-for"));
  return { answer, app: appOf(dependencies, clientIn, answer, { routes, pages }) };
}

type ClientIn = (c: Context<Carried>) => ClientAddress;

function appOf(
  dependencies: AppDependencies,
  clientOf: ClientIn,
  answer: AnswerComing,
  { pages, routes }: { readonly routes: readonly Route[]; readonly pages: PagesAllowed },
): Hono<Carried> {
  const { gateway, rawHeadOf, peerOf, site } = dependencies;
  const { publicUrl } = site;
  const app = new Hono<Carried>();
  const refuse = (c: Context<Carried>, failure: AnyFailure) => {
    c.set("failure", failure);
    const { errors: style, requestId } = c.var;
    return responseOf(errorAnswer(style, failure, { publicUrl, requestId }), c.req.method);
  };

  const overLimit = addressCounter(gateway, clientOf);
  app.use(comingRequests({ answer, peerOf, rawHeadOf }));
  app.use(requestLine(gateway));
  app.use(securityHeaders(site));
  app.use(crossOrigins(pages, dependencies));
  app.use(async (c, next) => (rawHeadOf(c.env)?.isAmbiguous ? refuse(c, MALFORMED) : next()));
  for (const { cache, errors, limit, method, path, run } of routes) {
    app.on(method, path, async (c) => {
      c.set("route", path);
      c.set("errors", errors);
      const call = callOf(c, { gateway, site, peerOf, clientOf });
      const counted = { ...call, overLimit: async (own = limit) => own && overLimit(c, own) };
      const answer = await run(counted).catch(throwError);
      if (!answer.ok) return refuse(c, answer.failure);
      c.set("failure", answer.value.failure ?? null);
      c.set("thrown", answer.value.thrown);
      return responseOf(replyAnswer(answer.value, cache), c.req.method);
    });
  }
  refuseOtherMethods(app, routes, refuse);
  app.notFound((c) => refuse(c, { reason: "not-found" }));
  app.onError((error, c) => {
    c.set("thrown", error);
    return refuse(c, failureOfThrown(error));
  });
  return app;
}

function refuseOtherMethods(
  app: Hono<Carried>,
  routes: readonly Route[],
  refuse: (c: Context<Carried>, failure: AnyFailure) => Response,
): void {
  for (const { errors, path } of routes) {
    const allow = routes.filter((route) => route.path === path).map(({ method }) => method);
    app.all(path, (c) => {
      c.set("route", path);
      c.set("errors", errors);
      return refuse(c, { reason: "method-not-allowed", allow });
    });
  }
}

/** Each route says which pages may read it; the operator's paths are for no page. */
function pagesAllowed(
  routes: readonly Route[],
  { gateway, site: { allowedOrigins } }: AppDependencies,
): PagesAllowed {
  const clients = [...allowedOrigins, ...pageOrigins(gateway.rules.oauth.clients)];
  const origins = { "allowed-origins": allowedOrigins, clients, everyone: ["*"] } as const;
  const byPath = new Map(routes.map(({ openTo, path }) => [path, origins[openTo]]));
  const operators = routes.filter(({ credential }) => credential === "admin-token");
  const closed = new Set([...operators.map(({ path }) => path), AUTHORIZE_PATH, END_SESSION_PATH]);
  return {
    allowedAt: (path) => byPath.get(path) ?? allowedOrigins,
    isClosed: (path) => closed.has(path) || isLoginPage(path),
  };
}

function crossOrigins(pages: PagesAllowed, { backend, site }: AppDependencies) {
  const { allowedHeaders } = site;
  return crossOrigin({ pages, allowedHeaders, added: backend?.policy.headers ?? new Set() });
}

function addressCounter(gateway: Gateway, clientOf: ClientIn) {
  return async (c: Context<Carried>, limit: NonNullable<Route["limit"]>) => {
    const { headers, refusal } = await countAddress(gateway, clientOf(c).source, limit);
    for (const [name, value] of headers) c.header(name, value);
    return refusal;
  };
}

/** Hono passes only errors to `onError`; any other thrown value must end there as well. */
function throwError(thrown: unknown): never {
  throw asError(thrown);
}

/** Every route of the gateway's own: the listed routes are served and described. */
export function routesOf(site: Site): readonly Route[] {
  const always = [
    ...[...otpRoutes, ...compatRoutes, ...tokenRoutes, ...clientRoutes, ...oauthRoutes],
    ...[...openidRoutes, ...endSessionRoutes, ...loginRoutes],
    ...[...sessionRoutes, ...serviceRoutes, homeRoute],
  ];
  const here = [
    ...(site.outbox === null ? [] : [outboxRoute, languagesRoute]),
    ...(site.deliveryReports === null ? [] : [statusRoute(site.deliveryReports)]),
    ...(site.voiceCalls === null ? [] : [voiceRoute(site.voiceCalls)]),
    ...(site.adminToken === null ? [] : adminRoutes),
    ...(site.adminToken === null || !site.adminRecords ? [] : [recordsRoute]),
  ];
  return withDocument([...always, ...here], site);
}

interface CallMakers {
  readonly gateway: Gateway;
  readonly site: Site;
  readonly peerOf: AppDependencies["peerOf"];
  readonly clientOf: ClientIn;
}

function callOf(
  c: Context<Carried>,
  { clientOf, gateway, peerOf, site }: CallMakers,
): Omit<Call, "overLimit"> {
  const header = (name: string) => c.req.header(name);
  return {
    gateway,
    site,
    header,
    method: c.req.method,
    url: c.req.url,
    body: bodyOf(c.req.raw),
    requestId: c.var.requestId,
    params: c.req.param() as Readonly<Record<string, string>>,
    peer: peerOf(c.env),
    source: clientOf(c).source,
    caller: callerOf(gateway, header("authorization")),
  };
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

/**
 * Under every answer of the gateway's own, as under the backend's. The login page alone, which has a
 * script and forms, says its own policy: nothing else of the gateway's answers under these names.
 */
function securityHeaders({ publicUrl }: Site) {
  const head = securityHead({ isHttps: publicUrl.isHttps, isPrivate: true });
  return async function securityHeaders(c: Context<Carried>, next: () => Promise<void>) {
    await next();
    for (const [name, value] of head) {
      if (!c.res.headers.has(name)) c.res.headers.set(name, value);
    }
  };
}
