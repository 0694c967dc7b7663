import type { IncomingMessage } from "node:http";
import type { ClientBody } from "../../../proxy/wire/bounded-body.ts";

/** The body of a request as it comes from the socket, without a stream of the web in between. */
export const incomingBody = (incoming: IncomingMessage): ClientBody => ({
  get length() {
    return Number(incoming.headers["content-length"] ?? 0);
  },
  read: (take) =>
    new Promise((resolve, reject) => {
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
    }),
});
