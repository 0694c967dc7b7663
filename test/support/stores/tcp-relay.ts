import { once } from "node:events";
import { createServer, type Server, type Socket, connect as tcpConnect } from "node:net";

/** A TCP relay in front of a server, to take the server away in the ways that networks do. */
export interface TcpRelay {
  readonly port: number;
  /** Nobody listens any longer; what was open is cut. */
  refuse(): Promise<void>;
  /** What is open is cut, and so is whatever connects, as soon as it does. */
  cut(): void;
  /** Everybody may connect and write; nothing is passed on, and nothing is lost. */
  stall(): void;
  /** What is open goes silent for good, without an end; who connects from now on is served. */
  stallOpen(): void;
  /** What is asked reaches the server; its answers stay here. */
  mute(): void;
  /** Serves again, on the same port. What was stalled goes on where it stood. */
  resume(): Promise<void>;
  close(): Promise<void>;
}

type State = "serving" | "refusing" | "cutting" | "stalled" | "muted";
interface Pair {
  readonly near: Socket;
  readonly far: Socket;
}

const HOST = "127.0.0.1";

export async function tcpRelay(targetPort: number): Promise<TcpRelay> {
  let state: State = "serving";
  const pairs = new Set<Pair>();
  const server = createServer((near) => {
    if (state === "cutting") {
      near.resetAndDestroy();
      return;
    }
    const pair = { near, far: tcpConnect(targetPort, HOST) };
    pairs.add(pair);
    for (const [from, to] of bothWays(pair)) {
      from.on("data", (chunk) => to.write(chunk));
      from.on("error", () => undefined);
      from.on("close", () => {
        pairs.delete(pair);
        to.destroy();
      });
    }
    hold(pair, state);
  });
  const port = await listen(server, 0);
  const destroyAll = () => {
    for (const { near, far } of pairs) {
      near.resetAndDestroy();
      far.destroy();
    }
  };
  const refuse = async () => {
    state = "refusing";
    destroyAll();
    if (server.listening) await closed(server);
  };
  return {
    port,
    refuse,
    cut() {
      state = "cutting";
      destroyAll();
    },
    stall() {
      state = "stalled";
      for (const pair of pairs) hold(pair, state);
    },
    stallOpen() {
      for (const pair of pairs) hold(pair, "stalled");
    },
    mute() {
      state = "muted";
      for (const pair of pairs) hold(pair, state);
    },
    async resume() {
      state = "serving";
      if (!server.listening) await listen(server, port);
      for (const socket of [...pairs].flatMap(({ near, far }) => [near, far])) socket.resume();
    },
    close: refuse,
  };
}

function hold({ near, far }: Pair, state: State): void {
  if (state === "stalled") near.pause();
  if (state === "stalled" || state === "muted") far.pause();
}

const bothWays = ({ near, far }: Pair) =>
  [
    [near, far],
    [far, near],
  ] as const;

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, HOST);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function closed(server: Server): Promise<void> {
  const gone = once(server, "close");
  server.close();
  await gone;
}
