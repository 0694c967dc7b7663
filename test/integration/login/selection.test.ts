import { describe, expect, test } from "vitest";
import { customer, user } from "../../cases-extra/people.ts";
import {
  bearer,
  call,
  challengeFor,
  claimsOf,
  select,
  verify,
  wrongFor,
} from "../../support/gateway/client.ts";
import {
  type TestGateway,
  type TestOptions,
  testGateway,
} from "../../support/gateway/test-gateway.ts";
import type { Fields } from "../../support/linking/linking-cases.ts";
import { expectProblem } from "../http/expect-problem.ts";
import { change, documentsOf } from "../linking/sqlite-world.ts";

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

/** The answer to the right code of a phone. */
async function provenAmong(among: NonNullable<TestOptions["documents"]>) {
  const gateway = await testGateway({ documents: among });
  const { challenge_id, code } = await challengeFor(gateway, PHONE);
  return { gateway, answer: await verify(gateway, challenge_id, code), challenge_id, code };
}

/** Customers of one phone, of whom three cannot log in, each for a reason of its own. */
const UNABLE = {
  customers_v2: [
    customer("c-inactive", PHONE, { user_id: "u-inactive" }),
    customer("c-conflict", PHONE, { user_id: "u-staff" }),
    customer("c-stopped", PHONE, { status: "stopped" }),
  ],
  users: [
    user("u-inactive", { customer_v2_id: "c-inactive", is_active: false }),
    user("u-staff", { role: "admin" }),
    user("u-shop", { customer_v2_id: "c-shop" }),
  ],
};
const HOME = customer("c-home", PHONE);
const SHOP = customer("c-shop", PHONE, { user_id: "u-shop" });
const namedIn = ({ lines }: TestGateway, event: string) =>
  lines
    .map((line) => JSON.parse(line))
    .filter(({ name }) => name === event)
    .map(({ customer_id }) => customer_id);

describe("of the customers of one phone", () => {
  test("of the customers of one phone those with an inactive user or contradicting records are not listed", async () => {
    const customers_v2 = [...UNABLE.customers_v2, HOME, SHOP];
    const { answer, gateway } = await provenAmong({ ...UNABLE, customers_v2 });
    const listed = answer.body.customers.map((one: Fields) => one["customer_v2_id"]);
    expect(listed.sort()).toEqual(["c-home", "c-shop"]);
    expect(namedIn(gateway, "link.conflict"), "staff are told").toEqual(["c-conflict"]);
    const token = answer.body.selection_token;
    expectProblem(await select(gateway, token, "c-inactive"), 403, "user-inactive");
    expectProblem(await select(gateway, token, "c-conflict"), 409, "link-conflict");
    const login = await select(gateway, token, "c-shop");
    expect([login.status, login.body.user.id]).toEqual([200, "u-shop"]);
  });

  test.each([
    ["who needs a first login", HOME, true],
    ["who is linked", SHOP, false],
  ])("the only one who can log in does so unasked: one %s", async (_, able, first) => {
    const customers_v2 = [...UNABLE.customers_v2, able];
    const { answer, gateway } = await provenAmong({ ...UNABLE, customers_v2 });
    expect([answer.status, answer.body.customer.id]).toEqual([200, able["id"]]);
    expect(answer.body.first_login).toBe(first);
    const linked = documentsOf(gateway.file).customers_v2.filter((one) => "user_id" in one);
    const before = customers_v2.filter((one) => "user_id" in one).map(({ id }) => id);
    expect(new Set(linked.map(({ id }) => id))).toEqual(new Set([...before, able["id"]]));
  });

  test("of the customers of one phone none can log in: their owner is told why, and nothing is written", async () => {
    for (const [ids, status, code] of [
      [["c-inactive", "c-conflict", "c-stopped"], 409, "link-conflict"],
      [["c-inactive", "c-stopped"], 403, "user-inactive"],
    ] as const) {
      const customers_v2 = UNABLE.customers_v2.filter(({ id }) => ids.some((one) => one === id));
      const gateway = await testGateway({ documents: { ...UNABLE, customers_v2 } });
      const { challenge_id, code: typed } = await challengeFor(gateway, PHONE);
      const before = documentsOf(gateway.file);
      expectProblem(await verify(gateway, challenge_id, typed), status, code);
      expect(documentsOf(gateway.file)).toEqual(before);
      expect(gateway.lines.join("\n")).toContain(code);
    }
  });

  test("a guesser of the code does not learn which customers of a phone can log in", async () => {
    const gateway = await testGateway({ documents: UNABLE });
    const { challenge_id, code } = await challengeFor(gateway, PHONE);
    expectProblem(await verify(gateway, challenge_id, wrongFor(code)), 400, "otp-rejected", {
      attempts_remaining: 4,
    });
    expect(namedIn(gateway, "link.conflict")).toEqual([]);
  });

  test("one whose user is disabled during the choice is refused, and the proof stands", async () => {
    const customers_v2 = [HOME, SHOP];
    const { answer, gateway } = await provenAmong({ ...UNABLE, customers_v2 });
    change(gateway.file, "users", "u-shop", { is_active: false });
    const token = answer.body.selection_token;
    expectProblem(await select(gateway, token, "c-shop"), 403, "user-inactive");
    expect((await select(gateway, token, "c-home")).status).toBe(200);
  });
});

describe("a phone with several customers", () => {
  test("a phone with several customers gets the list to choose from, with enough of each to tell them apart", async () => {
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

  test("a phone with several customers is asked nothing where one alone is live; where none is, it is told so", async () => {
    const home = customer("c-home", PHONE);
    const old = customer("c-old", PHONE, { status: "stopped" });
    for (const customers_v2 of [
      [home, old],
      [old, home],
    ]) {
      const { answer } = await provenAmong({ customers_v2 });
      expect([answer.status, answer.body.customer.id]).toEqual([200, "c-home"]);
    }
    const stopped = [customer("c-home", PHONE, { status: "stopped" }), old];
    const { answer } = await provenAmong({ customers_v2: stopped });
    expectProblem(answer, 403, "customer-stopped");
  });

  test("a phone with several customers is never told a whole address, however short", async () => {
    const { body } = await proven();
    const wholes = documents.customers_v2.map(({ address }) => address);
    for (const { address_hint } of body.customers) expect(wholes).not.toContain(address_hint);
    expect(JSON.stringify(body)).not.toMatch(/98765|c-other/);
  });

  test("a phone with several customers logs in as the one that is chosen, and only that one is linked", async () => {
    const { gateway, token } = await proven();
    const { body, status } = await select(gateway, token, "c-shop");
    expect(status).toBe(200);
    expect(body).toMatchObject({ customer: { id: "c-shop" }, first_login: true });
    expect(claimsOf(body.access_token)).toMatchObject({ customer_v2_id: "c-shop" });
    const linked = documentsOf(gateway.file).customers_v2.filter((one) => "user_id" in one);
    expect(linked.map(({ id }) => id)).toEqual(["c-shop"]);
  });

  test("a phone with several customers chooses once: neither the same nor another afterwards, and nothing is written", async () => {
    const { gateway, token } = await proven();
    await select(gateway, token, "c-shop");
    const before = documentsOf(gateway.file);
    for (const again of ["c-shop", "c-home"]) {
      expectProblem(await select(gateway, token, again), 400, "otp-rejected");
    }
    expect(documentsOf(gateway.file)).toEqual(before);
  });

  test("a phone with several customers may choose again after one who is stopped: the proof is not used up", async () => {
    const { gateway, token } = await proven();
    expectProblem(await select(gateway, token, "c-old"), 403, "customer-stopped");
    expectProblem(await select(gateway, token, "c-other"), 403, "not-owner");
    expect((await select(gateway, token, "c-home")).status).toBe(200);
  });

  test("a phone with several customers has two minutes to choose, to the millisecond", async () => {
    const [one, two] = [await proven(), await proven()];
    one.gateway.clock.advance(2 * MINUTE - 1);
    expect((await select(one.gateway, one.token, "c-home")).status).toBe(200);
    two.gateway.clock.advance(2 * MINUTE);
    expectProblem(await select(two.gateway, two.token, "c-home"), 400, "otp-rejected");
  });

  test("a phone with several customers gets the list again for the same code, until a choice was made", async () => {
    const { body, challenge_id, code, gateway, token } = await proven();
    expect((await verify(gateway, challenge_id, code)).body).toEqual(body);
    await select(gateway, token, "c-home");
    expectProblem(await verify(gateway, challenge_id, code), 400, "otp-rejected");
  });

  test("a phone with several customers that are chosen at once ends with one session, and no other's", async () => {
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

  test("a phone with several customers is asked no more when one of them alone is left", async () => {
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
