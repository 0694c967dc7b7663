import type { Exchange } from "./exchange.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * The client's body, no faster than it is read and never more than `maxBytes`. While it comes, the
 * upstream is not the one that is slow.
 */
export function boundedBody(
  body: ReadableStream<Bytes>,
  maxBytes: number,
  exchange: Pick<Exchange, "expectWord" | "stop">,
): ReadableStream<Bytes> {
  let seen = 0;
  return body.pipeThrough(
    new TransformStream<Bytes, Bytes>({
      transform(chunk, controller) {
        seen += chunk.byteLength;
        exchange.expectWord();
        if (seen <= maxBytes) return controller.enqueue(chunk);
        exchange.stop("too-large");
        controller.error(new TooLargeError());
      },
    }),
  );
}

/** The upstream's body, read only when the client wants more, with an eye on the clock meanwhile. */
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

/** Reads a body whole. Throws TooLargeError where it is larger than `maxBytes`. */
export async function collect(body: ReadableStream<Bytes>, maxBytes: number): Promise<Bytes> {
  const chunks: Bytes[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new TooLargeError();
    chunks.push(chunk);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
