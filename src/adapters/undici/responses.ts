import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Forwarded, Judged } from "../../ports/upstream.ts";

/** An answer that was already written into Node's response, or that no client reads. */
export const sent = (status: number): Forwarded => ({ status, response: RESPONSE_ALREADY_SENT });

/**
 * The Response for node-server.
 *
 * node-server recognises a written answer by one Response object, not by a copy. Hono copies for
 * every HEAD and every header that a middleware sets, and node-server would then write a second
 * head into a started body.
 */
export function unlessSent(platform: unknown, response: Response): Response {
  const { outgoing } = (platform ?? {}) as Partial<HttpBindings>;
  return outgoing?.headersSent || outgoing?.destroyed ? RESPONSE_ALREADY_SENT : response;
}

/** Fields that the platform sets from the body, which may be shorter than the judged one. */
const FRAMING: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "transfer-encoding",
]);
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** Throws where the head holds a value that HTTP cannot carry. */
export function judgedAnswer({ body, head }: Judged): Forwarded {
  const headers = new Headers();
  for (const [name, value] of head.headers) if (!FRAMING.has(name)) headers.append(name, value);
  const { status } = head;
  const response = new Response(WITHOUT_BODY.has(status) ? null : body, { status, headers });
  return { status, response };
}
