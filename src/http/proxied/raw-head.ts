import type { HeaderList } from "../../ports/upstream.ts";

/**
 * The head of one request as the client sent it. Each entrance makes one, and nothing but this is
 * judged: hono's entrance on every runtime, and on Node the short way from the socket.
 */
export interface RawHead {
  readonly method: string;
  /** The request-target in origin form: path and query (RFC 9112 section 3.2.1). */
  readonly target: string;
  /** Names in lower case, in their order, repeated where they were. */
  readonly fields: HeaderList;
  /** Whether two readers could read the head differently: then it is not forwarded. */
  readonly isAmbiguous: boolean;
}

/** Path and query of an absolute URL. */
export const targetOf = (url: string): string => url.slice(url.indexOf("/", url.indexOf("//") + 2));

/** The values of every `X-Forwarded-For`, as one list (RFC 9110 section 5.3). */
export function forwardedFor({ fields }: RawHead): string | undefined {
  let all: string | undefined;
  for (const [name, value] of fields) {
    if (name === "x-forwarded-for") all = all === undefined ? value : `${all}, ${value}`;
  }
  return all;
}
