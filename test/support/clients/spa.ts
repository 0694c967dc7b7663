import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

const LIBRARY = join(
  import.meta.dirname,
  "../../../node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js",
);

export interface SinglePageApp {
  readonly origin: string;
  /** From now on the app logs in at this gateway. */
  logInAt(issuer: string): void;
  stop(): Promise<void>;
}

/** A page with oidc-client-ts, on an origin of its own: another port is another origin. */
export async function serveSinglePageApp(): Promise<SinglePageApp> {
  let authority = "";
  const server = createServer((incoming, response) => {
    const isScript = incoming.url === "/oidc-client-ts.js";
    response.writeHead(200, { "Content-Type": isScript ? "text/javascript" : "text/html" });
    response.end(isScript ? readFileSync(LIBRARY) : pageFor(authority));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://localhost:${port}`,
    logInAt(issuer) {
      authority = issuer;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const pageFor = (authority: string): string => `<!doctype html><title>app</title>
<link rel="icon" href="data:,">
<script src="/oidc-client-ts.js"></script>
<script>
const manager = new oidc.UserManager({
  authority: "${authority}",
  client_id: "spa",
  redirect_uri: location.origin + "/callback",
  post_logout_redirect_uri: location.origin + "/bye",
  scope: "openid profile phone",
  loadUserInfo: true,
});
if (location.pathname === "/callback") {
  manager.signinCallback().then((user) => { window.user = user; }, (error) => { window.user = String(error); });
}
</script>`;
