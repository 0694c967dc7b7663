import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";

/**
 * Whether the client's request has a body, by its framing (RFC 9112 section 6.3).
 */
export function hasBody({ headers }: IncomingMessage): boolean {
  return "transfer-encoding" in headers || Number(headers["content-length"] ?? 0) > 0;
}

/** The length that the client announced, or null where the body comes in chunks. */
export function announcedLength({ headers }: IncomingMessage): number | null {
  const length = headers["content-length"];
  return length === undefined || "transfer-encoding" in headers ? null : Number(length);
}

/**
 * The client's body, chunk by chunk, no faster than it is read and never more than `maxBytes`.
 *
 * Not `incoming` itself: undici destroys the body of a request that ended early, and with it would
 * go the connection on which the client waits for the answer.
 *
 * @param onTooLarge called once, before the body breaks off
 */
export function boundedBody(
  incoming: IncomingMessage,
  maxBytes: number,
  onTooLarge: () => void,
): Readable {
  let seen = 0;
  const onData = (chunk: Buffer) => {
    seen += chunk.length;
    if (seen > maxBytes) {
      onTooLarge();
      body.destroy(new Error("the request's body is too large"));
    } else if (!body.push(chunk)) {
      incoming.pause();
    }
  };
  const onEnd = () => void body.push(null);
  const onClose = () => {
    if (!incoming.readableEnded) body.destroy(new Error("the client broke off"));
  };
  const body = new Readable({
    read: () => void incoming.resume(),
    destroy(error, done) {
      incoming.off("data", onData).off("end", onEnd).off("close", onClose).pause();
      done(error);
    },
  });
  // undici listens only while the request is under way: a client that breaks off while it waits for
  // a connection would else end the process.
  body.on("error", () => undefined);
  // Paused first: else the listener would set the body flowing before anybody reads.
  incoming.pause().on("data", onData).on("end", onEnd).on("close", onClose);
  return body;
}
