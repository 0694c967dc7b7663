import type { Gateway } from "../flows/gateway.ts";
import { CLIENT_GONE } from "../ports/upstream.ts";

/**
 * Delays in ms between reviews after a write with an unknown outcome. On Workers all of them must
 * end within 30 s.
 */
const LOOK_AGAIN_MS = [5_000, 8_000, 12_000];

/**
 * Makes sure that sessions are reviewed after a write, also where the request breaks off: without
 * an answer, the backend may have made the write, or may still make it.
 *
 * @param review may be repeated; an error is logged, and the review is repeated
 * @returns a function to call with the answer's status, CLIENT_GONE where there was none
 */
export function watchWrite(
  gateway: Gateway,
  review: () => Promise<void>,
): (status: number) => void {
  const { log, runtime } = gateway;
  let isSettled = false;
  const look = async (): Promise<boolean> => {
    try {
      await review();
      return true;
    } catch (error) {
      log.write("error", "review-failed", { error: String(error) });
      return false;
    }
  };
  const lookAgain = () =>
    runtime.defer("review-again", async () => {
      for (const waitMs of LOOK_AGAIN_MS) {
        await runtime.sleep(waitMs);
        if (isSettled) return;
        await look();
      }
    });
  // Before anything is sent: a client that hangs up cancels the rest of this request.
  if (!runtime.outlivesClients) lookAgain();
  return (status) => {
    // Only the backend's own refusal proves that nothing was written.
    isSettled = status >= 400 && status < CLIENT_GONE;
    if (isSettled) return;
    runtime.defer("review-sessions", async () => {
      isSettled = (await look()) && status < 400;
      if (!isSettled && runtime.outlivesClients) lookAgain();
    });
  };
}
