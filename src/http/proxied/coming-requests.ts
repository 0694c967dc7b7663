import type { Context } from "hono";
import { bodyOf } from "../../proxy/wire/bounded-body.ts";
import { listOf } from "../../proxy/wire/header-rules.ts";
import type { Carried } from "../middleware/carried.ts";
import type { OwnAnswer } from "../problems/error-response.ts";
import type { AnswerComing } from "./coming-request.ts";
import { type RawHead, targetOf } from "./raw-head.ts";

export interface ComingRequestsOptions {
  readonly answer: AnswerComing;
  /** The other end of the connection. */
  peerOf(platform: unknown): string | null;
  /** The head as it came; null where the platform has it only as a `Request`. */
  rawHeadOf(platform: unknown): RawHead | null;
}

/**
 * hono's entrance of requests that are answered by their raw head. It comes before everything that
 * sets a header of the answer: the answer's head is computed as a value, and may be written past
 * this app (ports/upstream.ts).
 */
export function comingRequests({ answer, rawHeadOf, peerOf }: ComingRequestsOptions) {
  return async function comingRequests(c: Context<Carried>, next: () => Promise<void>) {
    const request = c.req.raw;
    const platform = c.env;
    const head = rawHeadOf(platform) ?? headIn(request);
    const peer = peerOf(platform);
    const answered = answer({ head, body: bodyOf(request), peer, request, platform });
    if (answered === null) return next();
    const made = await answered;
    if (made.kind === "forwarded") return made.response;
    return responseOf({ ...made.head, body: made.body }, head.method);
  };
}

const headIn = ({ headers, method, url }: Request): RawHead => ({
  method,
  target: targetOf(url),
  fields: listOf(headers),
  isAmbiguous: false,
});

/** An answer of the gateway's own, as the platform wants it. */
export function responseOf({ body, headers: told, status }: OwnAnswer, method: string): Response {
  const headers = told.map(([name, value]): [string, string] => [name, value]);
  if (body !== "") return new Response(body, { status, headers });
  // Without a length Node writes an empty body as a chunk; 204 has none (RFC 9110 section 8.6).
  if (method !== "HEAD" && status !== 204) headers.push(["content-length", "0"]);
  return new Response(null, { status, headers });
}
