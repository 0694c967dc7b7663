import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import Pool from "undici/lib/dispatcher/pool.js";
import { STALL_MS } from "../../core/pace.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import {
  CLIENT_GONE,
  type Forwarded,
  type Upstream,
  type UpstreamFailure,
  type UpstreamRequest,
} from "../../ports/upstream.ts";
import { AnswerBuffers } from "./answer-buffers.ts";
import { Attempt, type Attempted, type AttemptOptions } from "./attempt.ts";
import { bindingsOf } from "./bindings.ts";
import { unreachable } from "./failures.ts";
import { Places } from "./places.ts";
import { announcedLength, type BodyOptions, hasBody, sentBody } from "./request-body.ts";
import { sent } from "./responses.ts";
import { StalledAnswers } from "./stalled-answers.ts";
import { Uploads } from "./uploads.ts";
import { WaitingLine } from "./waiting-line.ts";

export interface UndiciUpstreamOptions {
  /** `http://127.0.0.1:9885`, without a path. */
  readonly origin: string;
  /** Bound on the time to get a connection, to begin the answer, and on each pause in it. */
  readonly timeoutMs: number;
  /** Bound on the connections to the upstream; further requests wait for one. */
  readonly connections?: number;
  /**
   * How long an idle connection is kept. The default is below uvicorn's five seconds: a reused
   * connection must not be about to close.
   */
  readonly keepAliveMs?: number;
  /** A client that sends or reads no byte for this long stalls. */
  readonly stallMs?: number;
}

interface Connections {
  readonly pool: Pool;
  readonly uploads: Uploads;
  /** Each request on a connection of its own, which cannot be one that just closed. */
  readonly afresh: Pool;
}

const KEEP_ALIVE_MS = 4_000;

/**
 * The upstream by an undici pool, directly into Node's response: `platform` is the value of
 * @hono/node-server. The server must wrap its app in `unlessSent` (responses.ts).
 *
 * undici refuses an unasked `100 Continue` of the upstream as broken; other interim answers are
 * ignored.
 */
export function undiciUpstream(options: UndiciUpstreamOptions): Upstream {
  const { connections = 256, keepAliveMs = KEEP_ALIVE_MS, origin, timeoutMs } = options;
  const { stallMs = STALL_MS } = options;
  const to = openConnections(origin, { connections, keepAliveMs, timeoutMs });
  const places = new Places(connections);
  const stalled = new StalledAnswers(places, stallMs);
  const line = new WaitingLine(timeoutMs);
  const around = { places, line, stalled, stallMs, buffers: new AnswerBuffers() };
  return {
    async exchange({ platform, source }, request, plan) {
      const exchange = { bindings: bindingsOf(platform), plan, source, around };
      const first = await attempt(to, request, exchange);
      if (first !== "died") return first;
      // RFC 9110 section 9.2.2. Any other request may already have had its effect.
      if (!isRepeatable(request, exchange)) return unreachable("broken-answer");
      const again = await attempt({ ...to, pool: to.afresh }, request, exchange);
      return again === "died" ? unreachable("broken-answer") : again;
    },
    // Not `close`: that waits for answers without a bound.
    async close() {
      await Promise.all([to.pool.destroy(), to.afresh.destroy()]);
    },
  };
}

function openConnections(
  origin: string,
  {
    connections,
    keepAliveMs,
    timeoutMs,
  }: Required<Pick<UndiciUpstreamOptions, "connections" | "keepAliveMs" | "timeoutMs">>,
): Connections {
  const common = {
    connections,
    connect: { timeout: timeoutMs },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  };
  return {
    pool: new Pool(origin, {
      ...common,
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMs,
    }),
    afresh: new Pool(origin, { ...common, pipelining: 0 }),
    uploads: new Uploads(connections),
  };
}

function isRepeatable({ body, method }: UpstreamRequest, { bindings }: AttemptOptions): boolean {
  const isEmpty = body === null || (body === "stream" && !hasBody(bindings.incoming));
  return isEmpty && (method === "GET" || method === "HEAD");
}

async function attempt(
  { pool, uploads }: Connections,
  request: UpstreamRequest,
  options: AttemptOptions,
): Promise<Attempted> {
  const { incoming, outgoing } = options.bindings;
  if (outgoing.closed || outgoing.destroyed) return ok(sent(CLIENT_GONE));
  const streams = request.body === "stream" && hasBody(incoming);
  const length = streams ? announcedLength(incoming) : null;
  if (length !== null && length > request.maxBodyBytes) return tooLarge;
  const attempt = new Attempt(options);
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) attempt.stop("client-gone");
  });
  const headers = request.headers.flat();
  if (length !== null) headers.push("content-length", `${length}`);
  const send = (body: Readable | Buffer | null) => {
    const { method, target: path } = request;
    const sent = { method: method as Dispatcher.HttpMethod, path, headers, body };
    attempt.begin(() => void pool.dispatch(sent, attempt));
    return attempt.result;
  };
  if (!streams) return send(bytesOf(request.body));
  const broke: BodyOptions["broke"] = (why) => attempt.stop(why);
  const { stallMs } = options.around;
  const body = sentBody(incoming, { maxBytes: request.maxBodyBytes, stallMs, broke });
  const begun = await uploads.begin(body);
  if (begun === "busy") return fail(BUSY);
  return begun === "broken" ? attempt.result : send(body.stream);
}

const BUSY = { reason: "rate-limited", retryAfterSeconds: 5, cause: "uploads" } as const;

const tooLarge: Result<Forwarded, UpstreamFailure> = fail({ reason: "payload-too-large" });

const bytesOf = (body: UpstreamRequest["body"]): Buffer | null =>
  body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.byteLength) : null;
