import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

const TYPES = { html: "text/html", js: "text/javascript" };
const FILES: Readonly<Record<string, string>> = {
  "/": "index.html",
  "/app.js": "app.js",
  "/sw.js": "sw.js",
};

/** The old web app on an origin of its own: another port is another origin. */
export async function serveWebApp(): Promise<{ readonly origin: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    const name = FILES[new URL(request.url ?? "/", "http://localhost").pathname];
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
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
