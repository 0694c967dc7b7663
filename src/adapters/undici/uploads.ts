import { setTimeout as sleep } from "node:timers/promises";
import type { ArrivingBody } from "./request-body.ts";

/** Arriving bodies may hold this fraction of the connections: one in so many. */
const PART = 4;
/** A body that is sent in one go is complete by then. */
const AT_ONCE_MS = 50;

/**
 * Arriving bodies, each of which holds a connection of the pool. Clients that send a byte a second
 * would block all others, so they have only a part of the connections. A body that has arrived, or
 * comes in one go, needs no place.
 */
export class Uploads {
  readonly #most: number;
  #count = 0;

  /** @param connections of the pool */
  constructor(connections: number) {
    this.#most = Math.ceil(connections / PART);
  }

  /** Waits for as much of the body as it needs; `ready`: the body may be sent. */
  async begin({ gathered, isWhole, stream }: ArrivingBody): Promise<"ready" | "busy" | "broken"> {
    await Promise.race([gathered, sleep(AT_ONCE_MS)]);
    if (!isWhole() && !stream.destroyed && !this.#take(stream)) {
      // Without a free place the body is gathered first: most bodies are small.
      await gathered;
      if (!isWhole() && !stream.destroyed && !this.#take(stream)) {
        stream.destroy();
        return "busy";
      }
    }
    return stream.destroyed ? "broken" : "ready";
  }

  #take(stream: ArrivingBody["stream"]): boolean {
    if (this.#count >= this.#most) return false;
    this.#count++;
    stream.once("close", () => this.#count--);
    return true;
  }
}
