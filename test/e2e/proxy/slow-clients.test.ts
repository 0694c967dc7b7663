import { setTimeout as sleep } from "node:timers/promises";
import { describe, it, type TestContext } from "vitest";
import { send } from "../../support/gateway/gateway-client.ts";
import { startGateway, temporaryFolder } from "../../support/gateway/gateway-process.ts";
import { startProxied } from "../../support/proxy/proxied-process.ts";
import { rawClient } from "../../support/proxy/raw-client.ts";

/** A gateway, and a client that owes it a body. */
async function beginBody(onTestFinished: TestContext["onTestFinished"]) {
  const gateway = await startGateway(temporaryFolder(onTestFinished), {}, onTestFinished);
  const client = await rawClient(gateway);
  client.write(
    "POST /auth/otp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
      "Content-Length: 20\r\nExpect: 100-continue\r\n\r\n",
  );
  await client.until("100 Continue");
  return { client, gateway };
}

/** Each waits out a limit of some ten seconds, so they wait together. */
describe.concurrent("a client that takes its time", () => {
  it("a client that takes its time with the head of a request is cut off, while others are served", async ({
    expect,
    onTestFinished,
  }) => {
    const gateway = await startGateway(temporaryFolder(onTestFinished), {}, onTestFinished);
    const startedAt = performance.now();
    const loris = await rawClient(gateway);
    loris.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n");
    const silent = await rawClient(gateway);
    // A byte every half second would hold a connection for ever, if a pause were all that counts.
    const drip = setInterval(() => loris.write("X: y\r\n"), 500);
    onTestFinished(() => clearInterval(drip));
    await sleep(1000);
    expect((await send(gateway, "GET", "/healthz")).status).toBe(200);
    expect(await loris.untilClosed()).toMatch(/^HTTP\/1.1 408 /);
    await silent.untilClosed();
    expect(performance.now() - startedAt).toBeLessThan(16_000);
    expect((await send(gateway, "GET", "/healthz")).status).toBe(200);
  }, 40_000);

  it("a client that takes its time with a body does not hold up a shutdown beyond ten seconds", async ({
    expect,
    onTestFinished,
  }) => {
    const { client, gateway } = await beginBody(onTestFinished);
    const ended = await gateway.end("SIGTERM");
    expect(ended).toMatchObject({ code: 0, signal: null });
    expect(ended.ms).toBeGreaterThan(8_000);
    // The process ends itself after 9.7 s; what is beyond that is a busy machine.
    expect(ended.ms).toBeLessThan(12_000);
    await client.untilClosed();
    expect(gateway.log().at(-1)).toMatchObject({ event: "stopped", level: "warn", unanswered: 1 });
  }, 40_000);

  it("a client that takes its time with the rest of its body is told so, at own routes and at the backend's", async ({
    expect,
    onTestFinished,
  }) => {
    const { backend, gateway, token } = await startProxied({}, onTestFinished);
    const head = (path: string) =>
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:3000\r\n` +
      `Authorization: Bearer ${token}\r\nContent-Type: application/json\r\n` +
      "Content-Length: 1000\r\n\r\n{";
    const answers = await Promise.all(
      ["/auth/otp", "/__test/upload"].map(async (path) => {
        const client = await rawClient(gateway);
        client.write(head(path));
        return client.untilClosed();
      }),
    );
    for (const answer of answers) {
      expect(answer).toMatch(/^HTTP\/1\.1 408 /);
      expect(answer).toMatch(/access-control-allow-origin: http:\/\/localhost:3000/i);
      expect(answer).toContain('"code":"request-timeout"');
    }
    expect(backend.received.every(({ body }) => body.length < 100)).toBe(true);
  }, 40_000);

  it("a client that takes its time with a body of 2 MB at 50 kB/s arrives whole", async ({
    expect,
    onTestFinished,
  }) => {
    const { gateway, token } = await startProxied({}, onTestFinished);
    const client = await rawClient(gateway);
    const [size, part] = [2_000_000, 12_500];
    client.write(
      `POST /__test/upload HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n` +
        `Content-Length: ${size}\r\nConnection: close\r\n\r\n`,
    );
    for (let sent = 0; sent < size; sent += part) {
      client.write("x".repeat(part));
      await sleep(250);
    }
    expect(await client.untilClosed()).toMatch(/^HTTP\/1\.1 200 [\s\S]*"bytes":2000000/);
  }, 80_000);

  it("a client that takes its time is not waited for where a second signal asks", async ({
    expect,
    onTestFinished,
  }) => {
    const { gateway } = await beginBody(onTestFinished);
    const first = gateway.end("SIGINT");
    await sleep(300);
    await gateway.end("SIGINT");
    expect((await first).ms).toBeLessThan(5_000);
    expect(await first).toMatchObject({ signal: "SIGINT" });
  }, 40_000);
});
