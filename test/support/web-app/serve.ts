import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

const TYPES = { html: "text/html", js: "text/javascript" };
const FILES: Readonly<Record<string, string>> = {
  "/": "index.html",
  "/app.js": "app.js",
  "/sw.js": "sw.js",
};

export interface WebApp {
  readonly origin: string;
  /** From now on `/api` of this origin is the gateway's, as where one proxy serves both. */
  forwardTo(port: number): void;
  stop(): Promise<void>;
}

/** The old web app on an origin of its own: another port is another origin. */
export async function serveWebApp(): Promise<WebApp> {
  let gateway: number | null = null;
  const server = createServer((incoming, response) => {
    const { pathname } = new URL(incoming.url ?? "/", "http://localhost");
    if (gateway !== null && pathname.startsWith("/api/")) return pass(incoming, response, gateway);
    const name = FILES[pathname];
    if (name === undefined) {
      response.writeHead(404).end();
      return;
    }
    const type = TYPES[name.endsWith(".html") ? "html" : "js"];
    response.writeHead(200, { "Content-Type": type });
    response.end(readFileSync(join(import.meta.dirname, name)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://localhost:${port}`,
    forwardTo(to) {
      gateway = to;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function pass(incoming: IncomingMessage, response: ServerResponse, port: number): void {
  const { headers, method, url: path } = incoming;
  const sent = request({ host: "127.0.0.1", port, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  sent.on("error", () => response.destroy());
  incoming.pipe(sent);
}
