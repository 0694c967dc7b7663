import { isDeepStrictEqual } from "node:util";
import type { Hono } from "hono";
import * as z from "zod/mini";
import { type createApp, routesOf } from "../../../src/http/create-app.ts";
import { openApiDocument } from "../../../src/http/openapi/openapi.ts";
import { ERROR_STYLES } from "../../../src/http/problems/error-response.ts";
import type { ProblemCode } from "../../../src/http/problems/problems.ts";
import type { Route, Site } from "../../../src/http/route.ts";

interface Content {
  readonly schema: {
    readonly allOf?: readonly [unknown, { properties: { code: { enum: readonly string[] } } }];
  };
}

/** What /openapi.json promises of one status of one operation, as far as an answer shows it. */
interface Promised {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, Content>>;
}

interface Described {
  readonly paths: Readonly<
    Record<string, Record<string, { readonly responses: Readonly<Record<string, Promised>> }>>
  >;
}

type App = ReturnType<typeof createApp>;

/**
 * From here on, an answer of the app that its route did not declare fails the test that asked.
 *
 * @param forwards whether what is no route goes to a backend, whose answers nobody declares
 */
export function checkAnswers(app: App, site: Site, forwards: boolean): void {
  const routes = routesOf(site);
  const document = describedOnce(routes, site);
  const ask: Hono["request"] = app.request.bind(app);
  app.request = async (input, init, ...more) => {
    const asked = input instanceof Request ? input : { url: String(input), method: init?.method };
    // A path such as `/\t/x` would name a host, were it read beside a base.
    const url = asked.url.startsWith("/") ? `http://localhost${asked.url}` : asked.url;
    const { pathname } = new URL(url);
    const method = (asked.method ?? "GET").toUpperCase();
    const response = await ask(input, init, ...more);
    if (forwards && !routes.some((route) => fits(route.path, pathname))) return response;
    await checkAnswer(routes, document, method, pathname, response.clone());
    return response;
  };
}

const described = new Map<string, Described>();

/** The answers that the routes declare. Gateways with the same routes share one document. */
function describedOnce(routes: readonly Route[], site: Site): Described {
  const key = routes.map(({ method, path }) => `${method} ${path}`).join("\n");
  const known = described.get(key);
  if (known !== undefined) return known;
  const document = JSON.parse(JSON.stringify(openApiDocument(routes, site))) as Described;
  described.set(key, document);
  return document;
}

/** Throws, and does not `expect`: it runs on every answer of every test, some thousands of times. */
async function checkAnswer(
  routes: readonly Route[],
  document: Described,
  method: string,
  path: string,
  response: Response,
): Promise<void> {
  const asked = method === "HEAD" ? "GET" : method;
  const here = routes.filter((route) => fits(route.path, path));
  const route = here.find((one) => one.method === asked);
  const { status } = response;
  // A preflight is CORS's own; what no route answers is 404 or 405.
  if (method === "OPTIONS" && status === 204) return;
  if (route === undefined) {
    if (status === (here.length === 0 ? 404 : 405)) return;
    throw new Error(`${method} ${path} is no route, and answered ${status}`);
  }
  const operation = document.paths[route.path.replace(/:(\w+)/g, "{$1}")]?.[asked.toLowerCase()];
  const promised = operation?.responses[status];
  const text = await response.text();
  const wrong =
    promised === undefined
      ? "which is not declared"
      : (wrongHeader(promised, response) ??
        (method === "HEAD" ? null : wrongBody(route, promised, response, text)));
  if (wrong === null) return;
  throw new Error(`${method} ${route.path} answered ${status}, ${wrong}: ${text}`);
}

const TOLD_HEADERS = ["Retry-After", "WWW-Authenticate", "RateLimit", "RateLimit-Policy", "Allow"];

function wrongHeader({ headers: declared }: Promised, { headers }: Response): string | null {
  const undeclared = TOLD_HEADERS.find((name) => headers.has(name) && !(name in declared));
  if (undeclared !== undefined) return `with ${undeclared}, which is not declared`;
  return headers.has("X-Request-Id") ? null : "without X-Request-Id";
}

function wrongBody(
  route: Route,
  { content }: Promised,
  { headers, status }: Response,
  text: string,
): string | null {
  const type = headers.get("content-type")?.split(";")[0] ?? "";
  if (content === undefined) return type + text === "" ? null : "with a body";
  const { schema } = content[type] ?? {};
  if (schema === undefined) return `as ${type}, which is not declared`;
  const { headerNames, shape: problemShape, type: problemType } = ERROR_STYLES[route.errors];
  const codes = type === problemType ? schema.allOf?.[1].properties.code.enum : undefined;
  if (codes === undefined) {
    const shape = route.answers[status];
    if (shape === type) return null;
    return shape instanceof z.ZodMiniType && fitsShape(shape, text) ? null : "in another shape";
  }
  if (!fitsShape(problemShape, text)) return "as a problem of another shape";
  const { code }: { readonly code: ProblemCode } = JSON.parse(text);
  if (!codes.includes(code)) return `${code}, which is not declared`;
  const missing = headerNames(code).find((name) => !headers.has(name));
  return missing === undefined ? null : `without ${missing}`;
}

/** Parsing leaves out what a schema does not know: what comes out must be all that went in. */
function fitsShape(shape: z.ZodMiniType, text: string): boolean {
  const body: unknown = JSON.parse(text);
  const parsed = shape.safeParse(body);
  return parsed.success && isDeepStrictEqual(parsed.data, body);
}

function fits(pattern: string, path: string): boolean {
  const [wanted, asked] = [pattern.split("/"), path.split("/")];
  return (
    wanted.length === asked.length &&
    wanted.every((part, at) => (part.startsWith(":") ? asked[at] !== "" : part === asked[at]))
  );
}
