import type { Socket } from "node:net";

/** Node's count of the bytes that it handed to the system and the system has not yet taken. */
interface WithQueue {
  readonly _handle?: { readonly writeQueueSize?: number } | null;
}

/**
 * Tells a client that reads nothing from one that reads slowly.
 *
 * A write of 256 KB is one call that Node reports when all of it is gone, which takes half a minute
 * on a slow phone. So the system's own queue is read as well. A connection without waiting bytes,
 * such as an idle event stream, never stalls.
 */
export class ClientProgress {
  readonly #socket: Socket;
  #written = -1;
  #queued = -1;
  #since: number;

  constructor(socket: Socket, now: number) {
    this.#socket = socket;
    this.#since = now;
  }

  /**
   * Call about once a second: progress between two calls is seen at the second.
   *
   * @returns for how many ms bytes have waited and the client has read none; 0: none wait
   */
  stalledMs(now: number): number {
    const { bytesWritten, destroyed, writableLength } = this.#socket;
    const queued = (this.#socket as WithQueue)._handle?.writeQueueSize ?? 0;
    const written = bytesWritten - writableLength;
    const isWaiting = !destroyed && writableLength > 0;
    if (!isWaiting || written !== this.#written || queued !== this.#queued) {
      [this.#written, this.#queued, this.#since] = [written, queued, now];
    }
    return now - this.#since;
  }
}
