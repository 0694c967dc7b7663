import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import {
  type GatewayProcess,
  startGateway,
  temporaryFolder,
} from "../../support/gateway/gateway-process.ts";
import { startReadinessBalancer } from "../../support/gateway/readiness-balancer.ts";

const CLIENTS = 6;
const SETTINGS = { DRAIN_DELAY: "1s" };

/** Asks without a pause until it is told to stop. @returns what did not end in a good answer */
function askOn(url: string) {
  const failed: string[] = [];
  let [asked, isOver] = [0, false];
  const clients = Array.from({ length: CLIENTS }, async (_, n) => {
    while (!isOver) {
      asked++;
      const isLogin = n === 0;
      const body = JSON.stringify({ phone: "9876500001" });
      const headers = { "content-type": "application/json" };
      try {
        const response = await (isLogin
          ? fetch(`${url}/auth/otp`, { method: "POST", body, headers })
          : fetch(`${url}/.well-known/jwks.json`));
        await response.text();
        if (!(isLogin ? [202, 429] : [200]).includes(response.status))
          failed.push(`${response.status}`);
      } catch (error) {
        failed.push(String((error as Error).cause ?? error));
      }
      await sleep(isLogin ? 50 : 2);
    }
  });
  return {
    asked: () => asked,
    async stop() {
      isOver = true;
      await Promise.all(clients);
      return failed;
    },
  };
}

it("a rolling restart of two gateways behind a balancer loses no request", async () => {
  const start = () => startGateway(temporaryFolder(), SETTINGS);
  const balancer = await startReadinessBalancer();
  onTestFinished(() => balancer.stop());
  let running: readonly GatewayProcess[] = await Promise.all([start(), start()]);
  balancer.watch(running);
  await balancer.until(running);
  const traffic = askOn(balancer.url);
  for (const old of running) {
    const before = traffic.asked();
    const ended = old.end("SIGTERM");
    await balancer.until(running.filter((one) => one !== old));
    expect(await ended).toMatchObject({ code: 0, signal: null });
    expect(old.log().at(-1)).toMatchObject({ event: "stopped", unanswered: 0 });
    const next = await start();
    running = running.map((one) => (one === old ? next : one));
    balancer.watch(running);
    await balancer.until(running);
    expect(traffic.asked()).toBeGreaterThan(before + 50);
  }
  expect(await traffic.stop()).toEqual([]);
}, 40_000);

it("a gateway that leaves says so first, and serves on meanwhile", async () => {
  const gateway = await startGateway(temporaryFolder(), SETTINGS);
  const ask = (path: string) => fetch(gateway.url + path);
  expect((await ask("/readyz")).status).toBe(200);
  const ended = gateway.end("SIGTERM");
  await expect.poll(async () => (await ask("/readyz")).status).toBe(503);
  const served = await ask("/.well-known/jwks.json");
  expect([served.status, served.headers.get("connection")]).toEqual([200, "close"]);
  expect((await ask("/healthz")).status).toBe(200);
  expect((await ended).ms).toBeGreaterThanOrEqual(1_000);
}, 20_000);
