/** A client stalls that gives or takes no byte for so long, while the gateway waits for the client. */
export const STALL_MS = 10_000;

/** As Apache's mod_reqtimeout: a body has so long, and a second more for each so many bytes. */
const GRACE_MS = 30_000;
const LEAST_BYTES_A_SECOND = 500;

/** How long a client may take to send a body of which so many bytes have come. */
export const allowedUploadMs = (bytes: number): number =>
  GRACE_MS + (bytes / LEAST_BYTES_A_SECOND) * 1000;

/** The client sends nothing of its body any more, or a byte now and then. */
export class StalledBodyError extends Error {
  constructor() {
    super("the client stalls in the midst of its body");
    this.name = "StalledBodyError";
  }
}
