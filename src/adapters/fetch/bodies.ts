import { joined } from "../../core/bytes.ts";
import { StalledBodyError } from "../../core/pace.ts";
import type { Hold } from "../../core/shared-room.ts";
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
      const { done, value } = await reader.read().catch((error: unknown) => {
        if (error instanceof StalledBodyError) exchange.stop("client-stalled");
        throw error;
      });
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

export class TooLargeError extends Error {
  constructor() {
    super("the body is larger than it may be");
    this.name = "TooLargeError";
  }
}

/** There is no memory left for what this client's source wants judged. */
export class NoRoomError extends Error {
  constructor() {
    super("no room for a body that is judged");
    this.name = "NoRoomError";
  }
}

/** Reads a body whole. Throws TooLargeError past `maxBytes`, and NoRoomError where there is no room. */
export async function wholeBody(
  next: () => Promise<Bytes | null>,
  maxBytes: number,
  room: Hold,
): Promise<Bytes> {
  const chunks: Bytes[] = [];
  let size = 0;
  for (let chunk = await next(); chunk !== null; chunk = await next()) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new TooLargeError();
    if (!room.take(chunk.byteLength)) throw new NoRoomError();
    chunks.push(chunk);
  }
  return joined(chunks);
}
