import type { IncomingMessage } from "node:http";
import { allowedUploadMs } from "../../../core/pace.ts";

/** The parts of a request that are used here. */
interface Upload {
  readonly incoming: IncomingMessage;
}

/**
 * Measures how long a client has been sending a body that the gateway waits for. Time in which the
 * gateway itself does not read, because the backend is slow, does not count.
 */
export class UploadClock {
  #exchange: Upload | null = null;
  #seen = 0;
  #began = 0;
  #silentMs = 0;
  #readingMs = 0;

  /**
   * Call about once a second.
   *
   * @param exchange the latest on its connection, if any
   * @returns whether the client stalls: it sends nothing, or a byte now and then
   */
  isStalled(exchange: Upload | undefined, elapsedMs: number, stallMs: number): boolean {
    if (exchange === undefined || exchange.incoming.complete) {
      this.#exchange = null;
      return false;
    }
    const { readableFlowing, socket } = exchange.incoming;
    const { bytesRead } = socket;
    if (this.#exchange !== exchange) {
      this.#exchange = exchange;
      [this.#began, this.#seen, this.#silentMs, this.#readingMs] = [bytesRead, bytesRead, 0, 0];
      return false;
    }
    const isReading = readableFlowing === true;
    if (isReading) this.#readingMs += elapsedMs;
    if (bytesRead !== this.#seen) this.#silentMs = 0;
    else if (isReading) this.#silentMs += elapsedMs;
    this.#seen = bytesRead;
    const allowedMs = allowedUploadMs(bytesRead - this.#began);
    return this.#silentMs >= stallMs || this.#readingMs > allowedMs;
  }
}
