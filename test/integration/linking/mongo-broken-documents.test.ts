import { Decimal128, type Document, Double, Long, ObjectId } from "mongodb";
import { expect, test } from "vitest";
import { askForCode, logIn, newestCode, verify } from "../../support/gateway/client.ts";
import { describeMongo } from "../../support/stores/mongo-suite.ts";
import { mongoWorld } from "../../support/stores/mongo-world.ts";

const PHONE = "9876500001";
const customer = {
  id: "c-1",
  name: "Asha",
  phone: PHONE,
  area: "A",
  address: "1",
  status: "active",
};
const user = { id: "u-1", name: "Asha", phone: PHONE, role: "customer", email: "a@example.com" };

/** A pair of documents that a legacy writer left broken, and whether its phone may log in. */
const BROKEN: Readonly<Record<string, readonly [Document, Document, "token" | "none"]>> = {
  "a customer without id": [{ ...customer, id: undefined }, user, "none"],
  "a customer whose id is a number": [{ ...customer, id: 5 }, user, "none"],
  "a customer whose id is an object": [{ ...customer, id: { $ne: null } }, user, "none"],
  "a customer whose id is an array": [{ ...customer, id: ["c-1"] }, user, "none"],
  "a customer whose id is an ObjectId": [{ ...customer, id: new ObjectId() }, user, "none"],
  "a customer whose phone is an array": [{ ...customer, phone: [PHONE] }, user, "none"],
  "a customer whose phone is an object": [{ ...customer, phone: { $gt: "" } }, user, "none"],
  "a customer whose phone has sixteen digits": [
    { ...customer, phone: `${PHONE}987650` },
    user,
    "none",
  ],
  "a customer whose phone is a number": [{ ...customer, phone: Number(PHONE) }, user, "token"],
  "a customer whose phone is a long": [
    { ...customer, phone: Long.fromString(PHONE) },
    user,
    "token",
  ],
  "a customer whose phone is a double": [{ ...customer, phone: new Double(+PHONE) }, user, "token"],
  "a customer whose phone is a decimal": [
    { ...customer, phone: Decimal128.fromString(PHONE) },
    user,
    "token",
  ],
  "a customer whose phone is a tel: link": [
    { ...customer, phone: `tel:+91${PHONE}` },
    user,
    "token",
  ],
  "a customer whose phone is a long of sixteen digits": [
    { ...customer, phone: Long.fromString("9876500001987650") },
    user,
    "none",
  ],
  "a customer without name": [{ ...customer, name: undefined }, { ...user, name: null }, "token"],
  "a customer whose name is an object": [{ ...customer, name: { a: 1 } }, user, "token"],
  "a customer whose user_id is an object": [{ ...customer, user_id: { $ne: null } }, user, "token"],
  "a customer whose user_id is an array": [{ ...customer, user_id: ["u-1"] }, user, "token"],
  "a customer whose user_id is an ObjectId": [
    { ...customer, user_id: new ObjectId() },
    user,
    "token",
  ],
  "a customer whose status is a number": [{ ...customer, status: 1 }, user, "none"],
  "a user without id": [customer, { ...user, id: undefined, customer_v2_id: "c-1" }, "none"],
  "a user whose id is a number": [customer, { ...user, id: 7, customer_v2_id: "c-1" }, "none"],
  "a user whose role is in capitals": [
    customer,
    { ...user, role: "CUSTOMER", customer_v2_id: "c-1" },
    "none",
  ],
  "a user whose role is an array": [
    customer,
    { ...user, role: ["customer"], customer_v2_id: "c-1" },
    "none",
  ],
  "a user whose customer_v2_id is an array": [
    customer,
    { ...user, customer_v2_id: ["c-1"] },
    "token",
  ],
  "a user whose is_active is a text": [
    { ...customer, user_id: "u-1" },
    { ...user, customer_v2_id: "c-1", is_active: "yes" },
    "none",
  ],
};

const present = (document: Document): Document =>
  Object.fromEntries(Object.entries(document).filter(([, value]) => value !== undefined));

describeMongo("broken documents", (mongo) => {
  for (const [what, [one, other, outcome]] of Object.entries(BROKEN)) {
    test(`broken documents: ${what}: ${outcome === "token" ? "one link and a token" : "no token, and nothing written"}`, async () => {
      const world = await mongoWorld(mongo)({ users: [], customers_v2: [] });
      await world.data.putRaw("customers_v2", [present(one)]);
      await world.data.putRaw("users", [present(other)]);
      const before = await world.documents();
      const asked = await askForCode(world.test, PHONE);
      await world.test.runtime.settle();
      expect([asked.status, world.test.runtime.errors]).toEqual([202, []]);
      const code = newestCode(world.test, PHONE) ?? "000000";
      const answer = await verify(world.test, asked.body.challenge_id, code);
      expect(answer.status).toBeLessThan(500);
      expect(answer.body.access_token === undefined).toBe(outcome === "none");
      const after = await world.documents();
      if (outcome === "none") expect(after).toEqual(before);
      else {
        const [linked] = after.customers_v2;
        const users = after.users.filter(({ id }) => id === linked?.user_id);
        expect(users).toMatchObject([{ customer_v2_id: "c-1", role: "customer" }]);
        expect((await logIn(world.test, PHONE)).body.user.id).toBe(linked?.user_id);
        expect(await world.documents()).toEqual(after);
      }
    });
  }

  test("two customers with one id: no token, and nothing written", async () => {
    const world = await mongoWorld(mongo)({ users: [], customers_v2: [] });
    await world.data.putRaw("customers_v2", [customer, { ...customer, phone: "9876500002" }]);
    const before = await world.documents();
    const asked = await askForCode(world.test, PHONE);
    await world.test.runtime.settle();
    const code = newestCode(world.test, PHONE) ?? "000000";
    const answer = await verify(world.test, asked.body.challenge_id, code);
    expect([answer.status, answer.body.code]).toEqual([409, "link-conflict"]);
    expect(await world.documents()).toEqual(before);
  });
});
