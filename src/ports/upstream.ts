import type { FailureOf } from "../core/failure.ts";
import type { Result } from "../core/result.ts";
import type { Hold } from "../core/shared-room.ts";

/** Header fields in their order, with names in lower case; a name may occur several times. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** The client's side of one exchange, from the platform. */
export interface ClientExchange {
  /** Null where the platform's own value alone describes the request. */
  readonly request: Request | null;
  /** The platform's own value for this request, which only the adapter of that platform reads. */
  readonly platform: unknown;
  /** The client's source for limits: no source may take all connections to the upstream. */
  readonly source: string;
}

export interface UpstreamRequest {
  readonly method: string;
  /** Path and query exactly as the policy matched and judged them. */
  readonly target: string;
  /**
   * The whole head, except `host`, `connection` and framing (`content-length`,
   * `transfer-encoding`), which the adapter sets. `expect` must not be among the headers.
   */
  readonly headers: HeaderList;
  /**
   * Bytes that were read and judged; `stream`: the client's own body, if it has one; null: no body.
   */
  readonly body: Uint8Array<ArrayBuffer> | "stream" | null;
  /** Bound on the bytes of a streamed body. */
  readonly maxBodyBytes: number;
}

export interface Head {
  /** 200 to 599. */
  readonly status: number;
  readonly headers: HeaderList;
}

/** The plan for the upstream's answer, made when its head is known. */
export type AnswerPlan =
  /**
   * The body is streamed to the client under this head. `content-length` stays or is left out; the
   * adapter sets the connection's own fields.
   */
  | { readonly kind: "stream"; readonly head: Head }
  /**
   * The whole body is read, at most `maxBytes`, and judged; the result is the answer. An answer
   * without a body (to HEAD, 204, 304) is judged as well, with an empty body.
   */
  | {
      readonly kind: "buffer";
      readonly maxBytes: number;
      /** The bytes are held in it, as they come; the adapter leaves it when they are gone. */
      readonly room: Hold;
      judge(body: Uint8Array<ArrayBuffer>): Promise<Result<Judged, UpstreamFailure>>;
    };

export interface Judged {
  readonly head: Head;
  readonly body: Uint8Array<ArrayBuffer> | null;
}

export type UpstreamFailure =
  | FailureOf<"upstream-unreachable" | "upstream-timeout" | "rate-limited">
  | { readonly reason: "payload-too-large" | "request-malformed" | "request-timeout" };

/** An answer that was sent to the client or is being sent. */
export interface Forwarded {
  /** The status that the client sees, not always that of `response`; `CLIENT_GONE`: it hung up. */
  readonly status: number;
  readonly response: Response;
}

/** The client hung up before there was an answer: a status for the log, as in nginx. */
export const CLIENT_GONE = 499;

/** To a source that holds its share of the connections to the upstream. */
export const CROWDED = {
  reason: "rate-limited",
  retryAfterSeconds: 5,
  cause: "connections",
} as const satisfies UpstreamFailure;

/** To a source that holds its share of the memory in which bodies and answers are judged. */
export const NO_ROOM = {
  reason: "rate-limited",
  retryAfterSeconds: 5,
  cause: "judged-bytes",
} as const satisfies UpstreamFailure;

/**
 * The legacy backend over HTTP/1.1.
 *
 * Promises, checked by test/contract/upstream/upstream.suite.ts:
 * - the method, the target byte for byte and the given headers reach the upstream, and no other
 *   header except `host`, framing and `connection`; no redirect is followed;
 * - bodies stream both ways with back-pressure; a client's abort aborts the upstream request;
 * - where the connection died before the first byte of the answer, a GET or HEAD without a body
 *   is tried once more; no other request is;
 * - a client that reads its answer slowly does not block others (where the platform shows slow
 *   reading): a part of the answer is buffered, one source holds a part of the connections, and
 *   once connections run out, the longest stalled client is cut off;
 * - a client that sends its body slowly does not block others: its first bytes hold no upstream
 *   connection, and a stalled client is cut off;
 * - a judged answer that finds no room is refused to its source, and the room is given back however
 *   the exchange ends;
 * - a body past its bound, and an upstream that is down, slow or breaks off before its head, are
 *   failures as values; an upstream that breaks off after its head breaks the client's connection;
 * - interim answers (1xx) and trailers are not forwarded;
 * - an error of `plan` or `judge`, and a head that cannot be written, are thrown.
 */
export interface Upstream {
  exchange(
    client: ClientExchange,
    request: UpstreamRequest,
    plan: (head: Head) => AnswerPlan,
  ): Promise<Result<Forwarded, UpstreamFailure>>;
  /** Ends every connection; open exchanges break off. */
  close(): Promise<void>;
}
