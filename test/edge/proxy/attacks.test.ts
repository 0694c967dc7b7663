import { beforeAll, expect, it } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import {
  type Answer,
  call,
  newestCode,
  resend,
  verify,
  wrongFor,
} from "../../support/gateway/client.ts";
import { describeEdge, sharedPlace } from "../edge-place.ts";

const PHONE = "9876500001";
const STRANGER = "9876599999";
/** Of this day; the tests below share it, in their order. */
const SENDS = 30;

let place: ReturnType<typeof sharedPlace>;

const ask = (phone: string, address?: string): Promise<Answer> =>
  call(place(), "POST", "/auth/otp", { phone }, address ? { "cf-connecting-ip": address } : {});

/** An answer without what is new each time. */
function seen({ body, headers, status }: Answer) {
  const { challenge_id, instance, request_id, ...rest } = body;
  const names = [...headers].map(([name]) => name).filter((name) => !name.startsWith("cf-"));
  return { status, rest, id: String(challenge_id).length, names: names.sort() };
}

/** @returns the number of requests that were answered 202 before the first refusal */
async function takenUntil(refusal: number, request: (n: number) => Promise<Answer>) {
  for (let n = 0; n <= SENDS; n++) {
    const { status } = await request(n);
    if (status !== 202) {
      expect(status).toBe(refusal);
      return n;
    }
  }
  throw new Error("no ceiling");
}

describeEdge("an attacker of the built Worker", () => {
  place = sharedPlace({ env: { LIMIT_SENDS_PER_SERVICE: `${SENDS}/1d` } });
  beforeAll(async () => {
    await place().mongo.put("customers_v2", [customer("c-1", PHONE)]);
  });

  it("an attacker of the built Worker sees the same of a customer's number and of a stranger's, up to the last try", async () => {
    const stories = [];
    for (const phone of [PHONE, STRANGER]) {
      const asked = await ask(phone);
      const { challenge_id } = asked.body;
      await place().worker.settle();
      const wrong = wrongFor(newestCode(place(), phone) ?? "000000");
      const story = [asked, await resend(place(), challenge_id)];
      for (let tries = 0; tries < 6; tries++) {
        story.push(await verify(place(), challenge_id, wrong));
      }
      stories.push(story.map(seen));
    }
    expect(stories[1]).toEqual(stories[0]);
    const statuses = stories[0]?.map(({ status }) => status);
    expect(statuses).toEqual([202, 429, 400, 400, 400, 400, 400, 429]);
  });

  it("one source that fills half of the service's ceiling waits alone", async () => {
    const taken = await takenUntil(429, (n) => ask(`98765${10_000 + n}`, "192.0.2.7"));
    expect(taken, "what the test before took is among the half").toBeGreaterThan(SENDS / 4);
    expect(taken).toBeLessThanOrEqual(SENDS / 2);
    expect((await ask(PHONE, "198.51.100.1")).status).toBe(202);
    expect((await ask(STRANGER, "198.51.101.1")).status).toBe(202);
  });

  it("a full ceiling refuses every stranger alike, with a customer's number and without", async () => {
    const taken = await takenUntil(503, (n) => ask(`98766${10_000 + n}`));
    expect(taken).toBeLessThanOrEqual(SENDS / 2);
    const [known, unknown] = [seen(await ask(PHONE)), seen(await ask(STRANGER))];
    expect(known).toMatchObject({ status: 503, rest: { code: "sms-unavailable" } });
    expect(unknown).toEqual(known);
    const audited = place()
      .worker.log()
      .map(({ name }) => name);
    expect(audited.filter((name) => String(name).includes("ceiling"))).not.toEqual([]);
  });
});
