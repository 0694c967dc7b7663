import type { FailureOf } from "../core/failure.ts";
import type { Result } from "../core/result.ts";
import type { Hold } from "../core/shared-room.ts";

/** Header fields in their order, names in lower case; a name may stand several times. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** The client's side of one exchange, as the platform gave it. */
export interface ClientExchange {
  readonly request: Request;
  /** What the platform hands over with each request; the adapter of that platform knows it. */
  readonly platform: unknown;
  /** Whom limits count the client as: connections to the upstream are shared out by it. */
  readonly source: string;
}

export interface UpstreamRequest {
  readonly method: string;
  /** Path and query exactly as they were matched and judged. */
  readonly target: string;
  /**
   * The whole head, but `host`, `connection` and framing (`content-length`, `transfer-encoding`),
   * which the adapter sets; `expect` must not be among them.
   */
  readonly headers: HeaderList;
  /**
   * Bytes that were read and judged; `stream`: the client's body as it comes, where it has one;
   * null: none.
   */
  readonly body: Uint8Array<ArrayBuffer> | "stream" | null;
  /** Bytes that a streamed body may have at most. */
  readonly maxBodyBytes: number;
}

export interface Head {
  /** 200 to 599. */
  readonly status: number;
  readonly headers: HeaderList;
}

/** What becomes of the upstream's answer, decided when its head is known. */
export type AnswerPlan =
  /**
   * The body goes to the client as it comes, under this head. `content-length` stays as it came
   * or is left out; the connection's own fields are the adapter's.
   */
  | { readonly kind: "stream"; readonly head: Head }
  /**
   * The body is read whole, at most so many bytes, and judged; then that is the answer. Answers
   * without a body (to HEAD, 204, 304) are judged as well, with none.
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

/** An answer that is on its way to the client, or is there already. */
export interface Forwarded {
  /** What the client sees, whatever `response` says; `CLIENT_GONE` where nobody waits any longer. */
  readonly status: number;
  readonly response: Response;
}

/** The client hung up before there was an answer: a word for the log, as nginx has it. */
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
 * - the method, the target byte for byte, the headers given and no other but `host`, framing and
 *   `connection` reach the upstream; no redirect is followed;
 * - bodies stream both ways with back-pressure; what the client aborts is aborted upstream;
 * - where the connection died before a byte of the answer arrived, GET and HEAD without a body are
 *   tried once more, nothing else is;
 * - a client that takes its answer slowly takes no place of others (where the platform shows it): a
 *   part of it is kept, one source holds a part of the connections, and of those that take nothing
 *   the longest stalled is let go once connections run out;
 * - a client that sends its body slowly takes no place of others: little of it holds no connection
 *   upstream, and one that stalls is let go;
 * - an answer that is judged and finds no room is refused to its source, and what it held is given
 *   back however the exchange ends;
 * - a body past its bound, an upstream that is down, slow or breaks off before its head is a failure
 *   as a value; one that breaks off after its head was passed on breaks the client's connection;
 * - interim answers (1xx) and trailers are not passed on;
 * - what `plan` or `judge` throws is thrown, and so is a head that cannot be written.
 */
export interface Upstream {
  exchange(
    client: ClientExchange,
    request: UpstreamRequest,
    plan: (head: Head) => AnswerPlan,
  ): Promise<Result<Forwarded, UpstreamFailure>>;
  /** Ends every connection; what is under way breaks off. */
  close(): Promise<void>;
}
