import type { Readable } from "node:stream";
import { type Dispatcher, Pool } from "undici";
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
import { type Bindings, bindingsOf } from "./bindings.ts";
import { unreachable } from "./failures.ts";
import { Places } from "./places.ts";
import {
  type ArrivingBody,
  announcedLength,
  type BodyOptions,
  hasBody,
  sentBody,
} from "./request-body.ts";
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
    exchange({ platform, source }, request, plan) {
      const bindings = bindingsOf(platform);
      // RFC 9110 section 9.2.2. Any other request may already have had its effect.
      const died = () =>
        isRepeatable(request, bindings)
          ? attempt({ ...to, pool: to.afresh }, request, { ...options, died: broken })
          : broken();
      const options: AttemptOptions = { bindings, plan, source, around, died };
      return attempt(to, request, options);
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

const broken = (): Attempted => unreachable("broken-answer");

function isRepeatable({ body, method }: UpstreamRequest, { incoming }: Bindings): boolean {
  const isEmpty = body === null || (body === "stream" && !hasBody(incoming));
  return isEmpty && (method === "GET" || method === "HEAD");
}

function attempt(
  { pool, uploads }: Connections,
  request: UpstreamRequest,
  options: AttemptOptions,
): Promise<Attempted> {
  const { incoming, outgoing } = options.bindings;
  if (outgoing.closed || outgoing.destroyed) return Promise.resolve(ok(sent(CLIENT_GONE)));
  const streams = request.body === "stream" && hasBody(incoming);
  const length = streams ? announcedLength(incoming) : null;
  if (length !== null && length > request.maxBodyBytes) return Promise.resolve(tooLarge);
  const attempt = new Attempt(pool, options);
  outgoing.on("close", () => {
    if (!outgoing.writableFinished) attempt.stop("client-gone");
  });
  if (!streams) {
    attempt.send(sentRequest(request, length, bytesOf(request.body)));
    return attempt.result;
  }
  const broke: BodyOptions["broke"] = (why) => attempt.stop(why);
  const { stallMs } = options.around;
  const body = sentBody(incoming, { maxBytes: request.maxBodyBytes, stallMs, broke });
  return sendArriving(uploads, attempt, body, sentRequest(request, length, body.stream));
}

async function sendArriving(
  uploads: Uploads,
  attempt: Attempt,
  body: ArrivingBody,
  request: Dispatcher.DispatchOptions,
): Promise<Attempted> {
  const begun = await uploads.begin(body);
  if (begun === "busy") return fail(BUSY);
  if (begun === "ready") attempt.send(request);
  return attempt.result;
}

function sentRequest(
  { headers: list, method, target: path }: UpstreamRequest,
  length: number | null,
  body: Readable | Buffer | null,
): Dispatcher.DispatchOptions {
  // Not `flat`, which takes ten times as long.
  const headers: string[] = [];
  for (const [name, value] of list) headers.push(name, value);
  if (length !== null) headers.push("content-length", `${length}`);
  return { method: method as Dispatcher.HttpMethod, path, headers, body };
}

const BUSY = { reason: "rate-limited", retryAfterSeconds: 5, cause: "uploads" } as const;

const tooLarge: Result<Forwarded, UpstreamFailure> = fail({ reason: "payload-too-large" });

const bytesOf = (body: UpstreamRequest["body"]): Buffer | null =>
  body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.byteLength) : null;
