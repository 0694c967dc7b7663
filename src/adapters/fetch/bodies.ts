import { gathered } from "../../core/bytes.ts";
import type { Exchange } from "./exchange.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * The client's body, read only on demand and never more than `maxBytes`. While the gateway waits
 * for the client, the upstream's clock stands still: a steady upload has no time limit.
 */
export function boundedBody(
  body: ReadableStream<Bytes>,
  maxBytes: number,
  exchange: Pick<Exchange, "expectBody" | "expectWord" | "stop">,
): ReadableStream<Bytes> {
  const reader = body.getReader();
  let seen = 0;
  const source: UnderlyingDefaultSource<Bytes> = {
    async pull(controller) {
      exchange.expectBody();
      const { done, value } = await reader.read();
      exchange.expectWord();
      if (done) return controller.close();
      seen += value.byteLength;
      if (seen <= maxBytes) return controller.enqueue(value);
      exchange.stop("too-large");
      controller.error(new TooLargeError());
    },
    cancel: (reason) => reader.cancel(reason),
  };
  return new ReadableStream(source, { highWaterMark: 0 });
}

/** The upstream's body, read only when the client wants more, within the upstream's time. */
export function watchedBody(
  body: ReadableStream<Bytes>,
  exchange: Pick<Exchange, "expectWord" | "heard" | "stop">,
): ReadableStream<Bytes> {
  const reader = body.getReader();
  const source: UnderlyingDefaultSource<Bytes> = {
    async pull(controller) {
      exchange.expectWord();
      try {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      } finally {
        exchange.heard();
      }
    },
    cancel: () => exchange.stop("client-gone"),
  };
  return new ReadableStream(source, { highWaterMark: 0 });
}

export class TooLargeError extends Error {
  constructor() {
    super("the body is larger than it may be");
    this.name = "TooLargeError";
  }
}

/** Reads the whole body. Throws TooLargeError where it is larger than `maxBytes`. */
export async function collect(body: ReadableStream<Bytes>, maxBytes: number): Promise<Bytes> {
  const whole = await gathered(body, maxBytes);
  if (whole === null) throw new TooLargeError();
  return whole;
}
