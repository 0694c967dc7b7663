import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface UnreadFlood {
  readonly port: number;
  /** The attacker's own address on loopback, which tells it from its victims: `127.0.0.2`. */
  readonly from: string;
  readonly connections: number;
  /** What each connection sends at once. */
  readonly bytes: string;
}

/** Opens connections that send requests and read nothing of the answers. @returns how to end it */
export async function floodUnread(flood: UnreadFlood): Promise<() => void> {
  const { bytes, connections, from, port } = flood;
  const sockets = Array.from({ length: connections }, () => {
    const socket: Socket = connect({ host: "127.0.0.1", port, localAddress: from });
    // That it is cut off is what the gateway may do.
    socket.on("error", () => undefined);
    return socket.pause();
  });
  await Promise.all(
    sockets.map(async (socket) => {
      await Promise.race([once(socket, "connect"), once(socket, "close")]);
      socket.write(bytes);
    }),
  );
  return () => {
    for (const socket of sockets) socket.destroy();
  };
}

export const requestsFor = (path: string, times: number): string =>
  `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(times);

/** How long each of some requests takes, one after the other, in ms; Infinity: longer than `most`. */
export async function latenciesOf(url: string, times: number, most: number): Promise<number[]> {
  const all: number[] = [];
  for (let n = 0; n < times; n++) {
    const startedAt = performance.now();
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(most) });
      await answer.arrayBuffer();
      all.push(answer.status === 200 ? performance.now() - startedAt : Number.POSITIVE_INFINITY);
    } catch {
      all.push(Number.POSITIVE_INFINITY);
    }
  }
  return all.sort((a, b) => a - b);
}
