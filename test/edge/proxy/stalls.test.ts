import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { defaultData } from "../../support/legacy-backend/data.ts";
import { type LegacyBackend, startLegacyBackend } from "../../support/legacy-backend/start.ts";
import { member } from "../../support/proxy/proxied-callers.ts";
import { askPort, logInCustomer, OWN_PHONE } from "../../support/proxy/proxied-world.ts";
import { rawClient } from "../../support/proxy/raw-client.ts";
import { describeEdge, type EdgePlace, openPlace, withoutSearch } from "../edge-place.ts";

const FIVE = [1, 2, 3, 4, 5];
const STALL_MS = 10_000;
/** Timers come late where much else runs. */
const REST_MS = 5_000;
/** More than all buffers on the way hold. */
const LARGE = 40_000_000;
const READABLE = 200_000;

describeEdge("a client of the built Worker that stalls", () => {
  let place: EdgePlace;
  let legacy: LegacyBackend;
  let customer: string;
  let staff: string;
  /** Long answers that have left the backend: the harness reads them all, whatever the client reads. */
  let sentWhole = 0;
  const backend = createServer((incoming, outgoing) => {
    incoming.resume();
    if (incoming.url !== "/api/orders/" && incoming.url !== "/api/orders/small") return;
    const length = incoming.url === "/api/orders/" ? LARGE : READABLE;
    outgoing.writeHead(200, { "content-type": "application/octet-stream" });
    let sent = 0;
    const more = () => {
      while (sent < length) {
        const chunk = Buffer.alloc(Math.min(64_000, length - sent), "x");
        sent += chunk.length;
        if (!outgoing.write(chunk)) return;
      }
      outgoing.end(() => {
        if (length === LARGE) sentWhole++;
      });
    };
    outgoing.on("drain", more);
    more();
  });

  beforeAll(async () => {
    legacy = await startLegacyBackend();
    backend.listen(0, "127.0.0.1");
    await once(backend, "listening");
    const { port } = backend.address() as AddressInfo;
    place = await openPlace({
      env: {
        LEGACY_UPSTREAM_URL: `http://127.0.0.1:${port}`,
        LEGACY_JWT_SECRET: legacy.secret,
        // Whatever the backend may take: a client is no backend.
        PROXY_TIMEOUT: "5m",
      },
    });
    const { customers_v2, users } = defaultData();
    await place.mongo.put("users", users);
    await place.mongo.put("customers_v2", customers_v2);
    customer = `Bearer ${await logInCustomer(withoutSearch(place), OWN_PHONE)}`;
    const world = { backend: legacy } as Parameters<typeof member>[0];
    staff = (await member(world, "admin")).authorization ?? "";
  });
  afterAll(async () => {
    await place.stop();
    backend.closeAllConnections();
    backend.close();
    await legacy.stop();
  });

  const port = () => Number(new URL(place.worker.url).port);

  /** A client that asks and takes only the head. */
  async function unread(path: string) {
    const at = { host: "127.0.0.1", port: port(), path, headers: { authorization: customer } };
    const sent = request({ ...at, agent: false }).end();
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    answer.pause();
    return answer;
  }

  // Each waits a limit out, so they wait together.
  it.concurrent("and reads nothing of a long answer is let go, whatever PROXY_TIMEOUT", async () => {
    const answers = await Promise.all(FIVE.map(() => unread("/api/orders/")));
    await expect.poll(() => sentWhole, { timeout: 30_000, interval: 50 }).toBe(FIVE.length);
    // The ten seconds begin here: before, the gateway itself may have waited for bytes, which takes
    // long where much else runs. Who reads nothing is not told of an end: what follows shows it.
    await sleep(STALL_MS + REST_MS);
    const ends = answers.map(async (answer) => {
      let taken = 0;
      answer.on("data", (chunk: Buffer) => {
        taken += chunk.length;
      });
      answer.resume();
      const end = await once(answer, "end").then(
        () => "whole",
        () => "broken off",
      );
      console.log(`an unread answer: ${(taken / 1e6).toFixed(1)} MB were on the way`);
      return [end, taken < LARGE];
    });
    expect(await Promise.all(ends)).toEqual(FIVE.map(() => ["broken off", true]));
  }, 60_000);

  it.concurrent("in the midst of its body is told so: at own routes, where it is judged, and where it streams", async () => {
    const head = (path: string, by: string) =>
      `POST ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: ${by}\r\n` +
      "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{";
    const routes = [
      ["/auth/otp", customer],
      ["/auth/token", customer],
      ["/api/auth/login", customer],
      ["/api/orders/", customer],
      ["/api/phase0-v2/upload-image", staff],
    ] as const;
    const beganAt = performance.now();
    const told = await Promise.all(
      routes.map(async ([path, by]) => {
        const client = await rawClient({ port: port() });
        client.write(head(path, by));
        const answer = await client.until("request-timeout");
        client.destroy();
        return [path, answer.split("\r\n")[0]];
      }),
    );
    console.log(`five stalled bodies: told after ${Math.round(performance.now() - beganAt)} ms`);
    expect(told).toEqual(routes.map(([path]) => [path, expect.stringContaining(" 408 ")]));
    const healthy = await askPort(port(), { method: "GET", target: "/healthz" });
    expect(healthy.status).toBe(200);
  }, 60_000);

  it("and reads slowly gets all of an answer", async () => {
    const answer = await unread("/api/orders/small");
    let taken = 0;
    for await (const chunk of answer) {
      taken += (chunk as Buffer).length;
      await sleep(100);
    }
    expect(taken).toBe(READABLE);
  });
});
