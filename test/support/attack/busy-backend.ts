import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface BusyBackend {
  readonly url: string;
  /** Requests whose answers are not out yet, now and at most so far. */
  inUse(): { readonly now: number; readonly most: number };
  /** Connections that are open to it, whatever is on them. */
  connections(): number;
  stop(): Promise<void>;
}

/** What any page of the shop asks for. */
const PRODUCTS = "x".repeat(97 * 1024);
/** More than all the system's buffers on the way take. */
const HUGE = Buffer.alloc(64 * 1024 * 1024, "x");
/** A backend thinks before it answers. */
const THINKS_MS = 20;

/** A backend of three public answers: `/products` of 97 KB, `/huge` of 64 MB, and a small one. */
export async function startBusyBackend(): Promise<BusyBackend> {
  let [now, most] = [0, 0];
  const server = createServer((incoming, outgoing) => {
    now++;
    most = Math.max(most, now);
    outgoing.once("close", () => now--);
    const body = { "/products": PRODUCTS, "/huge": HUGE }[incoming.url ?? ""] ?? "small";
    setTimeout(() => outgoing.end(body), THINKS_MS);
  });
  let open = 0;
  server.on("connection", (socket) => {
    open++;
    socket.once("close", () => open--);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    inUse: () => ({ now, most }),
    connections: () => open,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Everybody may ask for all of them. */
export const BUSY_POLICY = {
  rules: ["/products", "/huge", "/small"].map((path) => ({
    match: `GET ${path}`,
    allow: "public",
  })),
};
