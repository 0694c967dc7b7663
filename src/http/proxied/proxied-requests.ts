import type { Context } from "hono";
import { bodyOf } from "../../proxy/wire/bounded-body.ts";
import { type Fields, listOf } from "../../proxy/wire/header-rules.ts";
import type { Carried } from "../middleware/carried.ts";
import type { AnswerProxied, ProxiedAnswer } from "./answer-proxied.ts";
import { targetOf } from "./raw-head.ts";

export interface ProxiedRequestsOptions {
  readonly answer: AnswerProxied;
  /** The other end of the connection. */
  peerOf(platform: unknown): string | null;
  /** The raw head, with repeated names; null where the platform has none. */
  fieldsOf(platform: unknown): Fields | null;
  isAmbiguous(platform: unknown): boolean;
}

/**
 * hono's entrance of proxied requests. It comes before everything that sets a header of the answer:
 * the answer's head is computed as a value, and may be written past this app (ports/upstream.ts).
 */
export function proxiedRequests(options: ProxiedRequestsOptions) {
  const { answer, fieldsOf, isAmbiguous, peerOf } = options;
  return async function proxiedRequests(c: Context<Carried>, next: () => Promise<void>) {
    const { method, raw: request, url } = c.req;
    const platform = c.env;
    const head = {
      method,
      target: targetOf(url),
      fields: listOf(fieldsOf(platform) ?? request.headers),
      isAmbiguous: isAmbiguous(platform),
    };
    const peer = peerOf(platform);
    const answered = answer({ head, body: bodyOf(request), peer, request, platform });
    return answered === null ? next() : responseOf(await answered);
  };
}

function responseOf(answer: ProxiedAnswer): Response {
  if (answer.kind === "forwarded") return answer.response;
  const { headers, status } = answer.head;
  return new Response(answer.body, {
    status,
    headers: headers.map(([name, value]): [string, string] => [name, value]),
  });
}
