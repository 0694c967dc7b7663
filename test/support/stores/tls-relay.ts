import { once } from "node:events";
import { connect as tcpConnect } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import type { TlsIdentity } from "./test-ca.ts";

/** TLS in front of a server that speaks none. */
export interface TlsRelay {
  readonly port: number;
  /** Cuts what is open; who connects anew is served. */
  cut(): void;
  close(): Promise<void>;
}

export async function tlsRelay(targetPort: number, identity: TlsIdentity): Promise<TlsRelay> {
  const open = new Set<TLSSocket>();
  const server = createServer({ ...identity }, (near) => {
    const far = tcpConnect(targetPort, "127.0.0.1");
    open.add(near);
    near.pipe(far).pipe(near);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.on("error", () => undefined);
      socket.on("close", () => other.destroy());
    }
    near.on("close", () => open.delete(near));
  });
  // Whoever does not trust the certificate hangs up.
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    port: address.port,
    cut,
    async close() {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
