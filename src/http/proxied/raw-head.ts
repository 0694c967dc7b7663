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

/** The path of a target. */
export function pathIn(target: string): string {
  const end = target.indexOf("?");
  return end === -1 ? target : target.slice(0, end);
}

/** The values of every `X-Forwarded-For`. */
export const forwardedFor = (head: RawHead): string | undefined =>
  joinedField(head, "x-forwarded-for");

/**
 * The values of a field as one list (RFC 9110 section 5.3), as `Headers` joins them; cookies by their
 * own separator (RFC 9113 section 8.2.3). @param wanted in lower case
 */
export function joinedField(
  { fields }: Pick<RawHead, "fields">,
  wanted: string,
): string | undefined {
  let joined: string | undefined;
  for (const [name, value] of fields) {
    if (name !== wanted) continue;
    const separator = wanted === "cookie" ? "; " : ", ";
    joined = joined === undefined ? value : joined + separator + value;
  }
  return joined;
}
