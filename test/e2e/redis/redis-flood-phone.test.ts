import { expect, it } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import {
  audited,
  countBy,
  describeFleet,
  eventually,
  logOf,
  messagesTo,
  sharedFleet,
} from "../../support/gateway/fleet.ts";
import { send, type WireAnswer } from "../../support/gateway/gateway-client.ts";

const PHONE = "9876500001";

describeFleet("1,000 requests at once for one phone, from 200 addresses, at two gateways", () => {
  const fleet = sharedFleet({
    customers: [customer("c-1", PHONE)],
    // The phone's budget is what this asks for; the strangers that warm up would fill the service's.
    env: { LIMIT_SENDS_PER_SERVICE: "100000/1h", LIMIT_FAILURES_PER_SERVICE: "100000/1h" },
  });

  /** Straight to the gateways in turn, as a balancer would hand them on. */
  function ask(n: number, phone: string, address: string): Promise<WireAnswer> {
    const gateway = fleet().gateways[n % 2] as { url: string };
    return send(gateway, "POST", "/auth/otp", { phone }, { "x-forwarded-for": address });
  }

  /** A cold process spends its first second on compiling and connecting, and refuses for that. */
  async function warmUp(): Promise<void> {
    for (let n = 0; n < 600; n += 60) {
      const strangers = Array.from({ length: 60 }, (_, i) =>
        ask(i, `98${10_000_000 + n + i}`, `192.0.2.${i}`),
      );
      await Promise.all(strangers);
    }
  }

  it("1,000 requests at once for one phone, from 200 addresses, at two gateways bring three messages in ten minutes", async () => {
    await warmUp();
    const startedAt = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, (_, n) => ask(n, PHONE, `203.0.113.${n % 200}`)),
    );
    const ms = Math.round(performance.now() - startedAt);
    const statuses = countBy(answers.map(({ status }) => status));
    console.log(`1,000 at once for one phone: ${JSON.stringify(statuses)} in ${ms} ms`);
    // Three codes of three addresses, each of which asked five times: four of those joined its code.
    expect(statuses[202]).toBeLessThanOrEqual(15);
    for (const answer of answers.filter(({ status }) => status !== 202)) expectRefused(answer);
    const answered = (statuses[202] ?? 0) + (await askForTheRest());
    // Nor do later ones: each is told to come back when the first of the three is ten minutes old.
    const later = await Promise.all([0, 1, 2, 3].map((n) => ask(n, PHONE, "203.0.113.250")));
    for (const { headers, status } of later) {
      expect(status).toBe(429);
      expect(Number(headers.get("retry-after"))).toBeGreaterThan(500);
    }
    expectThreeSent(answered);
  }, 120_000);

  /** A machine without time refuses nearly the whole burst: others may ask then. @returns how many got a code */
  async function askForTheRest(): Promise<number> {
    const haveCome = () => (messagesTo(fleet(), PHONE).length >= 3 ? true : undefined);
    for (let answered = 0; answered < 3; answered++) {
      if (await eventually(haveCome).catch(() => false)) return answered;
      const { status } = await ask(answered, PHONE, `203.0.113.${240 + answered}`);
      expect(status).toBe(202);
    }
    await eventually(haveCome);
    return 3;
  }

  function expectRefused({ body, headers, status }: WireAnswer): void {
    // The address limit is shown, the phone's never: five of an address's three hundred are taken.
    expect(headers.get("ratelimit")).toMatch(/^"address";r=29[5-9];t=3[56]\d\d$/);
    expect(Number(headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    // On a machine that is too small for the burst some wait in vain for a look-up.
    expect([429, 503]).toContain(status);
    expect(body.code).toBe(status === 429 ? "rate-limited" : "store-unavailable");
  }

  /** @param answered requests that got a challenge, on one of the three codes */
  function expectThreeSent(answered: number): void {
    const messages = messagesTo(fleet(), PHONE);
    expect(messages).toHaveLength(3);
    const lines = logOf(fleet());
    const sent = audited(lines, "otp.sent");
    const sids = messages.map(({ sid }) => sid).sort();
    expect(sent.map((line) => line["message_id"]).sort()).toEqual(sids);
    const key = sent[0]?.["phone_key"];
    const asked = audited(lines, "otp.requested").filter((line) => line["phone_key"] === key);
    expect(asked).toHaveLength(answered);
  }
});
