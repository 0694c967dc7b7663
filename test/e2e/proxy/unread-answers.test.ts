import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { send } from "../../support/gateway/gateway-client.ts";
import {
  type GatewayProcess,
  sharedGateway,
  startGateway,
  temporaryFolder,
} from "../../support/gateway/gateway-process.ts";
import { rawClient } from "../../support/proxy/raw-client.ts";

const REQUESTS = 1_500;
const CONNECTIONS = 4;
const SETTLED_MS = 5_000;
const MOST_GROWTH_MB = 50;

const GET = "GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n";

/** Resident memory of the gateway's own process. */
function residentMb({ pid }: GatewayProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

describe("answers that nobody reads", () => {
  it("answers that nobody reads take 50 MB at most, of 6,000 requests on four connections", async () => {
    const gateway = await startGateway(temporaryFolder());
    // What a gateway takes for itself once it is warm is not the attack's.
    for (let n = 0; n < 200; n++) await send(gateway, "GET", "/openapi.json");
    const before = residentMb(gateway);
    const clients = await Promise.all(
      Array.from({ length: CONNECTIONS }, () => rawClient(gateway)),
    );
    onTestFinished(() => {
      for (const client of clients) client.destroy();
    });
    for (const client of clients) {
      client.pause();
      client.write(GET.repeat(REQUESTS));
    }
    await sleep(SETTLED_MS);
    const grown = residentMb(gateway) - before;
    console.log(`${CONNECTIONS} x ${REQUESTS} unread answers: +${Math.round(grown)} MB`);
    expect(grown).toBeLessThan(MOST_GROWTH_MB);
    expect((await send(gateway, "GET", "/healthz")).status).toBe(200);
  }, 40_000);
});

describe("requests that are sent one behind the other", () => {
  const gateway = sharedGateway();
  const count = (text: string) => text.match(/HTTP\/1\.1 200 /g)?.length ?? 0;

  it("requests that are sent one behind the other are all answered, in their order, where there are 32", async () => {
    const client = await rawClient(gateway());
    const get = (path: string, more = "") => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
    const paths = Array.from({ length: 31 }, (_, n) => (n % 2 === 0 ? "/healthz" : "/readyz"));
    client.write(
      paths.map((path) => get(path)).join("") + get("/healthz", "Connection: close\r\n"),
    );
    const text = await client.untilClosed();
    expect(count(text)).toBe(32);
    const order = [...text.matchAll(/"status":"(\w+)"/g)].map(([, word]) => word);
    expect(order).toEqual(
      [...paths, "/healthz"].map((path) => (path === "/healthz" ? "ok" : "ready")),
    );
  });

  it("requests that are sent one behind the other end the connection after 32 where there are more, and the last answer says so", async () => {
    const client = await rawClient(gateway());
    client.write("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n".repeat(200));
    const text = await client.untilClosed();
    expect(count(text)).toBe(32);
    expect(text.match(/connection: close/gi)).toHaveLength(1);
    expect(text.slice(text.lastIndexOf("HTTP/1.1"))).toMatch(/connection: close/i);
  });

  it("requests that are sent one behind the other go on where they come one after the other, on a connection of any length", async () => {
    const client = await rawClient(gateway());
    for (let n = 1; n <= 100; n++) {
      client.write("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
      await expect.poll(() => count(client.received()), { interval: 2 }).toBe(n);
    }
    client.destroy();
  });
});
