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

/** Bytes gathered before the upstream is asked: a body up to this size holds no connection. */
const GATHERED_BYTES = 64 * 1024;
export interface BodyOptions {
  readonly maxBytes: number;
  /** A client that sends no byte for this long, while it is waited for, is cut off. */
  readonly stallMs: number;
  /** Called once, before the body breaks off. */
  broke(why: "too-large" | "client-stalled"): void;
}

/** The client's body on its way. */
export interface ArrivingBody {
  readonly stream: Readable;
  /**
   * Resolves when the whole body, or the gathered part, has arrived; or when the body broke off.
   */
  readonly gathered: Promise<void>;
  /** Whether the whole body has arrived. */
  isWhole(): boolean;
}

/**
 * The client's body, chunk by chunk, read only on demand and never more than `maxBytes`.
 *
 * Not `incoming` itself: undici destroys the body of a request that ended early, and with it the
 * connection on which the client waits for the answer.
 */
export function sentBody(
  incoming: IncomingMessage,
  { broke, maxBytes, stallMs }: BodyOptions,
): ArrivingBody {
  const gathered = Promise.withResolvers<void>();
  let [seen, whole] = [0, false];
  const breakOff = (why: "too-large" | "client-stalled") => {
    broke(why);
    body.destroy(new Error(why));
  };
  const stall = setTimeout(() => breakOff("client-stalled"), stallMs);
  const onData = (chunk: Buffer) => {
    seen += chunk.length;
    if (seen > maxBytes) return breakOff("too-large");
    stall.refresh();
    if (seen >= GATHERED_BYTES) gathered.resolve();
    if (!body.push(chunk)) wait();
  };
  const onEnd = () => {
    whole = true;
    clearTimeout(stall);
    gathered.resolve();
    body.push(null);
  };
  const onClose = () => {
    if (!incoming.readableEnded) body.destroy(new Error("the client broke off"));
  };
  // The gateway waits for the upstream: the client's clock stands still.
  const wait = () => {
    clearTimeout(stall);
    incoming.pause();
  };
  const body = new Readable({
    highWaterMark: GATHERED_BYTES,
    read() {
      if (!whole) stall.refresh();
      incoming.resume();
    },
    destroy(error, done) {
      clearTimeout(stall);
      gathered.resolve();
      incoming.off("data", onData).off("end", onEnd).off("close", onClose).pause();
      done(error);
    },
  });
  // undici listens only during its request. Without a listener, a client that breaks off while it
  // waits for a connection would end the process.
  body.on("error", () => undefined);
  incoming.on("data", onData).on("end", onEnd).on("close", onClose).resume();
  return { stream: body, gathered: gathered.promise, isWhole: () => whole };
}
