import { allowedUploadMs, STALL_MS, StalledBodyError } from "../../core/pace.ts";
import { DeadlineError, withinTime } from "../../ports/deadline.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface Pace {
  /** Epoch ms. */
  readonly now: () => number;
  readonly stallMs?: number;
}

/**
 * The client's body, which errors with StalledBodyError where the client stalls. Node's server
 * watches its connections by itself; a Worker sees no connection, and a script that never ends its
 * bodies would hold each request for ever. Time in which the body is not read does not count.
 */
export function pacedBody(
  body: ReadableStream<Bytes>,
  { now, stallMs = STALL_MS }: Pace,
): ReadableStream<Bytes> {
  const reader = body.getReader();
  let seen = 0;
  let waitedMs = 0;
  const source: UnderlyingDefaultSource<Bytes> = {
    async pull(controller) {
      const beganAt = now();
      const leftMs = Math.max(0, Math.min(stallMs, allowedUploadMs(seen) - waitedMs));
      try {
        const { done, value } = await withinTime(reader.read(), leftMs);
        waitedMs += now() - beganAt;
        if (done) return controller.close();
        seen += value.byteLength;
        controller.enqueue(value);
      } catch (error) {
        if (!(error instanceof DeadlineError)) throw error;
        controller.error(new StalledBodyError());
        await reader.cancel().catch(() => undefined);
      }
    },
    cancel: (reason) => reader.cancel(reason),
  };
  return new ReadableStream(source, { highWaterMark: 0 });
}
