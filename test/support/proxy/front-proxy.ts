import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../stores/redis-server.ts";

export type FrontProxy = "nginx" | "caddy";

/** Why the proxy cannot be started here, or null. */
export function frontProxyMissing(name: FrontProxy): string | null {
  try {
    execFileSync(name, [name === "nginx" ? "-v" : "version"], { stdio: "ignore" });
    return null;
  } catch {
    return `no ${name} on the PATH (apt-get install ${name})`;
  }
}

export interface FrontPlaces {
  readonly gatewayPort: number;
  readonly backendUrl: string;
  readonly secret: string;
}

/** The proxy's configuration as docs/forward-auth.md prints it, with the places of this test. */
function documented(language: string, port: number, places: FrontPlaces): string {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/forward-auth.md"), "utf8");
  const [, block = ""] =
    new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, "m").exec(page) ?? [];
  return block
    .replaceAll("127.0.0.1:8787", `127.0.0.1:${places.gatewayPort}`)
    .replaceAll("127.0.0.1:9885", new URL(places.backendUrl).host)
    .replaceAll("FORWARD_AUTH_SECRET", places.secret)
    .replace("listen 80;", `listen 127.0.0.1:${port};`)
    .replace(/^:80 \{/m, `http://127.0.0.1:${port} {\n\tbind 127.0.0.1`);
}

/** Starts the proxy of the document on a free port; `stop` ends it by process id. */
export async function startFrontProxy(
  name: FrontProxy,
  places: FrontPlaces,
): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "doorstep-front-"));
  const port = await freePort();
  const text = documented(name, port, places);
  const [file, args] = name === "nginx" ? nginxFiles(folder, text) : caddyFiles(folder, text);
  writeFileSync(file, args.text);
  const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  const child = spawn(name, args.line, { stdio: "ignore", env });
  let isOver = false;
  child.once("exit", () => {
    isOver = true;
  });
  for (let tries = 0; tries < 200; tries++) {
    if (await fetch(`http://127.0.0.1:${port}/`).catch(() => null)) break;
    if (isOver) throw new Error(`${name} did not start`);
    await sleep(50);
  }
  return {
    port,
    async stop() {
      if (!isOver) {
        child.kill("SIGTERM");
        await once(child, "exit");
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function nginxFiles(folder: string, block: string) {
  const kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const temporary = kinds.map((kind) => `${kind}_temp_path ${join(folder, kind)};`).join(" ");
  const http = block.replace("/dev/shm/doorstep", join(folder, "cache"));
  const file = join(folder, "nginx.conf");
  // Its worker would be nobody, who may not write into this folder.
  const user = process.getuid?.() === 0 ? "user root;" : "";
  const text = `${user} daemon off; worker_processes 1; pid ${join(folder, "nginx.pid")}; error_log stderr crit;
events { worker_connections 512; }
http { access_log off; ${temporary}
${http}
}
`;
  return [file, { text, line: ["-p", folder, "-c", file, "-e", "stderr"] }] as const;
}

function caddyFiles(folder: string, block: string) {
  const file = join(folder, "Caddyfile");
  const text = `{\n\tadmin off\n\tauto_https off\n}\n${block}`;
  return [file, { text, line: ["run", "--config", file, "--adapter", "caddyfile"] }] as const;
}
