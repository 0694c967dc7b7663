import type { Head, HeaderList } from "../../ports/upstream.ts";

/** Hop-by-hop fields; the platform sets its own. */
const CONNECTION: ReadonlySet<string> = new Set(["connection", "keep-alive", "transfer-encoding"]);
/** The content codings that every platform's fetch removes by itself. */
const TAKEN_OFF: ReadonlySet<string> = new Set(["gzip", "x-gzip", "br"]);

/**
 * The request headers for fetch.
 *
 * `accept-encoding` is always `identity`: fetch would remove a coding without notice, and each
 * platform removes different ones.
 */
export function requestHeaders(list: HeaderList): Headers {
  const headers = headersOf(list);
  headers.set("accept-encoding", "identity");
  return headers;
}

/** Throws TypeError where a field holds a value that HTTP cannot carry. */
export function headersOf(list: HeaderList): Headers {
  const headers = new Headers();
  for (const [name, value] of list) if (!CONNECTION.has(name)) headers.append(name, value);
  return headers;
}

/** Without the length, which the platform counts: a judged body may have become shorter. */
export function judgedHeaders(list: HeaderList): Headers {
  const headers = headersOf(list);
  headers.delete("content-length");
  return headers;
}

/**
 * The head of an answer for its body as it is now. Where the upstream coded the body unasked, fetch
 * has removed the coding and left its name and the old length: both are dropped.
 *
 * @returns null where some platforms remove the body's coding and others do not, and for an invalid
 * status
 */
export function headOf({ body, headers, status }: Response): Head | null {
  // 600 and above have no meaning for a client (RFC 9110 section 15), nor for `Response`.
  if (status > 599) return null;
  const coding = headers.get("content-encoding")?.trim().toLowerCase() ?? "identity";
  const list: HeaderList = [...headers];
  if (body === null || coding === "identity") return { status, headers: list };
  if (!TAKEN_OFF.has(coding)) return null;
  const stale = ["content-encoding", "content-length"];
  return { status, headers: list.filter(([name]) => !stale.includes(name)) };
}
