import type { FailureOf } from "../core/failure.ts";
import type { Result } from "../core/result.ts";

/** Header fields in their order, names in lower case; a name may stand several times. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** The client's side of one exchange, as the platform gave it. */
export interface ClientExchange {
  readonly request: Request;
  /** What the platform hands over with each request; the adapter of that platform knows it. */
  readonly platform: unknown;
}

export interface UpstreamRequest {
  readonly method: string;
  /** Path and query exactly as they were matched and judged. */
  readonly target: string;
  /** The whole head, but `host` and framing, which the adapter sets. */
  readonly headers: HeaderList;
  /** Bytes that were read and judged; `stream`: the client's body as it comes; null: none. */
  readonly body: Uint8Array<ArrayBuffer> | "stream" | null;
  /** Bytes that a streamed body may have at most. */
  readonly maxBodyBytes: number;
}

export interface Head {
  readonly status: number;
  readonly headers: HeaderList;
}

/** What becomes of the upstream's answer, decided when its head is known. */
export type AnswerPlan =
  /** The body goes to the client as it comes, under this head. */
  | { readonly kind: "stream"; readonly head: Head }
  /** The body is read whole, at most so many bytes, and judged; then that is the answer. */
  | {
      readonly kind: "buffer";
      readonly maxBytes: number;
      judge(body: Uint8Array<ArrayBuffer>): Promise<Result<Judged, UpstreamFailure>>;
    };

export interface Judged {
  readonly head: Head;
  readonly body: Uint8Array<ArrayBuffer> | null;
}

export type UpstreamFailure =
  | FailureOf<"upstream-unreachable" | "upstream-timeout" | "password-login-closed">
  | { readonly reason: "payload-too-large" };

/** An answer that is on its way to the client, or is there already. */
export interface Forwarded {
  readonly status: number;
  readonly response: Response;
}

/**
 * The legacy backend over HTTP/1.1.
 *
 * Promises, checked by test/contract/upstream.suite.ts:
 * - the method, the target byte for byte, the headers given and no other but `host`, framing and
 *   `connection` reach the upstream; no redirect is followed;
 * - bodies stream both ways with back-pressure; what the client aborts is aborted upstream;
 * - where the connection died before a byte of the answer arrived, GET and HEAD without a body are
 *   tried once more, nothing else is;
 * - a body past its bound, an upstream that is down, slow or breaks off before its head is a failure
 *   as a value; one that breaks off after its head was passed on breaks the client's connection;
 * - interim answers (1xx) are not passed on.
 */
export interface Upstream {
  exchange(
    client: ClientExchange,
    request: UpstreamRequest,
    plan: (head: Head) => AnswerPlan,
  ): Promise<Result<Forwarded, UpstreamFailure>>;
  close(): Promise<void>;
}
