import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { customer } from "../cases-extra/people.ts";
import { audited, describeFleet, logOf, message, sharedFleet } from "../support/gateway/fleet.ts";
import { send, verify, type WireAnswer } from "../support/gateway/gateway-client.ts";

/** Long enough for a busy machine to spend what is in it. */
const WINDOW_SECONDS = 10;
const phoneOf = (n: number): string => `98765${10_000 + n}`;
const [OWNER, STRANGER] = [phoneOf(90), "9811199999"];
const customers = [...Array(40).keys(), 90].map((n) => customer(`c-${n}`, phoneOf(n)));

describeFleet("a breaker of the service, with two gateways on Redis,", () => {
  let phones = 0;
  const sends = sharedFleet({
    customers,
    env: { LIMIT_SENDS_PER_SERVICE: `8/${WINDOW_SECONDS}s` },
  });
  const failures = sharedFleet({
    customers,
    env: { LIMIT_FAILURES_PER_SERVICE: `4/${WINDOW_SECONDS}s` },
  });

  const ask = (at: { readonly url: string }, phone: string, more: object = {}) =>
    send(at, "POST", "/auth/otp", { phone, ...more });

  it("of sends opens at each as it finds out, for all alike, and closes", async () => {
    const { gateways, twilio } = sends();
    const device_token = await knownDevice(sends);
    for (const gateway of gateways) {
      while ((await ask(gateway, phoneOf(phones))).status === 202) {
        phones++;
        await sleep(120);
      }
      for (const phone of [phoneOf(phones), STRANGER]) expectClosed(await ask(gateway, phone));
      expectClosed(await ask(gateway, OWNER, { device_token }));
    }
    expect(twilio.accepted).toHaveLength(8);
    expectLoud(sends, `sends-per-service 8/${WINDOW_SECONDS}s`);
    for (const gateway of gateways) await expectToClose(gateway);
    const again = phoneOf(++phones);
    expect((await ask(gateways[1], again)).status).toBe(202);
    expect((await message(sends(), again)).channel).toBe("sms");
  });

  it("of wrong codes opens for all but known devices, and closes", async () => {
    const { gateways } = failures();
    const device_token = await knownDevice(failures);
    for (const gateway of gateways) await guessUntilOpen(gateway);
    for (const gateway of gateways) {
      for (const phone of [phoneOf(30), STRANGER, OWNER]) expectClosed(await ask(gateway, phone));
      expect((await ask(gateway, OWNER, { device_token })).status, "a known device").toBe(202);
    }
    expectLoud(failures, `failures-per-service 4/${WINDOW_SECONDS}s`);
    for (const gateway of gateways) await expectToClose(gateway);
  });

  async function knownDevice(fleet: typeof sends): Promise<string> {
    const [gateway] = fleet().gateways;
    const asked = await ask(gateway, OWNER);
    const { code } = await message(fleet(), OWNER);
    const login = await verify(gateway, asked.body.challenge_id, code);
    return login.body.device_token;
  }

  async function guessUntilOpen(gateway: { readonly url: string }): Promise<void> {
    for (;;) {
      const asked = await ask(gateway, `98222${10_000 + phones++}`);
      if (asked.status === 503) return;
      for (let n = 0; n < 3; n++) await verify(gateway, asked.body.challenge_id, "123456");
      await sleep(120);
    }
  }

  /** Each gateway says it once in the log and once in the audit. */
  function expectLoud(fleet: typeof sends, budget: string): void {
    for (const gateway of fleet().gateways) {
      const lines = gateway.log();
      const said = lines.filter(({ event }) => event === "breaker-open");
      expect(said).toMatchObject([{ level: "error", budget }]);
      expect(audited(lines, "breaker.opened")).toMatchObject([{ detail: budget }]);
    }
    expect(audited(logOf(fleet()), "breaker.opened")).toHaveLength(2);
  }

  async function expectToClose(gateway: { readonly url: string }): Promise<void> {
    const { headers } = await ask(gateway, STRANGER);
    await sleep(Number(headers.get("retry-after") ?? 0) * 1000);
    expect((await ask(gateway, `98333${10_000 + phones++}`)).status).toBe(202);
  }
});

function expectClosed({ body, headers, status }: WireAnswer): void {
  expect([status, body.code]).toEqual([503, "sms-unavailable"]);
  const seconds = Number(headers.get("retry-after"));
  expect(seconds).toBeGreaterThanOrEqual(1);
  expect(seconds).toBeLessThanOrEqual(WINDOW_SECONDS);
}
