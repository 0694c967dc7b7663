import type { Head, HeaderList } from "../../ports/upstream.ts";

/** These speak of one connection; the platform has its own. */
const CONNECTION: ReadonlySet<string> = new Set(["connection", "keep-alive", "transfer-encoding"]);
/** The codings that every platform's fetch takes off by itself. */
const TAKEN_OFF: ReadonlySet<string> = new Set(["gzip", "x-gzip", "br"]);

/**
 * What fetch asks the upstream with.
 *
 * `accept-encoding` is `identity` whatever the client accepts: fetch would take a coding off and
 * say nothing, and each platform takes off others.
 */
export function requestHeaders(list: HeaderList): Headers {
  const headers = headersOf(list);
  headers.set("accept-encoding", "identity");
  return headers;
}

/** Throws TypeError where a field holds what HTTP cannot carry. */
export function headersOf(list: HeaderList): Headers {
  const headers = new Headers();
  for (const [name, value] of list) if (!CONNECTION.has(name)) headers.append(name, value);
  return headers;
}

/** The length is the platform's to count: what was judged may have grown shorter. */
export function judgedHeaders(list: HeaderList): Headers {
  const headers = headersOf(list);
  headers.delete("content-length");
  return headers;
}

/**
 * The head of an answer as its body now is. Where the upstream coded it unasked, fetch has taken
 * the coding off and left its name and the length of before: both go.
 *
 * @returns null where the body is in a coding that some platforms take off and others leave, and
 *   where the status is none
 */
export function headOf({ body, headers, status }: Response): Head | null {
  // 600 and above mean nothing to any client (RFC 9110 section 15), and nothing to `Response`.
  if (status > 599) return null;
  const coding = headers.get("content-encoding")?.trim().toLowerCase() ?? "identity";
  const list: HeaderList = [...headers];
  if (body === null || coding === "identity") return { status, headers: list };
  if (!TAKEN_OFF.has(coding)) return null;
  const stale = ["content-encoding", "content-length"];
  return { status, headers: list.filter(([name]) => !stale.includes(name)) };
}
