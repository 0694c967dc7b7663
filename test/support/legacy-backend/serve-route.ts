import {
  type Answer,
  badCredentials,
  invalid,
  methodNotAllowed,
  notAuthenticated,
  notFound,
  redirect,
  unhandled,
  wrongRole,
} from "./answer.ts";
import type { Identified } from "./caller.ts";
import { valuesOf } from "./caller.ts";
import type { LegacyData } from "./data.ts";
import { type Fields, isFields } from "./filter.ts";
import { readJson } from "./json-body.ts";
import type { Ask, Route } from "./route.ts";
import { ROUTES } from "./routes/all.ts";
import { lastOf, readTarget, redirectLocation, resolve } from "./routing.ts";

export interface WholeRequest {
  readonly method: string;
  readonly target: string;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly identified: Identified;
}

/** What the backend answers, CORS included. */
export async function answerTo(
  request: WholeRequest,
  data: LegacyData,
  secret: string,
): Promise<Answer> {
  const origin = valuesOf(request.rawHeaders, "origin")[0];
  try {
    const answer = isPreflight(request, origin) ? preflight() : await route(request, data, secret);
    return origin === undefined ? answer : withCors(answer, origin);
  } catch {
    // Outside of the CORS middleware: no such header on a 500 that nobody foresaw.
    return unhandled();
  }
}

async function route(request: WholeRequest, data: LegacyData, secret: string): Promise<Answer> {
  const { path, query } = readTarget(request.target);
  const resolved = resolve(ROUTES, request.method, path);
  if (resolved.kind === "not-found") return notFound();
  if (resolved.kind === "method-not-allowed") return methodNotAllowed(resolved.allow);
  if (resolved.kind === "redirect") {
    return redirect(redirectTo(request.rawHeaders, resolved.path, query));
  }
  const { params } = resolved;
  const body = bodyOf(resolved.route, request);
  // JSON is parsed before the token is looked at, and judged after it, as FastAPI does.
  if (body === "broken") return invalid("body", "0", "json_invalid");
  const ask = { data, params, query: (name: string) => lastOf(query, name), raw: request.body };
  return enter(resolved.route, { ...ask, body: body ?? {}, secret }, request, body === null);
}

function enter(
  route: Route,
  ask: Ask,
  { identified }: WholeRequest,
  bodyIsMissing: boolean,
): Answer | Promise<Answer> {
  const judged = () => {
    if (route.bodyFields === null) return null;
    if (bodyIsMissing) return invalid("body", "body", "model_attributes_type");
    const missing = route.bodyFields.find((field) => !Object.hasOwn(ask.body, field));
    return missing === undefined ? null : invalid("body", missing);
  };
  if (route.needs === "nothing") return judged() ?? route.answer(ask);
  if (!("caller" in identified)) {
    return identified.refused === "missing" ? notAuthenticated() : badCredentials();
  }
  const { caller } = identified;
  if (route.needs !== "token" && !route.needs.some((role) => role === caller.role)) {
    return wrongRole();
  }
  return judged() ?? route.answer({ ...ask, caller });
}

/** Null: no JSON object, or none is read. */
function bodyOf(route: Route, { body, rawHeaders }: WholeRequest): Fields | "broken" | null {
  if (route.bodyFields === null) return null;
  const read = readJson(body, valuesOf(rawHeaders, "content-type")[0]);
  if (read.kind === "broken") return "broken";
  return read.kind === "json" && isFields(read.value) ? read.value : null;
}

/**
 * From the Host of the request. Uvicorn takes the scheme from a proxy on loopback, which is where
 * a gateway beside it stands.
 */
function redirectTo(rawHeaders: readonly string[], path: string, query: string): string {
  const [host = "localhost"] = valuesOf(rawHeaders, "host");
  const [scheme = "http"] = valuesOf(rawHeaders, "x-forwarded-proto");
  return redirectLocation(scheme === "https" ? "https" : "http", host, path, query);
}

const isPreflight = ({ method, rawHeaders }: WholeRequest, origin: string | undefined) =>
  method === "OPTIONS" &&
  origin !== undefined &&
  valuesOf(rawHeaders, "access-control-request-method").length > 0;

const preflight = (): Answer => ({
  status: 200,
  headers: {
    "content-type": "text/plain; charset=utf-8",
    "access-control-allow-methods": "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT",
    "access-control-max-age": "600",
  },
  body: "OK",
});

/** Any origin, with credentials. */
const withCors = (answer: Answer, origin: string): Answer => ({
  ...answer,
  headers: {
    ...answer.headers,
    "access-control-allow-origin": origin,
    "access-control-allow-credentials": "true",
    vary: "Origin",
  },
});
