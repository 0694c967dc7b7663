import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { start } from "../process.ts";

/** Why nginx cannot be measured here, or null. */
export function nginxMissing(): string | null {
  try {
    execFileSync("nginx", ["-v"], { stdio: "ignore" });
    return null;
  } catch {
    return "no nginx on the PATH";
  }
}

/** One worker, as every other program has one thread. @param verifier is asked by `auth_request` */
export async function startNginx(
  folder: string,
  upstream: string,
  verifier: string | null,
): Promise<{ readonly url: string; readonly pid: number }> {
  const port = await freePort();
  const name = verifier === null ? "pass" : "auth";
  const file = join(folder, `nginx-${name}.conf`);
  writeFileSync(file, configuration(folder, name, port, upstream, verifier));
  const { child } = start("nginx", ["-p", folder, "-c", file, "-e", "stderr"]);
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 100; tries++) {
    if (await fetch(url).catch(() => null)) return { url, pid: child.pid ?? 0 };
    await sleep(50);
  }
  throw new Error("nginx did not start");
}

function configuration(
  folder: string,
  name: string,
  port: number,
  upstream: string,
  verifier: string | null,
): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (kind) => `${kind}_temp_path ${join(folder, `${name}-${kind}`)};`,
  );
  const keepAlive = 'proxy_http_version 1.1; proxy_set_header Connection "";';
  const hostOf = (address: string) => new URL(address).host;
  return `
daemon off; worker_processes 1; pid ${join(folder, `${name}.pid`)}; error_log stderr crit;
events { worker_connections 1024; }
http {
  access_log off; ${temporary.join(" ")}
  upstream backend { server ${hostOf(upstream)}; keepalive 256; }
  ${verifier === null ? "" : `upstream verifier { server ${hostOf(verifier)}; keepalive 256; }`}
  server {
    listen 127.0.0.1:${port}; keepalive_requests 1000000000;
    location / {
      ${verifier === null ? "" : "auth_request /verify;"}
      ${keepAlive} proxy_pass http://backend;
    }
    ${verifier === null ? "" : `location = /verify { internal; proxy_pass_request_body off; ${keepAlive} proxy_pass http://verifier; }`}
  }
}
`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
