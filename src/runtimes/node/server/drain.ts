import { once } from "node:events";
import type { Server } from "node:http";
import type { Connections } from "./connections.ts";

function leave({ all, shared }: Connections): void {
  shared.isLeaving = true;
  for (const connection of all) connection.retire();
}

async function stop(server: Server, connections: Connections, ms: number): Promise<number> {
  leave(connections);
  const { shared } = connections;
  shared.isClosed = true;
  const closed = once(server, "close");
  server.close();
  if (shared.unanswered > 0) await idleWithin(connections, ms);
  const { unanswered } = shared;
  // Not `close` alone: it waits for connections that never sent a byte, as browsers open them.
  server.closeAllConnections();
  await closed;
  return unanswered;
}

/** The timer holds the process: without it Node would end while only a promise is left. */
function idleWithin({ shared }: Connections, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    shared.onIdle = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

/** How a server stops: it announces the end, then accepts nothing new, then ends. */
export const drain = { leave, stop };
