import { describe, expect, test } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import {
  bearer,
  call,
  challengeFor,
  claimsOf,
  select,
  verify,
} from "../../support/gateway/client.ts";
import { testGateway } from "../../support/gateway/test-gateway.ts";
import { expectProblem } from "../http/expect-problem.ts";
import { documentsOf } from "../linking/sqlite-world.ts";

const PHONE = "9876500001";
const MINUTE = 60_000;
const ADDRESS = "Flat 12, Rose Apartments, 4th Cross, Indiranagar";
const documents = {
  customers_v2: [
    customer("c-home", PHONE, { name: "Home", address: ADDRESS }),
    customer("c-shop", `+91${PHONE}`, { name: "Shop", address: "12 MG Road", status: "paused" }),
    customer("c-old", `0${PHONE}`, { name: "Old flat", address: "7", status: "stopped" }),
    customer("c-other", "9876500002"),
  ],
};

/** A proven phone whose owner has not chosen yet. */
async function proven() {
  const gateway = await testGateway({ documents });
  const { challenge_id, code } = await challengeFor(gateway, PHONE);
  const { body, status } = await verify(gateway, challenge_id, code);
  expect(status).toBe(200);
  return { gateway, body, challenge_id, code, token: body.selection_token as string };
}

describe("a phone with several customers", () => {
  test("gets the list to choose from, with enough of each to tell them apart", async () => {
    const { body } = await proven();
    expect(body).toEqual({
      selection_token: expect.stringMatching(/^dss_/),
      customers: expect.arrayContaining([
        {
          customer_v2_id: "c-home",
          name: "Home",
          area: "AREA_001",
          address_hint: "Flat 12, Rose Ap…",
          status: "active",
        },
        {
          customer_v2_id: "c-shop",
          name: "Shop",
          area: "AREA_001",
          address_hint: "12 MG…",
          status: "paused",
        },
      ]),
    });
    expect(body.customers, "who is stopped cannot be chosen").toHaveLength(2);
  });

  test("is asked nothing where one alone is live; where none is, it is told so", async () => {
    const home = customer("c-home", PHONE);
    const old = customer("c-old", PHONE, { status: "stopped" });
    const stopped = [customer("c-home", PHONE, { status: "stopped" }), old];
    for (const customers_v2 of [
      [home, old],
      [old, home],
    ]) {
      const gateway = await testGateway({ documents: { customers_v2 } });
      const { challenge_id, code } = await challengeFor(gateway, PHONE);
      const { body, status } = await verify(gateway, challenge_id, code);
      expect([status, body.customer.id]).toEqual([200, "c-home"]);
    }
    const gateway = await testGateway({ documents: { customers_v2: stopped } });
    const { challenge_id, code } = await challengeFor(gateway, PHONE);
    const { body } = await verify(gateway, challenge_id, code);
    expect(body.customers).toHaveLength(2);
    expectProblem(await select(gateway, body.selection_token, "c-home"), 403, "customer-stopped");
  });

  test("is never told a whole address, however short", async () => {
    const { body } = await proven();
    const wholes = documents.customers_v2.map(({ address }) => address);
    for (const { address_hint } of body.customers) expect(wholes).not.toContain(address_hint);
    expect(JSON.stringify(body)).not.toMatch(/98765|c-other/);
  });

  test("logs in as the one that is chosen, and only that one is linked", async () => {
    const { gateway, token } = await proven();
    const { body, status } = await select(gateway, token, "c-shop");
    expect(status).toBe(200);
    expect(body).toMatchObject({ customer: { id: "c-shop" }, first_login: true });
    expect(claimsOf(body.access_token)).toMatchObject({ customer_v2_id: "c-shop" });
    const linked = documentsOf(gateway.file).customers_v2.filter((one) => "user_id" in one);
    expect(linked.map(({ id }) => id)).toEqual(["c-shop"]);
  });

  test("chooses once: neither the same nor another afterwards, and nothing is written", async () => {
    const { gateway, token } = await proven();
    await select(gateway, token, "c-shop");
    const before = documentsOf(gateway.file);
    for (const again of ["c-shop", "c-home"]) {
      expectProblem(await select(gateway, token, again), 400, "otp-rejected");
    }
    expect(documentsOf(gateway.file)).toEqual(before);
  });

  test("may choose again after one who is stopped: the proof is not used up", async () => {
    const { gateway, token } = await proven();
    expectProblem(await select(gateway, token, "c-old"), 403, "customer-stopped");
    expectProblem(await select(gateway, token, "c-other"), 403, "not-owner");
    expect((await select(gateway, token, "c-home")).status).toBe(200);
  });

  test("has two minutes to choose, to the millisecond", async () => {
    const [one, two] = [await proven(), await proven()];
    one.gateway.clock.advance(2 * MINUTE - 1);
    expect((await select(one.gateway, one.token, "c-home")).status).toBe(200);
    two.gateway.clock.advance(2 * MINUTE);
    expectProblem(await select(two.gateway, two.token, "c-home"), 400, "otp-rejected");
  });

  test("gets the list again for the same code, until a choice was made", async () => {
    const { body, challenge_id, code, gateway, token } = await proven();
    expect((await verify(gateway, challenge_id, code)).body).toEqual(body);
    await select(gateway, token, "c-home");
    expectProblem(await verify(gateway, challenge_id, code), 400, "otp-rejected");
  });

  test("which choose at once end with one session and nobody else's", async () => {
    const { gateway, token } = await proven();
    const answers = await Promise.all(
      ["c-home", "c-shop", "c-home", "c-shop"].map((id) => select(gateway, token, id)),
    );
    const good = answers.filter(({ status }) => status === 200);
    expect(good).toHaveLength(1);
    const rejected = answers.filter(({ body }) => body.code === "otp-rejected");
    expect(rejected).toHaveLength(3);
    const { access_token } = good[0]?.body ?? {};
    const list = await call(gateway, "GET", "/auth/sessions", undefined, bearer(access_token));
    expect(list.body.sessions).toHaveLength(1);
  });

  test("is asked no more when one of them alone is left", async () => {
    const { challenge_id, code, gateway } = await proven();
    gateway.file.sql.run("DELETE FROM customers_v2 WHERE doc->>'$.id' <> 'c-home'");
    const { body } = await verify(gateway, challenge_id, code);
    expect(body).toMatchObject({ customer: { id: "c-home" } });
  });
});

test("one code gives one session, although a second customer gets the phone meanwhile", async () => {
  const gateway = await testGateway({ documents: { customers_v2: [customer("c-1", PHONE)] } });
  const { challenge_id, code } = await challengeFor(gateway, PHONE);
  expect((await verify(gateway, challenge_id, code)).status).toBe(200);
  await gateway.runtime.settle();
  const second = JSON.stringify(customer("c-2", PHONE));
  gateway.file.sql.run("INSERT INTO customers_v2 (key, doc) VALUES (?, ?)", '"second"', second);
  const again = await verify(gateway, challenge_id, code);
  if (again.status === 200) {
    const token = again.body.selection_token;
    expectProblem(await select(gateway, token, "c-2"), 400, "otp-rejected");
  }
});
