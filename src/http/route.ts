import type * as z from "zod/mini";
import type { ClientSource } from "../core/address/client-source.ts";
import type { Network } from "../core/address/network.ts";
import type { Origin } from "../core/address/origin.ts";
import type { PageRules } from "../core/login-page.ts";
import { fail, type Result } from "../core/result.ts";
import { bearerTokenOf } from "../core/secrets/bearer-token.ts";
import type { Gateway } from "../flows/gateway.ts";
import { type Caller, readCaller } from "../flows/sessions/read-caller.ts";
import type { DeliveryReports, Outbox, VoiceCalls } from "../ports/sms.ts";
import type { ClientBody } from "../proxy/wire/bounded-body.ts";
import type { AddressLimit } from "./middleware/address-limit.ts";
import { BODY_PROBLEMS, type BodyKind, readBody } from "./middleware/request-body.ts";
import type { ErrorStyle } from "./problems/error-response.ts";
import type { AnyFailure, AnyFailureOf, ProblemCode } from "./problems/problems.ts";

/** The site's values for the routes. */
export interface Site {
  /** Without a trailing slash. */
  readonly publicUrl: Origin;
  readonly issuer: string;
  readonly allowedOrigins: readonly string[];
  /** Names in lower case that a page may send although the gateway does not use them. */
  readonly allowedHeaders: readonly string[];
  /** Its holder may read the details of /readyz; null: no one may. */
  readonly metricsToken: string | null;
  /** Its holder is the operator; null: there are no operator routes. */
  readonly adminToken: string | null;
  /** ADMIN_RECORDS: the operator may read and write records through the gateway. */
  readonly adminRecords: boolean;
  /** The number for customers with a problem that only a person can solve; null: none is shown. */
  readonly supportPhone: string | null;
  /** Whether the process is about to stop: then it is not ready, though it still answers. */
  readonly isLeaving?: () => boolean;
  /**
   * Whether /readyz counts the probes of a client's network. Not on Node: a balancer there may share
   * its address with the clients behind it, and a client's flood must not take the gateway out.
   */
  readonly limitsProbes?: boolean;
  /** Proxies with a trusted `X-Forwarded-For`. */
  readonly trustedProxies: readonly Network[];
  /** Reads the message provider's callbacks; null: the route is absent. */
  readonly deliveryReports: DeliveryReports | null;
  /** Reads the message provider's requests about calls; null: the route is absent. */
  readonly voiceCalls: VoiceCalls | null;
  /** The console sender's last messages, in development only; else null and the route is absent. */
  readonly outbox: Outbox | null;
  /** How the login page looks and what it says. */
  readonly page: PageRules;
  /**
   * HTML for a person at `/`, in development; otherwise the page says only that the gateway runs.
   */
  readonly homePage?: string | null;
}

/** One request, for a route. */
export interface Call {
  readonly gateway: Gateway;
  readonly site: Site;
  readonly method: string;
  /** For path and query: no code reads its host. */
  readonly url: string;
  readonly body: ClientBody;
  /** Names the request in the log. */
  readonly requestId: string;
  readonly params: Readonly<Record<string, string>>;
  /** The other end of the connection, or null where the platform does not tell. */
  readonly peer: string | null;
  /** The client's source for limits. */
  readonly source: ClientSource;
  header(name: string): string | undefined;
  /**
   * Counts the client's address against the route's limit, if it has one. Call after the body was
   * read: a malformed request must not spend the budget of a shared address.
   *
   * @param limit another limit than the route's, where one route serves forms of several limits
   * @returns the reason why the client must wait, or null
   */
  overLimit(limit?: AddressLimit): Promise<AnyFailureOf<"rate-limited"> | null>;
  /** The caller, by access token. */
  caller(): ReturnType<typeof readCaller>;
}

/** `json` is sent as JSON; a text as `type`. */
export interface Reply {
  readonly status: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** `Set-Cookie`, each as a header of its own. */
  readonly cookies?: readonly string[];
  /** What a page says in words, for the log line. */
  readonly failure?: AnyFailure;
  readonly thrown?: unknown;
}

export type Answer = Result<Reply, AnyFailure>;

/** A good answer's JSON as a schema, the media type of a text, or null for no body. */
export type Shape = z.ZodMiniType | `${string}/${string}` | null;

/** Groups routes for their readers. */
export type Tag = "login" | "page" | "tokens" | "sessions" | "service" | "admin";

/**
 * The credential of a caller: an access token; METRICS_TOKEN, which is optional and reveals more;
 * ADMIN_TOKEN; or the message provider's signature.
 */
export type Credential = "access-token" | "metrics-token" | "admin-token" | "provider-signature";

/** One route, with everything that a client may know about it (read by openapi.ts). */
export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly credential: Credential | null;
  readonly body: { readonly kind: BodyKind; readonly schema: z.ZodMiniType } | null;
  /** Good answers by status. */
  readonly answers: Readonly<Record<number, Shape>>;
  /** Every problem that the route can answer. */
  readonly problems: readonly ProblemCode[];
  readonly errors: ErrorStyle;
  /** `Cache-Control` of a good answer. */
  readonly cache: "no-store" | "public, max-age=300";
  /** Whose pages may read the answers: of ALLOWED_ORIGINS, of public clients too, or of everyone. */
  readonly openTo: "allowed-origins" | "clients" | "everyone";
  /** The limit that counts a client address once its body was read; null: not counted. */
  readonly limit: AddressLimit | null;
  run(call: Call): Promise<Answer>;
}

/** A reply with one of the declared statuses, in the shape declared for it. */
type ReplyIn<Answers extends Route["answers"]> = {
  [Status in keyof Answers & number]: Omit<Reply, "status" | "json" | "text"> & {
    readonly status: Status;
  } & (Answers[Status] extends z.ZodMiniType
      ? { readonly json: z.output<Answers[Status]> }
      : Answers[Status] extends string
        ? { readonly text: string; readonly type: string }
        : { readonly json?: never; readonly text?: never });
}[keyof Answers & number];

/**
 * An answer that was declared: another shape, status or problem does not compile. (Where the
 * compiler widens a status to `number`, write `as const`.)
 */
type Declared<Answers extends Route["answers"], Code extends ProblemCode> = Promise<
  Result<ReplyIn<NoInfer<Answers>>, AnyFailureOf<NoInfer<Code>>>
>;

/**
 * The declaration of a route. `problems` are those of `run` itself; those of the body, the token,
 * the address limit and the stores behind them are added.
 */
interface Declaration<Answers extends Route["answers"], Code extends ProblemCode>
  extends Pick<Route, "method" | "path" | "tag" | "summary">,
    Partial<Pick<Route, "credential" | "errors" | "cache" | "body" | "openTo">> {
  readonly answers: Answers;
  readonly problems?: readonly Code[];
}

/** A route that reads its body, if any, by itself. */
export function route<const Answers extends Route["answers"], Code extends ProblemCode = never>(
  declaration: Declaration<Answers, Code>,
  run: (call: Call) => Declared<Answers, Code>,
): Route {
  return { ...completed(declaration, []), run };
}

/** The complete route of a declaration. @param more problems of reading the request */
function completed(
  { problems = [], ...rest }: Declaration<Route["answers"], ProblemCode>,
  more: readonly ProblemCode[],
): Omit<Route, "run"> {
  return {
    errors: "problem",
    cache: "no-store",
    openTo: "allowed-origins",
    limit: null,
    credential: null,
    body: null,
    ...rest,
    problems: [...new Set<ProblemCode>([...problems, ...more, "internal"])],
  };
}

/** A route with a body that must fit `schema` before `run`. */
export function bodyRoute<
  Schema extends z.ZodMiniType,
  const Answers extends Route["answers"],
  Code extends ProblemCode = never,
>(
  declaration: Omit<Declaration<Answers, Code>, "body"> & {
    readonly kind?: BodyKind;
    readonly body: Schema;
    readonly limit?: Route["limit"];
  },
  run: (
    call: Call,
    body: z.output<Schema>,
  ) => Declared<Answers, Code | (typeof BODY_PROBLEMS)[number]>,
): Route {
  const { kind = "json", body: schema, limit = null, ...rest } = declaration;
  const limited = limit === null ? [] : (["rate-limited", "store-unavailable"] as const);
  return {
    ...completed(rest, [...BODY_PROBLEMS, ...limited]),
    body: { kind, schema },
    limit,
    async run(call) {
      const body = await readBody(call, kind, schema);
      if (!body.ok) return body;
      const refused = await call.overLimit();
      return refused === null ? run(call, body.value) : fail(refused);
    },
  };
}

/** The problems of identifying a caller: the session behind the token is read from a store. */
const CALLER_PROBLEMS = [
  "token-missing",
  "token-invalid",
  "token-expired",
  "store-unavailable",
] as const;

/** A route for the holder of an access token. */
export function callerRoute<
  const Answers extends Route["answers"],
  Code extends ProblemCode = never,
>(
  declaration: Omit<Declaration<Answers, Code>, "credential">,
  run: (call: Call, caller: Caller) => Declared<Answers, Code | (typeof CALLER_PROBLEMS)[number]>,
): Route {
  const { problems = [], ...rest } = declaration;
  const all = [...problems, ...CALLER_PROBLEMS];
  return route({ ...rest, credential: "access-token", problems: all }, async (call) => {
    const caller = await call.caller();
    return caller.ok ? run(call, caller.value) : caller;
  });
}

export function callerOf(gateway: Gateway, authorization: string | undefined): Call["caller"] {
  return async () => {
    const token = bearerTokenOf(authorization);
    if (token === undefined && authorization !== undefined)
      return fail({ reason: "token-invalid" });
    return readCaller(gateway, token);
  };
}
