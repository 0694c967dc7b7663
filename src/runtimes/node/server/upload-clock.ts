import type { IncomingMessage } from "node:http";

/** The parts of a request that are used here. */
interface Upload {
  readonly incoming: IncomingMessage;
}

/** As Apache's mod_reqtimeout: a body has this time, and a second more for each 500 bytes. */
const GRACE_MS = 30_000;
const LEAST_BYTES_A_SECOND = 500;

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
    const allowedMs = GRACE_MS + ((bytesRead - this.#began) / LEAST_BYTES_A_SECOND) * 1000;
    return this.#silentMs >= stallMs || this.#readingMs > allowedMs;
  }
}
