import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { BUSY_POLICY, startBusyBackend } from "../../support/attack/busy-backend.ts";
import { floodUnread, latenciesOf, requestsFor } from "../../support/attack/unread.ts";
import { startGateway, temporaryFolder } from "../../support/gateway/gateway-process.ts";

/** On a machine that others use too; without a bound they waited 26 s. */
const MOST_MS = 3_000;
const BACKEND_CONNECTIONS = 256;

async function place() {
  const backend = await startBusyBackend();
  onTestFinished(() => backend.stop());
  const folder = temporaryFolder();
  const policy = join(folder, "policy.json");
  writeFileSync(policy, JSON.stringify(BUSY_POLICY));
  const gateway = await startGateway(folder, {
    NODE_ENV: "development",
    LEGACY_UPSTREAM_URL: backend.url,
    LEGACY_JWT_SECRET: randomBytes(36).toString("base64"),
    POLICY_FILE: policy,
  });
  const others = () => latenciesOf(`${gateway.url}/products`, 20, 30_000);
  const usual = await others();
  return { backend, gateway, others, usual };
}

it("400 requests of 97 KB on one connection hold no connection of the backend's, nor anybody up", async () => {
  const { backend, gateway, others, usual } = await place();
  const end = await floodUnread({
    port: gateway.port,
    from: "127.0.0.2",
    connections: 1,
    bytes: requestsFor("/products", 400),
  });
  onTestFinished(end);
  await sleep(1_000);
  const slow = await others();
  console.log(`median ${Math.round(usual[10] ?? 0)} ms, beside it ${Math.round(slow[10] ?? 0)} ms`);
  const { most, now } = backend.inUse();
  expect(now).toBe(0);
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(8);
  expect(slow.at(-1)).toBeLessThan(MOST_MS);
}, 60_000);

it("256 connections that read nothing hold an eighth of the backend's, and other clients are not affected", async () => {
  const { backend, gateway, others, usual } = await place();
  const end = await floodUnread({
    port: gateway.port,
    from: "127.0.0.2",
    connections: 256,
    bytes: requestsFor("/huge", 1),
  });
  onTestFinished(end);
  await sleep(2_000);
  const held = backend.inUse().now;
  const slow = await others();
  console.log(
    `${held} of ${BACKEND_CONNECTIONS} held, median ${Math.round(usual[10] ?? 0)} ms, ` +
      `beside them ${Math.round(slow[10] ?? 0)} ms`,
  );
  expect(held).toBeLessThanOrEqual(BACKEND_CONNECTIONS / 8);
  expect(slow.at(-1)).toBeLessThan(MOST_MS);
}, 60_000);
