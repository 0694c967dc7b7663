import { expect, test } from "vitest";
import { customer, user } from "../../cases-extra/people.ts";
import { askForCode, challengeFor, refresh, verify } from "../../support/gateway/client.ts";
import type { Documents } from "../../support/linking/linking-cases.ts";
import { describeMongo } from "../../support/stores/mongo-suite.ts";
import { mongoWorld } from "../../support/stores/mongo-world.ts";

const PHONE = "9876500001";
const LINKED = {
  customers_v2: [customer("c-1", PHONE, { user_id: "u-1" })],
  users: [user("u-1", { customer_v2_id: "c-1", doorstep_customer_id: "c-1" })],
};

/** First logins that write as much as any, and what they find. */
const FIRST: Readonly<Record<string, Documents>> = {
  "to a new user": { customers_v2: [customer("c-1", PHONE)], users: [] },
  "to the user of the same id": {
    customers_v2: [customer("c-1", PHONE)],
    users: [user("c-1", { email: "customer-c-1@earlybird.local", password_hash: "x" })],
  },
  "to the user of the same phone and name": {
    customers_v2: [customer("c-1", PHONE, { name: "Asha Rao" })],
    users: [user("u-1", { phone: `+91${PHONE}`, name: "Asha Rao" })],
  },
  "whose creation was interrupted": {
    customers_v2: [customer("c-1", PHONE, { user_id: "e3d33e38-0000-5000-8000-000000000000" })],
    users: [],
  },
};

describeMongo("commands on the wire", (mongo) => {
  test.each([PHONE, "9876599999"])("asking for a code: one, for %s", async (phone) => {
    const { commands, test } = await mongoWorld(mongo)(LINKED);
    const answer = askForCode(test, phone);
    expect((await answer).status).toBe(202);
    const awaited = commands.filter(({ commandName }) => commandName === "aggregate");
    expect(awaited).toHaveLength(1);
    await test.runtime.settle();
  });

  test("a returning login's verify: two, and none that writes", async () => {
    const { commands, test } = await mongoWorld(mongo)(LINKED);
    const { challenge_id, code } = await challengeFor(test, PHONE);
    await test.runtime.settle();
    const before = commands.length;
    expect((await verify(test, challenge_id, code)).status).toBe(200);
    await test.runtime.settle();
    const names = commands.slice(before).map(({ commandName }) => commandName);
    expect(names).toEqual(["aggregate", "aggregate"]);
  });

  for (const [what, documents] of Object.entries(FIRST)) {
    for (const unique of [false, true]) {
      test(`a first login ${what}: at most five (unique indexes: ${unique})`, async () => {
        const { commands, test } = await mongoWorld(mongo, { unique })(documents);
        const { challenge_id, code } = await challengeFor(test, PHONE);
        await test.runtime.settle();
        const before = commands.length;
        const { body, status } = await verify(test, challenge_id, code);
        const names = commands.slice(before).map(({ commandName }) => commandName);
        expect(status, JSON.stringify(body)).toBe(200);
        expect(names.length, names.join(", ")).toBeLessThanOrEqual(5);
      });
    }
  }

  test("a refresh: two", async () => {
    const { commands, test } = await mongoWorld(mongo)(LINKED);
    const { challenge_id, code } = await challengeFor(test, PHONE);
    const { refresh_token } = (await verify(test, challenge_id, code)).body;
    await test.runtime.settle();
    const before = commands.length;
    expect((await refresh(test, refresh_token)).status).toBe(200);
    expect(commands.length - before).toBe(2);
  });
});
