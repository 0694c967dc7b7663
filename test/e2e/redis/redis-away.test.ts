import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import { describeFleet, type Fleet, message, sharedFleet } from "../../support/gateway/fleet.ts";
import { send, verify, type WireAnswer, withToken } from "../../support/gateway/gateway-client.ts";
import type { GatewayProcess } from "../../support/gateway/gateway-process.ts";
import { type TcpRelay, tcpRelay } from "../../support/stores/tcp-relay.ts";

const phoneOf = (n: number): string => `98765${10_000 + n}`;
/** The promise is one second; the rest is for the scheduler of a busy machine. */
const SOON_MS = 1_300;

/** How a network takes a server away. A machine that lost power says as little as a stalled one. */
const WAYS: readonly (readonly [string, (relay: TcpRelay) => unknown])[] = [
  ["refuses connections", (relay) => relay.refuse()],
  ["cuts connections", (relay) => relay.cut()],
  ["takes requests and never answers", (relay) => relay.mute()],
  ["went silent", (relay) => relay.stall()],
];

describeFleet("a Redis that", () => {
  const fleet = sharedFleet({
    customers: [...Array(10).keys()].map((n) => customer(`c-${n}`, phoneOf(n))),
  });
  let phones = 0;

  it.each(WAYS)(
    "a Redis that %s is a clear 503 within a second, whatever is asked",
    async (_, take) => {
      const { gateway, relay } = await behindRelay(fleet());
      const asks = await everyKindOfRequest(gateway, phoneOf(phones++));
      await take(relay);
      const took: number[] = [];
      for (const ask of [...asks, ...asks]) {
        const startedAt = performance.now();
        expectDown(await ask());
        took.push(Math.round(performance.now() - startedAt));
      }
      console.log(`503 after ${took.join(", ")} ms`);
      expect(Math.max(...took)).toBeLessThan(SOON_MS);
      const down = () => gateway.log().filter(({ event }) => event === "redis-down").length;
      expect(down()).toBe(1);
      await relay.resume();
      await expect.poll(() => statusOf(gateway), { timeout: 5_000 }).toBe(200);
      for (const ask of asks) expect((await ask()).status).not.toBe(503);
      expect(down(), "said once").toBe(1);
    },
  );

  it("a Redis that left a dead connection behind is reached by a new one", async () => {
    const { gateway, relay } = await behindRelay(fleet());
    const asked = await send(gateway, "POST", "/auth/otp", { phone: phoneOf(phones++) });
    expect(asked.status).toBe(202);
    // As after a fail-over: what was connected hears nothing more, not even an end.
    relay.stallOpen();
    expectDown(await send(gateway, "GET", "/readyz"));
    await expect.poll(() => statusOf(gateway), { timeout: 5_000 }).toBe(200);
    const other = await send(gateway, "POST", "/auth/otp", { phone: phoneOf(phones++) });
    expect(other.status).toBe(202);
  });

  it("a Redis that is not there at the start is waited for, while requests are told so", async () => {
    const { gateway, relay } = await behindRelay(fleet(), (silent) => silent.refuse());
    expectDown(await send(gateway, "POST", "/auth/otp", { phone: phoneOf(phones) }));
    await relay.resume();
    await expect.poll(() => statusOf(gateway), { timeout: 5_000 }).toBe(200);
    const asked = await send(gateway, "POST", "/auth/otp", { phone: phoneOf(phones++) });
    expect(asked.status).toBe(202);
  });

  const statusOf = async (gateway: GatewayProcess) =>
    (await send(gateway, "GET", "/readyz")).status;

  async function everyKindOfRequest(gateway: GatewayProcess, phone: string) {
    const ask = (more: object = {}) => send(gateway, "POST", "/auth/otp", { phone, ...more });
    const asked = await ask();
    const { code } = await message(fleet(), phone);
    const { body: login } = await verify(gateway, asked.body.challenge_id, code);
    const { challenge_id } = (await ask()).body;
    const { access_token, device_token, refresh_token } = login;
    const grant = { grant_type: "refresh_token", refresh_token };
    const resend = { challenge_id, channel: "call" };
    return [
      () => ask(),
      () => ask({ device_token }),
      () => send(gateway, "POST", "/auth/otp/resend", resend),
      () => verify(gateway, challenge_id, code),
      () => send(gateway, "POST", "/auth/token", grant),
      () => withToken(gateway, "GET", "/auth/me", access_token),
      () => send(gateway, "GET", "/readyz"),
    ];
  }
});

/** A gateway that reaches Redis through a relay of its own. */
async function behindRelay(
  { redis, start }: Fleet,
  first: (relay: TcpRelay) => unknown = () => undefined,
) {
  const relay = await tcpRelay(Number(new URL(redis.url).port));
  onTestFinished(() => relay.close());
  await first(relay);
  const gateway = await start({ REDIS_URL: `redis://127.0.0.1:${relay.port}` });
  onTestFinished(async () => void (await gateway.end("SIGKILL")));
  await sleep(50);
  return { gateway, relay };
}

function expectDown({ body, headers, status }: WireAnswer): void {
  expect([status, body.code]).toEqual([503, "store-unavailable"]);
  expect(headers.get("retry-after")).toBe("5");
}
