import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { build } from "esbuild";

const ROOT = join(import.meta.dirname, "../../..");
const EXAMPLE = join(ROOT, "test/support/clients/doorstep-app.js");
const OLD_APP = join(ROOT, "docs/clients/patches/web-app");

export interface ClientApps {
  readonly origin: string;
  /** From now on the apps use this gateway. */
  useGateway(url: string): Promise<void>;
  stop(): Promise<void>;
}

/** Puts the module's names, and a client with the storage that the address names, into `window`. */
const BARE = `
import * as client from "doorstep/client";
const storage = new URLSearchParams(location.search).get("storage") || "local";
const doorstep = client.createDoorstep({ url: GATEWAY, storage });
const heard = [];
doorstep.onChange((signedIn) => heard.push(signedIn && signedIn.user.name));
Object.assign(window, { client, doorstep, heard, GATEWAY });
`;

/** The root of the old web app, as docs/clients/patches/web-app/app.diff leaves it. */
const OLD_ROOT = `
import { useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { call } from "./api.js";
import { currentUser, doorstep, logOut } from "./doorstep.js";
import { LoginPage } from "./LoginPage.jsx";

function App() {
  const [user, setUser] = useState(null);
  useEffect(() => {
    const read = () => currentUser().then(setUser);
    read();
    // A log-out in another tab, and a session that staff ended, arrive here.
    return doorstep.onChange(read);
  }, []);
  const leave = () => logOut().then(() => setUser(null));
  if (user === null) return <LoginPage onLogin={setUser} />;
  return <main><h1>{user.name}</h1><button id="leave" onClick={leave}>Log out</button></main>;
}
createRoot(document.querySelector("#root")).render(<App />);
Object.assign(window, { call });
`;

/** Apps with doorstep/client, built by esbuild, on an origin of their own. */
export async function serveClientApps(): Promise<ClientApps> {
  let scripts: Readonly<Record<string, string>> = {};
  const server = createServer((incoming, response) => {
    const [path = ""] = (incoming.url ?? "").split("?");
    const script = scripts[path];
    const type = script === undefined ? "text/html" : "text/javascript";
    response.writeHead(200, { "Content-Type": `${type}; charset=utf-8` });
    response.end(script ?? PAGES[path] ?? PAGES["/"]);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://localhost:${port}`,
    async useGateway(url) {
      const [app, bare, old] = await Promise.all([
        bundled({ entryPoints: [EXAMPLE] }, url),
        bundled({ stdin: { contents: BARE, resolveDir: ROOT } }, url),
        bundled({ stdin: { contents: OLD_ROOT, resolveDir: OLD_APP, loader: "jsx" } }, url),
      ]);
      scripts = { "/app.js": app, "/bare.js": bare, "/old.js": old };
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function bundled(what: Parameters<typeof build>[0], url: string): Promise<string> {
  const built = await build({
    ...what,
    bundle: true,
    write: false,
    format: "esm",
    jsx: "automatic",
    define: {
      GATEWAY: JSON.stringify(url),
      "import.meta.env": JSON.stringify({ VITE_GATEWAY: url }),
      "process.env.NODE_ENV": '"production"',
    },
    alias: { "doorstep/client": join(ROOT, "src/client/doorstep-client.ts") },
  });
  return built.outputFiles?.[0]?.text ?? "";
}

const bodyOf = (script: string, body: string): string =>
  `<!doctype html><title>app</title><link rel="icon" href="data:,"><body>${body}<script type="module" src="${script}"></script>`;

const FORM = `
<input id="phone"><button id="ask">Send the code</button>
<input id="code" autocomplete="one-time-code"><button id="verify">Log in</button>
<p id="said"></p><p id="who"></p>
<button id="sign-in">Sign in</button><button id="sign-out">Sign out</button><button id="leave">Leave</button>`;

const PAGES: Readonly<Record<string, string>> = {
  "/": bodyOf("/app.js", FORM),
  "/bare": bodyOf("/bare.js", ""),
  "/old": bodyOf("/old.js", '<div id="root"></div>'),
};
