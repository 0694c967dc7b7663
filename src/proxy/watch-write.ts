import type { Gateway } from "../flows/gateway.ts";
import { CLIENT_GONE } from "../ports/upstream.ts";

/**
 * When what a write may have changed is looked at again, where nobody knows whether or when it was
 * done, in ms after one another. On Workers all of it must end within 30 s.
 */
const LOOK_AGAIN_MS = [5_000, 8_000, 12_000];

/**
 * Sees to it that sessions are reviewed after a write, whatever becomes of the request: where no
 * answer came the backend may have done it, or do it yet.
 *
 * @param review may be run again; what it throws is logged, and it is run again
 * @returns to be told the answer's status, CLIENT_GONE where there was none
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
  // Before anything is sent: whoever hangs up takes the rest of this request away.
  if (!runtime.outlivesClients) lookAgain();
  return (status) => {
    // Only the backend's own refusal says that nothing was written.
    isSettled = status >= 400 && status < CLIENT_GONE;
    if (isSettled) return;
    runtime.defer("review-sessions", async () => {
      isSettled = (await look()) && status < 400;
      if (!isSettled && runtime.outlivesClients) lookAgain();
    });
  };
}
