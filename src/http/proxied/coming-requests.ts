import type { Context } from "hono";
import { bodyOf } from "../../proxy/wire/bounded-body.ts";
import { listOf } from "../../proxy/wire/header-rules.ts";
import type { Carried } from "../middleware/carried.ts";
import type { AnswerComing, ComingAnswer } from "./coming-request.ts";
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
    return answered === null ? next() : responseOf(await answered, head.method);
  };
}

const headIn = ({ headers, method, url }: Request): RawHead => ({
  method,
  target: targetOf(url),
  fields: listOf(headers),
  isAmbiguous: false,
});

function responseOf(answer: ComingAnswer, method: string): Response {
  if (answer.kind === "forwarded") return answer.response;
  const { body, head } = answer;
  const headers = head.headers.map(([name, value]): [string, string] => [name, value]);
  if (body !== "") return new Response(body, { status: head.status, headers });
  // Without a length Node writes an empty body as a chunk.
  if (method !== "HEAD") headers.push(["content-length", "0"]);
  return new Response(null, { status: head.status, headers });
}
