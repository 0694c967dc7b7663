import type { UpstreamCause } from "../../core/failure.ts";
import { STALL_MS } from "../../core/pace.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { type Hold, SharedRoom } from "../../core/shared-room.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import { CROWDED, type Upstream, type UpstreamRequest } from "../../ports/upstream.ts";
import { passOn } from "./answer.ts";
import { boundedBody } from "./bodies.ts";
import { type Exchange, openExchange, upstreamUnreachable } from "./exchange.ts";
import { headOf, requestHeaders } from "./heads.ts";

export interface FetchUpstreamOptions {
  /** `https://legacy.example`, without a path. */
  readonly origin: string;
  /** Bound on the time until the answer begins, and on each pause within it. */
  readonly timeoutMs: number;
  /** A client that gives or takes no byte for this long, while it is waited for, is cut off. */
  readonly stallMs?: number;
  /** How many exchanges one source may have under way. */
  readonly perSource?: number;
  /** Epoch ms. */
  readonly now?: () => number;
  readonly fetch?: typeof fetch;
  /**
   * `no-store` where the platform's fetch has a cache: Cloudflare's is shared by all customers,
   * with the URL as its key.
   */
  readonly cache?: "no-store";
}

const PER_SOURCE = 32;
/** How long an exchange waits for a place of its source, at most, and how often it looks. */
const POLL_MS = 50;
/** All that is read ahead of clients, and one source's part of it: an isolate has 128 MB. */
const AHEAD_BYTES = 16 * 1024 * 1024;
const AHEAD_PART = 8;

/**
 * The upstream by the platform's own `fetch`, for Workers and for `app.request` in tests.
 *
 * Limits of fetch: Node's adds `accept`, `accept-language`, `sec-fetch-mode` and `user-agent` where
 * they are missing, workerd adds `cf-worker`. Node's joins fields of one name into one line;
 * workerd's reads and writes values as UTF-8, so that other bytes are lost. A streamed body is sent
 * in chunks, also where it had a length, and so is an answer of workerd. A connection that broke
 * within the answer's head looks like one that broke before it, and on workerd like one that was
 * never made.
 */
export function fetchUpstream(options: FetchUpstreamOptions): Upstream {
  const { now = Date.now, origin, perSource = PER_SOURCE, stallMs = STALL_MS, timeoutMs } = options;
  // An exchange hears of one side or the other within these two.
  const goodMs = timeoutMs + stallMs;
  const places = new SharedRoom({ all: Infinity, share: perSource, open: 0, goodMs }, now);
  const share = AHEAD_BYTES / AHEAD_PART;
  const ahead = new SharedRoom({ all: AHEAD_BYTES, share, open: 0, goodMs }, now);
  const cache = options.cache === undefined ? {} : { cache: options.cache };
  // Called as a function: workerd refuses fetch as a method of anything but the global.
  const send = options.fetch ?? ((input, init) => fetch(input, init));
  return {
    async exchange({ platform, request: asked, source }, request, plan) {
      if (asked === null) throw new TypeError("fetch forwards a Request, and there is none");
      const client = { platform, request: asked, source };
      const url = urlOf(origin, request.target);
      if (request.body === "stream" && announcedLength(client.request) > request.maxBodyBytes) {
        return fail({ reason: "payload-too-large" });
      }
      const place = await placeFor(places.hold(client.source), timeoutMs);
      if (place === null) return fail(CROWDED);
      const exchange = openExchange(client.request.signal, { timeoutMs, stallMs }, place);
      const init = { ...initOf(client, request, exchange), ...cache };
      const answer = await ask(send, url, init, exchange);
      if (!answer.ok) {
        place.leave();
        return exchange.outcome() ?? upstreamUnreachable(answer.failure);
      }
      const passage = { ahead, client, exchange, stallMs };
      try {
        const head = headOf(answer.value);
        if (head !== null) return await passOn(answer.value, plan(head), passage);
        exchange.leave();
        return upstreamUnreachable("broken-answer");
      } catch (error) {
        exchange.leave();
        throw error;
      }
    },
    close: async () => undefined,
  };
}

/**
 * A place for one more exchange of a source, as soon as one of the source's own is over. By looking,
 * not by a promise: on Workers a request must not wait for what another request has to do.
 */
async function placeFor(place: Hold, waitMs: number): Promise<Hold | null> {
  for (let leftMs = waitMs; !place.take(1); leftMs -= POLL_MS) {
    if (leftMs <= 0) return null;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return place;
}

const announcedLength = ({ headers }: Request): number =>
  Number(headers.get("content-length") ?? 0);

/**
 * fetch normalises URLs, and the upstream must see exactly the target that the rule judged. A
 * canonical target passes unchanged; any other is not sent.
 */
function urlOf(origin: string, target: string): string {
  const url = origin + target;
  const isPath = target.startsWith("/") && !target.includes("#");
  if (isPath && URL.canParse(url) && new URL(url).href === url) return url;
  throw new AdapterError("fetch", "exchange", "failed", {
    cause: new TypeError("the target is not as a URL writes it"),
  });
}

function initOf(
  { request: { body: streamed } }: { readonly request: Request },
  { body, headers, maxBodyBytes, method }: UpstreamRequest,
  exchange: Exchange,
): RequestInit {
  const init = { method, headers: requestHeaders(headers), redirect: "manual" as const };
  const { signal } = exchange;
  if (body !== "stream") return { ...init, signal, body };
  if (streamed === null) return { ...init, signal };
  const bounded = boundedBody(streamed, maxBodyBytes, exchange);
  // Node's fetch needs this word for a stream; lib.dom does not know it yet.
  const duplex: { readonly duplex: "half" } = { duplex: "half" };
  return { ...init, ...duplex, signal, body: bounded };
}

/** Sends the request, and once more where the connection broke and a repeat does no harm. */
async function ask(
  send: typeof fetch,
  url: string,
  init: RequestInit,
  exchange: Exchange,
): Promise<Result<Response, UpstreamCause>> {
  const isRepeatable = init.body == null && (init.method === "GET" || init.method === "HEAD");
  for (let tries = isRepeatable ? 2 : 1; ; ) {
    exchange.expectWord();
    try {
      return ok(await send(url, init));
    } catch (error) {
      const cause = causeOf(error);
      tries--;
      if (tries === 0 || cause === "no-connection" || init.signal?.aborted) return fail(cause);
    } finally {
      exchange.heard();
    }
  }
}

/**
 * Node names the failure; workerd does not, and a broken connection is likelier than no backend.
 */
function causeOf(error: unknown): UpstreamCause {
  const { cause } = error as { readonly cause?: { readonly code?: unknown } };
  return NEVER_CONNECTED.has(cause?.code) ? "no-connection" : "broken-answer";
}

const NEVER_CONNECTED: ReadonlySet<unknown> = new Set([
  ...["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"],
  "UND_ERR_CONNECT_TIMEOUT",
]);
