import type { Context } from "hono";
import { crossOriginHead } from "../../proxy/wire/cross-origin-head.ts";
import type { Carried } from "./carried.ts";
import { headersForPages } from "./page-headers.ts";

export interface CrossOriginOptions {
  /** The origins of the pages that may read the answers at a path; `*`: of every page. */
  allowedAt(path: string): readonly string[];
  readonly allowedHeaders: readonly string[];
  /** Names of fields that the policy lets through besides the usual ones. */
  readonly added: ReadonlySet<string>;
  /** The operator's paths, which no page may call, not even one of an allowed origin. */
  readonly closed: ReadonlySet<string>;
}

/** The login page is for the browser's own window: another page has nothing to read or send there. */
const isLoginPage = (path: string): boolean => path === "/login" || path.startsWith("/login/");

const METHODS = "GET,HEAD,POST,PUT,PATCH,DELETE";
const MAX_AGE_SECONDS = "600";
const PREFLIGHT_VARY = "Origin, Access-Control-Request-Headers";

/** Answers preflight requests, and lets pages of allowed origins read the answers. */
export function crossOrigin({ added, allowedAt, allowedHeaders, closed }: CrossOriginOptions) {
  return async function crossOrigin(c: Context<Carried>, next: () => Promise<void>) {
    if (closed.has(c.req.path) || isLoginPage(c.req.path)) return next();
    const allowedOrigins = allowedAt(c.req.path);
    const head = crossOriginHead({ origin: c.req.header("origin") ?? null, allowedOrigins });
    if (c.req.method === "OPTIONS") {
      const headers = new Headers([
        ...head.map(([name, value]): [string, string] => [name, value]),
      ]);
      headers.set("vary", PREFLIGHT_VARY);
      if (head.length > 0) {
        const asked = c.req.header("access-control-request-headers");
        const names = headersForPages(asked, added, allowedHeaders);
        headers.set("access-control-allow-headers", names.join(","));
        headers.set("access-control-allow-methods", METHODS);
        headers.set("access-control-max-age", MAX_AGE_SECONDS);
      }
      return new Response(null, { status: 204, headers });
    }
    // Before the answer is made: later steps add headers to the same head with `c.header`.
    const { headers } = c.res;
    for (const [name, value] of head) headers.set(name, value);
    await next();
    if (!allowedOrigins.includes("*")) c.res.headers.append("vary", "Origin");
    return;
  };
}
