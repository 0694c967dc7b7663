import { expect, it, onTestFinished } from "vitest";
import { startLegacyBackend } from "../../support/legacy-backend/start.ts";
import { startProxied } from "../../support/proxy/proxied-process.ts";
import { askPort } from "../../support/proxy/proxied-world.ts";
import { rawClient } from "../../support/proxy/raw-client.ts";

const CHUNKS = 20;

it("a backend that goes away is 502 until it is back, and SIGTERM lets a long answer end", async () => {
  const { backend, gateway, token } = await startProxied({}, onTestFinished);
  const headers = [["authorization", `Bearer ${token}`] as const];
  const orders = () => askPort(gateway.port, { method: "GET", target: "/api/orders/", headers });
  expect((await orders()).status).toBe(200);
  await backend.stop();
  const down = await orders();
  expect([down.status, down.code]).toEqual([502, "upstream-unreachable"]);
  expect(down.text).not.toContain(`${backend.port}`);
  const { port, secret } = backend;
  const back = await startLegacyBackend({ port, secret });
  onTestFinished(() => back.stop());
  expect((await orders()).status).toBe(200);

  const client = await rawClient(gateway);
  client.write(
    `GET /__test/drip?chunks=${CHUNKS}&ms=50&bytes=3 HTTP/1.1\r\nHost: localhost\r\n` +
      `Authorization: Bearer ${token}\r\n\r\n`,
  );
  await client.until("...");
  const ended = gateway.end("SIGTERM");
  const answer = await client.untilClosed();
  expect(answer.match(/\.\.\./g)).toHaveLength(CHUNKS);
  expect(answer.endsWith("0\r\n\r\n")).toBe(true);
  expect(await ended).toMatchObject({ code: 0, signal: null });
  expect(gateway.log().at(-1)).toMatchObject({ event: "stopped", unanswered: 0 });
});
