import type { IncomingMessage } from "node:http";
import type { ClientBody } from "../../../proxy/wire/bounded-body.ts";

/** The body of a request as it comes from the socket, without a stream of the web in between. */
export class IncomingBody implements ClientBody {
  readonly length: number;
  readonly #incoming: IncomingMessage;

  /** @param length as the request announced it; 0: no body */
  constructor(incoming: IncomingMessage, length: number) {
    this.#incoming = incoming;
    this.length = length;
  }

  read(take: (chunk: Uint8Array) => boolean): Promise<void> {
    const incoming = this.#incoming;
    return new Promise((resolve, reject) => {
      const onData = (chunk: Buffer) => {
        if (take(chunk)) return;
        leave();
        // The rest is read and dropped, so that the connection can carry a further request.
        incoming.resume();
        resolve();
      };
      const onEnd = () => {
        leave();
        resolve();
      };
      const onBreak = () => {
        leave();
        reject(new Error("the client broke off"));
      };
      const leave = () => {
        incoming.off("data", onData).off("end", onEnd).off("close", onBreak);
      };
      // A client that breaks off is an error of the stream, and is seen by its close.
      incoming.on("error", () => undefined);
      if (incoming.destroyed) return onBreak();
      incoming.on("data", onData).on("end", onEnd).on("close", onBreak);
    });
  }
}
