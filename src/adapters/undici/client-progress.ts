import type { Socket } from "node:net";

/** Node's own count of what it handed to the system and the system has not taken yet. */
interface WithQueue {
  readonly _handle?: { readonly writeQueueSize?: number } | null;
}

/**
 * Tells a client that takes nothing from one that takes little.
 *
 * A write of 256 KB is one call that Node reports when all of it is gone, which a slow phone needs
 * half a minute for. So the system's own queue is looked at as well. A connection on which nothing
 * waits, such as an idle event stream, never stalls.
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
   * To be asked about once a second: progress between two questions is seen at the second.
   *
   * @returns since how many ms bytes wait of which the client has taken none; 0: none wait
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
