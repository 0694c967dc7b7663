import type * as z from "zod/mini";
import { fail, type Result } from "../core/result.ts";
import { authenticate, type Caller } from "../flows/authenticate.ts";
import type { Gateway } from "../flows/gateway.ts";
import type { DeliveryReports, Outbox } from "../ports/sms.ts";
import type { ErrorStyle } from "./error-response.ts";
import type { AnyFailure } from "./problems.ts";
import { type BodyKind, readBody } from "./request-body.ts";

/** What the routes know of the place they are served from. */
export interface Site {
  /** Without a trailing slash. */
  readonly publicUrl: string;
  readonly issuer: string;
  readonly allowedOrigins: readonly string[];
  /** Who shows it may read the details of /readyz; null: nobody. */
  readonly metricsToken: string | null;
  /** Proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  /** Reads the message provider's callbacks; null: the route is absent. */
  readonly deliveryReports: DeliveryReports | null;
  /** The console sender's last messages, in development only; else null and the route is absent. */
  readonly outbox: Outbox | null;
}

/** One request, as a route sees it. */
export interface Call {
  readonly gateway: Gateway;
  readonly site: Site;
  readonly request: Request;
  readonly params: Readonly<Record<string, string>>;
  /** The other end of the connection, or null where the platform does not tell. */
  readonly peer: string | null;
  header(name: string): string | undefined;
  /** Who is asking, by access token. */
  caller(): Promise<Result<Caller, AnyFailure>>;
}

/** `json` is sent as JSON; a text as `type`. */
export interface Reply {
  readonly status: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Answer = Result<Reply, AnyFailure>;

export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly summary: string;
  readonly errors: ErrorStyle;
  /** `Cache-Control` of a good answer. */
  readonly cache: "no-store" | "public, max-age=300";
  /** What a client address is counted by before `run`; null: it is not counted. */
  readonly limit: "code-per-address" | "verify-per-address" | null;
  run(call: Call): Promise<Answer>;
}

type RouteOptions = Pick<Route, "method" | "path" | "summary"> &
  Partial<Pick<Route, "errors" | "cache" | "limit">>;

/** A route without a body. */
export function route(options: RouteOptions, run: Route["run"]): Route {
  return { errors: "problem", cache: "no-store", limit: null, ...options, run };
}

/** A route whose body fits `schema` before `run` sees it. */
export function bodyRoute<Schema extends z.ZodMiniType>(
  options: RouteOptions & { readonly kind?: BodyKind; readonly body: Schema },
  run: (call: Call, body: z.output<Schema>) => Promise<Answer>,
): Route {
  const { kind = "json", body: schema, ...rest } = options;
  return route(rest, async (call) => {
    const body = await readBody(call.request, kind, schema);
    return body.ok ? run(call, body.value) : body;
  });
}

/** A route for the holder of an access token. */
export function callerRoute(
  options: RouteOptions,
  run: (call: Call, caller: Caller) => Promise<Answer>,
): Route {
  return route(options, async (call) => {
    const caller = await call.caller();
    return caller.ok ? run(call, caller.value) : caller;
  });
}

/** RFC 6750 section 2.1: the scheme's name is case-insensitive; anything else is no token. */
export function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization ?? "")?.[1];
}

export function callerOf(gateway: Gateway, authorization: string | undefined): Call["caller"] {
  return async () => {
    const token = bearerOf(authorization);
    if (token === undefined && authorization !== undefined)
      return fail({ reason: "token-invalid" });
    return authenticate(gateway, token);
  };
}
