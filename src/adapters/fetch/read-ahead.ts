import type { Hold } from "../../core/shared-room.ts";
import type { Exchange } from "./exchange.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** So much of one answer may wait for its client. */
const MOST_AHEAD = 256 * 1024;

interface Kept {
  readonly bytes: Bytes;
  /** How much of the room is its own. */
  readonly counted: number;
}

/**
 * The upstream's body, of which a part is read ahead of the client: an answer that fits is read to
 * its end, and the upstream is done with it, however slow its own client is. The clock runs while
 * the upstream is waited for, and not while the client is.
 *
 * @returns the next bytes; null: there are no more. To be called anew when it has answered.
 */
export function readAhead(
  body: ReadableStream<Bytes>,
  exchange: Pick<Exchange, "expectWord" | "heard" | "whole">,
  room: Hold,
): () => Promise<Bytes | null> {
  const reader = body.getReader();
  const kept: Kept[] = [];
  let ahead = 0;
  let state: "idle" | "reading" | "whole" | { readonly error: unknown } = "idle";
  let wake: () => void = () => undefined;
  const keep = (bytes: Bytes): boolean => {
    const size = bytes.byteLength;
    const fits = ahead + size <= MOST_AHEAD && room.take(size);
    const counted = fits ? size : 0;
    ahead += counted;
    kept.push({ bytes, counted });
    return fits;
  };
  const readOn = async () => {
    state = "reading";
    for (let goesOn = true; goesOn; wake()) {
      exchange.expectWord();
      try {
        const { done, value } = await reader.read();
        goesOn = !done && keep(value);
        if (done) exchange.whole();
        if (!goesOn) state = done ? "whole" : "idle";
      } catch (error) {
        goesOn = false;
        state = { error };
      } finally {
        exchange.heard();
      }
    }
  };
  return async () => {
    for (;;) {
      const next = kept.shift();
      if (next !== undefined) {
        ahead -= next.counted;
        room.give(next.counted);
        if (state === "idle") void readOn();
        return next.bytes;
      }
      if (typeof state === "object") throw state.error;
      if (state === "whole") return null;
      const arrived = new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (state === "idle") void readOn();
      await arrived;
    }
  };
}
