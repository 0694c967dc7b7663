import type { IncomingMessage, ServerResponse } from "node:http";
import type { JWTPayload } from "jose";
import { valuesOf } from "./caller.ts";

/** One request as it arrived: recorded when its head did, filled as the rest comes. */
export interface ReceivedRequest {
  readonly method: string;
  /** Byte for byte as it stood in the request line. */
  readonly target: string;
  /** Names and values in turn, in their order and spelling. */
  readonly rawHeaders: readonly string[];
  /** Every value of a header; the name in lower case. */
  values(name: string): readonly string[];
  /** The whole body once it is there; stays empty on a path of the tests that reads it itself. */
  body: Buffer;
  /** Of a token that the backend accepts; null for none and for a bad one. */
  claims: Readonly<JWTPayload> | null;
  /** Bytes of a long answer that were handed to the connection: what back-pressure holds down. */
  sentBytes: number;
  /** Whether the answer was taken whole, or the connection ended before it was. */
  readonly ended: Promise<"answered" | "aborted">;
}

export function recordRequest(
  { method = "", rawHeaders, url = "" }: IncomingMessage,
  response: ServerResponse,
): ReceivedRequest {
  return {
    method,
    target: url,
    rawHeaders,
    values: (name) => valuesOf(rawHeaders, name),
    body: Buffer.alloc(0),
    claims: null,
    sentBytes: 0,
    ended: new Promise((resolve) => {
      response.once("close", () => resolve(response.writableFinished ? "answered" : "aborted"));
    }),
  };
}
