import type { Readable } from "node:stream";
import { type Dispatcher, Pool } from "undici";
import { fail, ok, type Result } from "../../core/result.ts";
import {
  CLIENT_GONE,
  type Forwarded,
  type Upstream,
  type UpstreamFailure,
  type UpstreamRequest,
} from "../../ports/upstream.ts";
import { Attempt, type Attempted, type AttemptOptions } from "./attempt.ts";
import { bindingsOf } from "./bindings.ts";
import { unreachable } from "./failures.ts";
import { announcedLength, type BodyOptions, hasBody, sentBody } from "./request-body.ts";
import { sent } from "./responses.ts";
import { Uploads } from "./uploads.ts";

export interface UndiciUpstreamOptions {
  /** `http://127.0.0.1:9885`, without a path. */
  readonly origin: string;
  /**
   * How long each of these may take: to get a connection, to begin the answer, to go on with it;
   * and for how long the client may take nothing of it.
   */
  readonly timeoutMs: number;
  /** At most so many to the upstream at once; requests wait for one. */
  readonly connections?: number;
}

interface Connections {
  readonly pool: Pool;
  readonly uploads: Uploads;
}

/** Below uvicorn's five seconds: a connection that is used again must not be at its end. */
const KEEP_ALIVE_MS = 4_000;

/**
 * The upstream by an undici pool, straight into Node's response: `platform` is what
 * @hono/node-server hands over. The server must wrap its app in `unlessSent` (responses.ts).
 *
 * An upstream that sends `100 Continue` unasked is refused by undici as broken; other interim
 * answers are passed over.
 */
export function undiciUpstream(options: UndiciUpstreamOptions): Upstream {
  const { connections = 256, origin, timeoutMs } = options;
  const uploads = new Uploads(connections);
  const pool = new Pool(origin, {
    connections,
    connect: { timeout: timeoutMs },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
  });
  const to = { pool, uploads };
  return {
    async exchange({ platform }, request, plan) {
      const exchange = { bindings: bindingsOf(platform), timeoutMs, plan };
      const first = await attempt(to, request, exchange);
      if (first !== "died") return first;
      // RFC 9110 section 9.2.2. Whatever else was asked may have been done, once.
      const again = isRepeatable(request, exchange) ? await attempt(to, request, exchange) : first;
      return again === "died" ? unreachable("broken-answer") : again;
    },
    // Not `close`: that waits for answers, for as long as they take.
    close: () => pool.destroy(),
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
    attempt.queued();
    pool.dispatch({ method: method as Dispatcher.HttpMethod, path, headers, body }, attempt);
    return attempt.result;
  };
  if (!streams) return send(bytesOf(request.body));
  const broke: BodyOptions["broke"] = (why) => attempt.stop(why);
  const body = sentBody(incoming, { maxBytes: request.maxBodyBytes, broke });
  const begun = await uploads.begin(body);
  if (begun === "busy") return fail(BUSY);
  return begun === "broken" ? attempt.result : send(body.stream);
}

const BUSY = { reason: "rate-limited", retryAfterSeconds: 5, cause: "uploads" } as const;

const tooLarge: Result<Forwarded, UpstreamFailure> = fail({ reason: "payload-too-large" });

const bytesOf = (body: UpstreamRequest["body"]): Buffer | null =>
  body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.byteLength) : null;
