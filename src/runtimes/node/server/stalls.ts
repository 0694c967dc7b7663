import type { Connections } from "./connections.ts";
import { refuse, type Unread } from "./unread.ts";

/**
 * One timer for all connections: cuts off clients that stall in the midst of a body, and, where
 * places run out, those that read nothing of their answers.
 */
export function watchClients(connections: Connections, unread: () => Unread): NodeJS.Timeout {
  let last = performance.now();
  const sweep = () => {
    const now = performance.now();
    const elapsedMs = now - last;
    last = now;
    const { stallMs } = connections.shared.bounds;
    for (const connection of connections.all) {
      const { latest, upload } = connection;
      if (!upload.isStalled(latest, elapsedMs, stallMs) || latest === undefined) continue;
      // After an answer that has begun, no error can be sent.
      if (connection.underWay > 1 || latest.outgoing.headersSent) connection.socket.destroy();
      else void refuse({ reason: "request-timeout" }, latest, "stalled", unread());
    }
    connections.relieve(now);
  };
  return setInterval(sweep, connections.shared.bounds.sweepMs).unref();
}
