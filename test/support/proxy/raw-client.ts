import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Speaks to a port byte by byte, as no HTTP library would. */
export interface RawClient {
  write(text: string | Uint8Array): void;
  /** All that came so far. */
  received(): string;
  /** Waits until what came contains the text; throws where the other side hangs up before. */
  until(text: string): Promise<string>;
  /** Waits until the other side hangs up, and gives all that came. */
  untilClosed(): Promise<string>;
  /** Takes nothing more of what comes. */
  pause(): void;
  /** Takes what comes again. */
  resume(): void;
  destroy(): void;
}

export async function rawClient({ port }: { readonly port: number }): Promise<RawClient> {
  const socket: Socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  let text = "";
  let closed = false;
  const changed = new EventTarget();
  const change = () => changed.dispatchEvent(new Event("change"));
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    change();
  });
  // A reset is a way to hang up; what came before it stands.
  socket.on("error", () => undefined);
  socket.on("close", () => {
    closed = true;
    change();
  });
  const when = async (done: () => boolean) => {
    while (!done()) await once(changed, "change");
    return text;
  };
  return {
    write: (bytes) => void socket.write(bytes),
    received: () => text,
    async until(wanted) {
      await when(() => closed || text.includes(wanted));
      if (!text.includes(wanted)) throw new Error(`hung up after: ${text}`);
      return text;
    },
    untilClosed: () => when(() => closed),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    destroy: () => void socket.destroy(),
  };
}

/** One raw request to its end: the server must answer and hang up, or `Connection: close` asked. */
export async function rawExchange(to: { readonly port: number }, bytes: string): Promise<string> {
  const client = await rawClient(to);
  client.write(bytes);
  const answer = await client.untilClosed();
  client.destroy();
  return answer;
}
