import { describe, expect, test } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import {
  type Answer,
  call,
  challengeFor,
  logIn,
  post,
  refresh,
  resend,
  send,
  wrongFor,
} from "../../support/gateway/client.ts";
import { dateClock } from "../../support/gateway/date-clock.ts";
import {
  type TestGateway,
  type TestOptions,
  testGateway,
} from "../../support/gateway/test-gateway.ts";
import { expectProblem, retryAfter } from "./expect-problem.ts";

const PHONE = "9876500001";
const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** A gateway behind one proxy, on this machine, that is believed. */
function limited(
  env: Readonly<Record<string, string>> = {},
  options: Pick<TestOptions, "peer"> = { peer: "127.0.0.1" },
) {
  return testGateway({
    ...options,
    clock: dateClock(),
    documents: { customers_v2: [customer("c-1", PHONE), customer("c-2", "9876500002")] },
    env: { LIMIT_OTP_PER_ADDRESS: "3/10m", TRUSTED_PROXIES: "127.0.0.1", ...env },
  });
}

/** Each request for another number, so that no phone's budget is in the way. */
let numbers = 9_800_000_000;
const askFrom = (gateway: TestGateway, forwardedFor: string): Promise<Answer> =>
  call(
    gateway,
    "POST",
    "/auth/otp",
    { phone: `${numbers++}` },
    { "x-forwarded-for": forwardedFor },
  );

async function statuses(gateway: TestGateway, addresses: readonly string[]): Promise<number[]> {
  const answers: number[] = [];
  for (const address of addresses) answers.push((await askFrom(gateway, address)).status);
  return answers;
}

const limitHeaders = ({ headers }: Answer) => [
  headers.get("ratelimit-policy"),
  headers.get("ratelimit"),
];

describe("an address's code requests", () => {
  test("an address's code requests are counted where they are requests: 300 empty or broken bodies shut no neighbour out", async () => {
    const gateway = await limited();
    const headers = { "content-type": "application/json", "x-forwarded-for": "192.0.2.1" };
    for (const body of ["", "{}", "{", "[]", `{"phone":1}`, "x".repeat(20_000)]) {
      for (let n = 0; n < 50; n++) {
        const answer = await send(gateway, "/auth/otp", { method: "POST", body, headers });
        expect([400, 413, 422]).toContain(answer.status);
      }
    }
    expect(await statuses(gateway, Array(4).fill("192.0.2.1"))).toEqual([202, 202, 202, 429]);
  });

  test("an address's code requests are counted down in the draft's headers, then refused until the window is over", async () => {
    const gateway = await limited();
    for (const left of [2, 1, 0]) {
      const answer = await askFrom(gateway, "192.0.2.1");
      expect(answer.status).toBe(202);
      expect(limitHeaders(answer)).toEqual(['"address";q=3;w=600', `"address";r=${left};t=600`]);
      expect(answer.headers.get("retry-after")).toBeNull();
    }
    gateway.clock.advance(MINUTE);
    const refused = await askFrom(gateway, "192.0.2.1");
    expectProblem(refused, 429, "rate-limited");
    expect(limitHeaders(refused)).toEqual(['"address";q=3;w=600', '"address";r=0;t=540']);
    expect(retryAfter(refused)).toBe(540);
    gateway.clock.advance(9 * MINUTE - 1);
    expect(retryAfter(await askFrom(gateway, "192.0.2.1"))).toBe(1);
    gateway.clock.advance(2);
    expect((await askFrom(gateway, "192.0.2.1")).status).toBe(202);
  });

  test("an address's code requests are counted together with its resends, and apart from its verifies", async () => {
    const gateway = await limited({ LIMIT_VERIFY_PER_ADDRESS: "1/10m" });
    const { challenge_id, code } = await challengeFor(gateway, PHONE);
    expect((await resend(gateway, challenge_id, { channel: "call" })).status).toBe(202);
    expect((await resend(gateway, challenge_id, { channel: "whatsapp" })).status).toBe(202);
    expectProblem(await resend(gateway, challenge_id), 429, "rate-limited");
    const guess = { challenge_id, code: wrongFor(code) };
    const tried = await post(gateway, "/auth/otp/verify", guess);
    expect([tried.status, limitHeaders(tried)[1]]).toEqual([400, '"address";r=0;t=600']);
    const { body } = await post(gateway, "/auth/otp/verify", guess);
    expect(body).toMatchObject({ code: "rate-limited" });
    const choice = { selection_token: "x", customer_v2_id: "c-1" };
    expectProblem(await post(gateway, "/auth/otp/select", choice), 429, "rate-limited");
  });

  test("an address's code requests are refused before any record is read", async () => {
    const gateway = await limited({ LIMIT_OTP_PER_ADDRESS: "1/10m" });
    await askFrom(gateway, "192.0.2.1");
    gateway.gateway.state.read = () => Promise.reject(new Error("the store was asked"));
    expectProblem(await askFrom(gateway, "192.0.2.1"), 429, "rate-limited");
  });

  test("an address's code requests keep to the tightest of several windows", async () => {
    const gateway = await limited({ LIMIT_OTP_PER_ADDRESS: "2/1m,3/1h" });
    const shown: unknown[] = [];
    for (const wait of [0, 0, 0, MINUTE + 1, 0]) {
      gateway.clock.advance(wait);
      const answer = await askFrom(gateway, "192.0.2.1");
      shown.push([answer.status, ...limitHeaders(answer)]);
    }
    // The refused third did not happen, and does not count in the hour.
    expect(shown).toEqual([
      [202, '"address";q=2;w=60', '"address";r=1;t=60'],
      [202, '"address";q=2;w=60', '"address";r=0;t=60'],
      [429, '"address";q=2;w=60', '"address";r=0;t=60'],
      [202, '"address";q=3;w=3600', '"address";r=0;t=3540'],
      [429, '"address";q=3;w=3600', '"address";r=0;t=3540'],
    ]);
  });
});

describe("whose address it is", () => {
  test("the client's address is the one that our own proxy wrote, and not one that the client wrote to the left of it", async () => {
    const gateway = await limited();
    expect(gateway.lines.filter((line) => line.includes("forwarded-for-ignored"))).toEqual([]);
    const spoofed = ["1.1.1.1, 192.0.2.1", "2.2.2.2, 192.0.2.1", "x, 192.0.2.1", "192.0.2.1"];
    expect(await statuses(gateway, spoofed)).toEqual([202, 202, 202, 429]);
    expect(await statuses(gateway, ["192.0.2.1, 192.0.2.2"])).toEqual([202]);
  });

  test.each(["", "10.0.0.0/8"])(
    "the client's address is the peer's where that is not trusted, which is warned of once",
    async (TRUSTED_PROXIES) => {
      const gateway = await limited({ TRUSTED_PROXIES });
      const invented = ["1.1.1.1", "2.2.2.2", "3.3.3.3", "4.4.4.4"];
      expect(await statuses(gateway, invented)).toEqual([202, 202, 202, 429]);
      const warned = gateway.lines.filter((line) => line.includes("forwarded-for-ignored"));
      expect(warned).toHaveLength(1);
      expect(warned[0]).not.toContain("1.1.1.1");
    },
  );

  test("the client's address is a whole /64 of IPv6, and IPv4 in whatever wrapping", async () => {
    const gateway = await limited();
    const one = ["2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:0:1::", "2001:db8::2"];
    expect(await statuses(gateway, one)).toEqual([202, 202, 202, 429]);
    expect(await statuses(gateway, ["2001:db8:0:1::1"])).toEqual([202]);
    const four = ["192.0.2.9", "::ffff:192.0.2.9", "[::ffff:c000:209]", "192.0.2.9:4711"];
    expect(await statuses(gateway, four)).toEqual([202, 202, 202, 429]);
  });
});

describe("the phone's own budget", () => {
  test("the phone's own budget shows in no header: a stranger would learn what others did with the number", async () => {
    // Requests of several clients: one alone would get its code again.
    const gateway = await limited({ LIMIT_OTP_PER_ADDRESS: "300/1h" }, {});
    const answers: Answer[] = [];
    for (let n = 0; n < 4; n++) answers.push(await post(gateway, "/auth/otp", { phone: PHONE }));
    expectProblem(answers[3] as Answer, 429, "rate-limited");
    expect(answers.map((answer) => limitHeaders(answer)[1])).toEqual(
      [299, 299, 299, 299].map((left) => `"address";r=${left};t=3600`),
    );
  });
});

describe("a session's refreshes", () => {
  test("a session's refreshes are counted by session, with Retry-After and no RateLimit headers", async () => {
    const gateway = await limited({ LIMIT_TOKEN_PER_SESSION: "2/1m" });
    const [one, two] = [await logIn(gateway, PHONE), await logIn(gateway, "9876500002")];
    let token: string = one.body.refresh_token;
    for (let n = 0; n < 2; n++) {
      const turned = await refresh(gateway, token);
      expect([turned.status, ...limitHeaders(turned)]).toEqual([200, null, null]);
      token = turned.body.refresh_token;
    }
    const refused = await refresh(gateway, token);
    expect([refused.status, refused.body]).toMatchObject([
      429,
      { error: "temporarily_unavailable", code: "rate-limited" },
    ]);
    expect([retryAfter(refused), ...limitHeaders(refused)]).toEqual([60, null, null]);
    expect((await refresh(gateway, two.body.refresh_token)).status, "another session").toBe(200);
    gateway.clock.advance(MINUTE + 1);
    expect((await refresh(gateway, token)).status, "the refused token is not spent").toBe(200);
  });
});
