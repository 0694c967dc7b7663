import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Forwarded, Judged } from "../../ports/upstream.ts";
import type { Bindings } from "./bindings.ts";
import { endWith, writeFields } from "./sinks.ts";

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
export function sendJudged({ incoming, outgoing }: Bindings, { body, head }: Judged): void {
  if (outgoing.headersSent || outgoing.destroyed) return;
  const { headers, status } = head;
  const fields: string[] = [];
  for (const [name, value] of headers) if (!FRAMING.has(name)) fields.push(name, value);
  const isEmpty = body === null || WITHOUT_BODY.has(status) || incoming.method === "HEAD";
  if (!isEmpty) fields.push("content-length", `${body.length}`);
  writeFields(outgoing, status, fields);
  if (isEmpty) outgoing.end();
  else endWith(outgoing, body);
}
