import { expect, it } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import { countBy, describeFleet, sharedFleet } from "../../support/gateway/fleet.ts";
import { send, type WireAnswer } from "../../support/gateway/gateway-client.ts";

const NUMBERS = 2_000;
const AT_ONCE = 50;
/** LIMIT_OTP_PER_ADDRESS without any setting. */
const PER_ADDRESS = 300;

const number = (n: number): string => `98${10_000_000 + n}`;
/** Ten within the limit, and ten far behind it. */
const known = [...Array(10).keys()].map((n) => n * 20);
const refused = [...Array(10).keys()].map((n) => 1_000 + n * 20);
const customers = [...known, ...refused].map((n) => customer(`c-${n}`, number(n)));

describeFleet("2,000 numbers from one address at two gateways", () => {
  const fleet = sharedFleet({
    customers,
    // The ceiling of the service would come before the address's limit.
    env: { LIMIT_SENDS_PER_SERVICE: "100000/1h" },
  });

  function ask(n: number, address: string): Promise<WireAnswer> {
    const gateway = fleet().gateways[n % 2] as { url: string };
    const headers = { "x-forwarded-for": address };
    return send(gateway, "POST", "/auth/otp", { phone: number(n) }, headers);
  }

  it("2,000 numbers from one address at two gateways are refused after 300, and bring messages to customers alone", async () => {
    const answers: WireAnswer[] = [];
    const startedAt = performance.now();
    for (let n = 0; n < NUMBERS; n += AT_ONCE) {
      const batch = Array.from({ length: AT_ONCE }, (_, i) => ask(n + i, "198.51.100.7"));
      answers.push(...(await Promise.all(batch)));
    }
    const ms = Math.round(performance.now() - startedAt);
    const statuses = countBy(answers.map(({ status }) => status));
    console.log(`${NUMBERS} numbers from one address: ${JSON.stringify(statuses)} in ${ms} ms`);
    expect(statuses).toEqual({ 202: PER_ADDRESS, 429: NUMBERS - PER_ADDRESS });
    expect(answers.findLastIndex(({ status }) => status === 202)).toBe(PER_ADDRESS - 1);
    for (const answer of answers) expectLimitShown(answer);
    // Longer than the search for rare spellings takes.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const sentTo = fleet().twilio.accepted.map(({ to }) => to);
    expect(sentTo.sort()).toEqual(known.map((n) => `+91${number(n)}`).sort());
    expect((await ask(20_000, "198.51.100.8")).status, "another address").toBe(202);
  }, 90_000);
});

/** draft-ietf-httpapi-ratelimit-headers: a policy with quota and window, what is left and until when. */
function expectLimitShown({ body, headers, status }: WireAnswer): void {
  expect(headers.get("ratelimit-policy")).toBe('"address";q=300;w=3600');
  const limit = headers.get("ratelimit") ?? "";
  const [, left, seconds] = /^"address";r=(\d+);t=(\d+)$/.exec(limit) ?? [];
  expect(Number(seconds)).toBeGreaterThan(3_500);
  if (status === 202) return;
  expect([left, body.code]).toEqual(["0", "rate-limited"]);
  expect(headers.get("retry-after")).toBe(seconds);
}
