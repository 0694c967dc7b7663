import type { ClientSource } from "../core/address/client-source.ts";
import type { Origin } from "../core/address/origin.ts";
import type { Failure, FailureOf } from "../core/failure.ts";
import type { PageRules } from "../core/login-page.ts";
import type { Gateway } from "../flows/gateway.ts";

/** The site's values for the page. */
export interface PageSite {
  readonly publicUrl: Origin;
  readonly issuer: string;
  readonly supportPhone: string | null;
  readonly page: PageRules;
  /** Whether /dev/outbox shows the messages: in development only. */
  readonly hasOutbox: boolean;
}

/** The failures of the page, in a use case or around it. */
export type PageFailure =
  | Failure
  | { readonly reason: "request-malformed" }
  | { readonly reason: "cross-site" }
  | { readonly reason: "store-unavailable"; readonly retryAfterSeconds: number }
  | { readonly reason: "internal" };

/** One request for a page. */
export interface PageCall {
  readonly gateway: Gateway;
  readonly site: PageSite;
  readonly query: URLSearchParams;
  /** The fields of a form; empty for a GET. */
  readonly form: Readonly<Record<string, string>>;
  /** The id of the step in the URL, or empty. */
  readonly step: string;
  readonly source: ClientSource;
  /** Six characters that the customer can read out; the request's log line has them as well. */
  readonly reference: string;
  /** The browser's device token, if it has one. */
  readonly deviceToken: string | undefined;
  header(name: string): string | undefined;
  cookie(name: string): string | undefined;
  /** Counts the client's address. @returns the reason why it must wait, or null */
  overLimit(
    limit: "code-per-address" | "verify-per-address",
  ): Promise<FailureOf<"rate-limited"> | null>;
}

/** The page's answer. */
export interface PageReply {
  readonly status: 200 | 303 | 400 | 403 | 413 | 415 | 500 | 503;
  readonly html?: string;
  /** The target of a 303: a path of this page, or a client's registered URL. */
  readonly location?: string;
  /** `Set-Cookie` of this page's own cookies. */
  readonly cookies: readonly string[];
  /** A new device token for the browser to keep. */
  readonly deviceToken?: string;
  /** The target that a form of this page may have besides the page itself (CSP `form-action`). */
  readonly formAction?: string;
  /** The failure, for the log line. */
  readonly failure?: PageFailure;
}
