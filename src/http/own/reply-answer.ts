import type { OwnAnswer } from "../problems/error-response.ts";
import type { Reply, Route } from "../route.ts";

/** A route's good answer on the wire. */
export function replyAnswer(
  { cookies = [], headers = {}, json, status, text, type }: Reply,
  cache: Route["cache"],
): OwnAnswer {
  const contentType = json === undefined ? type : "application/json";
  const head = new Map([["cache-control", cache as string]]);
  if (contentType !== undefined) head.set("content-type", contentType);
  for (const name in headers) head.set(name.toLowerCase(), headers[name] ?? "");
  return {
    status,
    headers: [...head, ...cookies.map((cookie) => ["set-cookie", cookie] as const)],
    body: json === undefined ? (text ?? "") : JSON.stringify(json),
  };
}
