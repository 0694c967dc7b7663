import { describe, expect, it } from "vitest";
import { checkTestPhones } from "../../../src/runtimes/shared/check-test-phones.ts";
import { askForCode, bearer, call, post } from "../../support/gateway/client.ts";
import { START, testGateway } from "../../support/gateway/test-gateway.ts";
import { documentsOf } from "../linking/sqlite-world.ts";

const DEMO = {
  id: "c-demo",
  name: "Store Review",
  phone: "9876500077",
  address: "1 Demo Road",
  area: "AREA_001",
  status: "active",
};
const ENV = { TEST_PHONES: "+919000000001:246810:2026-12-15:c-demo" };
const DAY = 24 * 3_600_000;

const verify = async (test: Awaited<ReturnType<typeof testGateway>>, code: string) => {
  const { body } = await askForCode(test, "9000000001");
  return post(test, "/auth/otp/verify", { challenge_id: body.challenge_id, code });
};

describe("a test phone", () => {
  it("a test phone logs its customer in with the known code, and nothing is sent", async () => {
    const test = await testGateway({ env: ENV, documents: { customers_v2: [DEMO] } });
    const login = await verify(test, "246810");
    expect(login.status).toBe(200);
    expect(login.body.customer.id).toBe("c-demo");
    expect(test.outbox.latest()).toEqual([]);
    const { access_token, refresh_token } = login.body;
    expect((await call(test, "GET", "/auth/me", undefined, bearer(access_token))).status).toBe(200);
    const grant = { grant_type: "refresh_token", refresh_token };
    expect((await post(test, "/auth/token", grant)).status).toBe(200);
  });

  it("a test phone judges and writes the records by the customer's own phone, which it is not", async () => {
    const own = { id: "u-demo", name: "Store Review", role: "customer", email: "r@example.com" };
    const customers_v2 = [{ ...DEMO, user_id: "u-demo" }];
    const users = [{ ...own, phone: "+91 98765-00077" }];
    const tied = await testGateway({ env: ENV, documents: { customers_v2, users } });
    expect((await verify(tied, "246810")).body.user.id).toBe("u-demo");

    const made = await testGateway({ env: ENV, documents: { customers_v2: [DEMO] } });
    expect((await verify(made, "246810")).body.first_login).toBe(true);
    expect((await verify(made, "246810")).body.first_login).toBe(false);
    await made.runtime.settle();
    expect(documentsOf(made.file).users).toMatchObject([
      { phone: "9876500077", email: "9876500077@customer.earlybird.com" },
    ]);
  });

  it("a test phone spends no budget, neither by requests nor by resends", async () => {
    const test = await testGateway({ env: ENV, documents: { customers_v2: [DEMO] } });
    for (let n = 0; n < 12; n++) {
      const { body, status } = await askForCode(test, "9000000001");
      expect(status, `request ${n + 1}`).toBe(202);
      test.clock.advance(40_000);
      const again = await post(test, "/auth/otp/resend", { challenge_id: body.challenge_id });
      expect(again.status, `resend ${n + 1}`).toBe(202);
    }
    expect((await verify(test, "246810")).status).toBe(200);
    expect(test.outbox.latest()).toEqual([]);
  });

  it("a test phone logs in while the service's ceilings are full, and takes no share of them", async () => {
    const limits = { LIMIT_SENDS_PER_SERVICE: "2/1m", LIMIT_FAILURES_PER_SERVICE: "2/1m" };
    const test = await testGateway({
      env: { ...ENV, ...limits },
      documents: { customers_v2: [DEMO] },
    });
    for (let n = 0; n < 3; n++) {
      expect((await verify(test, "000000")).body.code).toBe("otp-rejected");
      test.clock.advance(1_000);
    }
    for (const [phone, status] of [
      ["9876500077", 202],
      ["9876500078", 202],
      ["9876500079", 503],
    ] as const) {
      const asked = await askForCode(test, phone);
      expect(asked.status).toBe(status);
      const tried = { challenge_id: asked.body.challenge_id, code: "000000" };
      if (status === 202) await post(test, "/auth/otp/verify", tried);
    }
    const open = await askForCode(test, "9000000001");
    expect(open.status).toBe(202);
    const tried = { challenge_id: open.body.challenge_id, code: "246810" };
    expect((await post(test, "/auth/otp/verify", tried)).status).toBe(200);
  });

  it("a test phone counts wrong codes like any other", async () => {
    const test = await testGateway({ env: ENV, documents: { customers_v2: [DEMO] } });
    const wrong = await verify(test, "000000");
    expect(wrong.body).toMatchObject({ code: "otp-rejected", attempts_remaining: 4 });
  });

  it("a test phone is nobody's after its last day, and its session ends", async () => {
    const test = await testGateway({ env: ENV, documents: { customers_v2: [DEMO] } });
    const { body } = await verify(test, "246810");
    test.clock.advance(Date.parse("2026-12-16T00:00:00Z") - START);
    expect((await verify(test, "246810")).body.code).toBe("otp-rejected");
    const grant = { grant_type: "refresh_token", refresh_token: body.refresh_token };
    expect((await post(test, "/auth/token", grant)).status).toBe(400);
  });

  it("a test phone opens no other phone", async () => {
    const test = await testGateway({ env: ENV, documents: { customers_v2: [DEMO] } });
    const { body } = await askForCode(test, "9876500077");
    const [message] = test.outbox.latest();
    expect(message?.code).not.toBe("246810");
    const tried = { challenge_id: body.challenge_id, code: "246810" };
    expect((await post(test, "/auth/otp/verify", tried)).body.code).toBe("otp-rejected");
  });
});

describe("the start with test phones", () => {
  it.each([
    ["is the number of a real person", { customers_v2: [{ ...DEMO, phone: "+91 90000 00001" }] }],
    [
      "is the number of a real person",
      { users: [{ id: "u-1", phone: 9000000001, role: "admin" }] },
    ],
  ])("the start with test phones stops where a test phone %s", async (reason, documents) => {
    const { gateway } = await testGateway({ env: ENV, documents });
    await expect(checkTestPhones(gateway)).rejects.toThrow(reason);
  });

  it("the start with test phones stops where a test phone is more than 60 days ahead, or no mobile number", async () => {
    const late = new Date(START + 61 * DAY).toISOString().slice(0, 10);
    const far = await testGateway({ env: { TEST_PHONES: `+919000000001:246810:${late}:c` } });
    await expect(checkTestPhones(far.gateway)).rejects.toThrow("more than 60 days");
    const odd = await testGateway({ env: { TEST_PHONES: "+14155550123:246810:2026-12-15:c" } });
    await expect(checkTestPhones(odd.gateway)).rejects.toThrow("not a mobile number");
  });

  it("the start with test phones goes on after a login made the test phone's own user, and warns of one that is over", async () => {
    const test = await testGateway({ env: ENV, documents: { customers_v2: [DEMO] } });
    await verify(test, "246810");
    await expect(checkTestPhones(test.gateway)).resolves.toBeUndefined();
    test.clock.advance(30 * DAY);
    await checkTestPhones(test.gateway);
    expect(test.lines.join("\n")).toContain("test-phone-over");
  });
});
