import type { Context } from "hono";
import { crossOriginHead } from "../../proxy/wire/cross-origin-head.ts";
import type { Carried } from "./carried.ts";
import { headersForPages } from "./page-headers.ts";

/** The pages that may read the answers of the gateway's own routes. */
export interface PagesAllowed {
  /** Their origins, at a path; `*`: every page. */
  allowedAt(path: string): readonly string[];
  /** Whether no page may call a path, not even one of an allowed origin. */
  isClosed(path: string): boolean;
}

export interface CrossOriginOptions {
  readonly pages: PagesAllowed;
  readonly allowedHeaders: readonly string[];
  /** Names of fields that the policy lets through besides the usual ones. */
  readonly added: ReadonlySet<string>;
}

/** The login page is for the browser's own window: another page has nothing to read or send there. */
export const isLoginPage = (path: string): boolean =>
  path === "/login" || path.startsWith("/login/");

const METHODS = "GET,HEAD,POST,PUT,PATCH,DELETE";
const MAX_AGE_SECONDS = "600";
const PREFLIGHT_VARY = "Origin, Access-Control-Request-Headers";

/** Answers preflight requests, and lets pages of allowed origins read the answers. */
export function crossOrigin({ added, allowedHeaders, pages }: CrossOriginOptions) {
  return async function crossOrigin(c: Context<Carried>, next: () => Promise<void>) {
    if (pages.isClosed(c.req.path)) return next();
    const allowedOrigins = pages.allowedAt(c.req.path);
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
