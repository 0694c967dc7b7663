import { describe, expect, it } from "vitest";
import { hasFindings, type MigrationReport, migrate } from "../../../src/adapters/mongo/migrate.ts";
import { mongoIndexes } from "../../../src/adapters/mongo/migrate-store.ts";
import { fakeIndexes, type IndexWorld } from "../../support/stores/index-store.ts";
import { addUniqueIndexes } from "../../support/stores/mongo-data.ts";
import { commandsOf, describeMongo } from "../../support/stores/mongo-suite.ts";

const PLAN = { apply: false, replace: false };
const APPLY = { apply: true, replace: false };
const REPLACE = { apply: true, replace: true };

const ALL = [
  "customers_v2.id",
  "customers_v2.phone",
  "customers_v2.user_id",
  "users.id",
  "users.customer_v2_id",
  "users.doorstep_customer_id",
  "users.phone",
  "users.email",
];

const PLAIN = { name: "user_id_1", key: { user_id: 1 } };
const UNIQUE = { ...PLAIN, unique: true };
const EMAIL = { name: "email_1", key: { email: 1 }, unique: true };

const statesOf = ({ indexes }: MigrationReport): Readonly<Record<string, string>> =>
  Object.fromEntries(indexes.map((row) => [`${row.collection}.${row.field}`, row.state]));
const rowOf = ({ indexes }: MigrationReport, name: string) =>
  indexes.find((row) => `${row.collection}.${row.field}` === name);
const every = (state: string) => Object.fromEntries(ALL.map((field) => [field, state]));

describe("doorstep migrate", () => {
  it("doorstep migrate plans, makes and then finds every index, and drops nothing", async () => {
    const store = fakeIndexes({});
    const plan = await migrate(store, PLAN);
    expect([statesOf(plan), hasFindings(plan), store.done]).toEqual([every("missing"), true, []]);
    const made = await migrate(store, APPLY);
    expect([statesOf(made), hasFindings(made)]).toEqual([every("created"), false]);
    const again = await migrate(store, REPLACE);
    expect([statesOf(again), hasFindings(again)]).toEqual([every("present"), false]);
    expect(store.done.filter((deed) => !deed.startsWith("create"))).toEqual([]);
    expect(store.names("customers_v2").sort()).toEqual([
      ...["_id_", "doorstep_id_unique", "doorstep_user_id_unique", "phone_1"],
    ]);
  });

  it("doorstep migrate makes no unique index over shared values, and names whose they are", async () => {
    const customers = [
      { id: "c-1", user_id: "u-1" },
      { id: "c-2", user_id: "u-1" },
      { id: "\u001b[2J", user_id: "u-1" },
      { id: "c-4", user_id: null },
      { id: "c-5" },
      { id: "c-6", user_id: "" },
    ];
    const users = [{ id: "u-1" }, { id: "u-1" }, { id: "u-3", customer_v2_id: ["c-1", "c-1"] }];
    const store = fakeIndexes({ documents: { customers_v2: customers, users } });
    const report = await migrate(store, APPLY);
    expect(rowOf(report, "customers_v2.user_id")).toMatchObject({
      state: "created",
      unique: false,
      name: "user_id_1",
      because: 'not unique: documents share one user_id: "c-1" = "c-2" = "\\u001b[2J"',
    });
    expect(rowOf(report, "users.id")).toMatchObject({ state: "created", unique: false });
    expect(rowOf(report, "customers_v2.id")).toMatchObject({ state: "created", unique: true });
    expect(hasFindings(report)).toBe(true);
    const again = await migrate(store, APPLY);
    expect(rowOf(again, "customers_v2.user_id")).toMatchObject({ state: "impossible" });
    expect(hasFindings(again)).toBe(true);
  });

  it("doorstep migrate leaves a plain index where it wanted a unique one, until told to replace it", async () => {
    const store = fakeIndexes({ indexes: { customers_v2: [PLAIN] } });
    const report = await migrate(store, APPLY);
    expect(rowOf(report, "customers_v2.user_id")).toMatchObject({
      state: "blocked",
      because: "user_id_1 (not unique) stands on this field; --replace drops it",
    });
    expect(store.names("customers_v2")).toContain("user_id_1");
    expect(statesOf(await migrate(store, { apply: false, replace: true }))).toMatchObject({
      "customers_v2.user_id": "replaceable",
    });
    const replaced = await migrate(store, REPLACE);
    expect(rowOf(replaced, "customers_v2.user_id")).toMatchObject({
      state: "replaced",
      name: "doorstep_user_id_unique",
      dropped: ["user_id_1"],
    });
    expect(hasFindings(await migrate(store, PLAN))).toBe(false);
  });

  it("doorstep migrate says what a unique index over null does to customers without a user", async () => {
    const store = fakeIndexes({ indexes: { customers_v2: [UNIQUE], users: [EMAIL] } });
    const report = await migrate(store, APPLY);
    expect(rowOf(report, "customers_v2.user_id")?.because).toBe(
      "user_id_1 (unique) stands on this field: it admits one document without user_id and refuses the next; --replace drops it",
    );
    // The backend requires an e-mail and wants it unique: nothing of ours to change.
    expect(rowOf(report, "users.email")).toMatchObject({ state: "present", name: "email_1" });
    const done = store.done.length;
    await migrate(store, REPLACE);
    expect(store.done.slice(done)).toEqual([
      "create customers_v2.doorstep_user_id_unique",
      "drop customers_v2.user_id_1",
    ]);
  });

  it("doorstep migrate drops the index of the backend that came back beside its own, when told to", async () => {
    const store = fakeIndexes({ indexes: { customers_v2: [] } });
    await migrate(store, APPLY);
    const back = fakeIndexes({
      indexes: { customers_v2: [...(await store.list("customers_v2")), UNIQUE] },
    });
    expect(statesOf(await migrate(back, APPLY))["customers_v2.user_id"]).toBe("blocked");
    expect(statesOf(await migrate(back, REPLACE))["customers_v2.user_id"]).toBe("replaced");
    const plain = fakeIndexes({
      indexes: { customers_v2: [...(await store.list("customers_v2")), PLAIN] },
    });
    expect(statesOf(await migrate(plain, REPLACE))["customers_v2.user_id"]).toBe("present");
    expect(plain.names("customers_v2")).toContain("user_id_1");
  });

  it("doorstep migrate drops first on servers that have one index a key, and puts back what it cannot replace", async () => {
    const world: IndexWorld = { indexes: { customers_v2: [PLAIN] }, oneIndexPerKey: true };
    const store = fakeIndexes(world);
    expect(statesOf(await migrate(store, REPLACE))["customers_v2.user_id"]).toBe("replaced");
    expect(store.done.slice(-7)).toContain("drop customers_v2.user_id_1");
    const documents = { customers_v2: [{ id: "c-1", user_id: ["u-1", "u-1"] }] };
    const torn = fakeIndexes({ ...world, documents });
    const report = await migrate(torn, REPLACE);
    expect(rowOf(report, "customers_v2.user_id")).toMatchObject({ state: "impossible" });
    expect(torn.names("customers_v2")).toContain("user_id_1");
  });

  it("doorstep migrate takes an index that only looks like its own for none", async () => {
    const lookalikes = [
      { name: "a", key: { phone: "text" } },
      { name: "b", key: { area: 1, phone: 1 } },
      { name: "c", key: { phone: 1 }, hidden: true },
      { name: "d", key: { phone: 1 }, partialFilterExpression: { status: "active" } },
      { name: "e", key: { phone: 1 }, collation: { locale: "hi" } },
    ];
    for (const index of lookalikes) {
      const report = await migrate(fakeIndexes({ indexes: { customers_v2: [index] } }), PLAN);
      expect(statesOf(report)["customers_v2.phone"], index.name).toBe("missing");
    }
    for (const key of [{ phone: -1 }, { phone: 1, area: 1 }, { phone: "hashed" }]) {
      const store = fakeIndexes({ indexes: { customers_v2: [{ name: "x", key }] } });
      expect(statesOf(await migrate(store, PLAN))["customers_v2.phone"]).toBe("present");
    }
  });
});

describeMongo("doorstep migrate over the wire", (mongo) => {
  for (const unique of [false, true]) {
    it(`doorstep migrate over the wire makes what is missing beside live data, ${unique ? "with" : "without"} the backend's indexes`, async () => {
      const url = mongo.newUrl();
      const data = mongo.data(url);
      const indexes = mongoIndexes(mongo.connect(url));
      if (unique) await addUniqueIndexes(data.db);
      await data.put("users", [{ id: "u-1", email: "a@example.com", customer_v2_id: "c-1" }]);
      await data.put("customers_v2", [{ id: "c-1", user_id: "u-1" }, { id: "c-2" }]);
      expect(hasFindings(await migrate(indexes, PLAN))).toBe(true);
      const report = await migrate(indexes, APPLY);
      expect(hasFindings(report)).toBe(unique);
      expect(statesOf(report)).toEqual({
        ...every("created"),
        ...(unique ? { "customers_v2.user_id": "blocked", "users.email": "present" } : {}),
      });
      expect(hasFindings(await migrate(indexes, APPLY))).toBe(unique);
      const duplicate = { id: "c-3", user_id: "u-1" };
      await expect(data.put("customers_v2", [duplicate])).rejects.toMatchObject({ code: 11000 });
      // jongodb drops no index.
      if (unique && mongo.server.kind === "jongodb") return;
      expect(hasFindings(await migrate(indexes, REPLACE))).toBe(false);
      await data.put("customers_v2", [{ id: "c-4" }, { id: "c-5", user_id: null }]);
    });
  }

  it("doorstep migrate over the wire finds the customers who share a user, and the documents that share an id", async () => {
    const url = mongo.newUrl();
    const data = mongo.data(url);
    await data.put("customers_v2", [
      ...[{ id: "c-1", user_id: "u-1" }, { id: "c-2", user_id: "u-1" }, { id: "c-3" }],
      ...[{ id: "c-4", user_id: "" }, { id: "c-5", user_id: "" }, { id: "c-9" }, { id: "c-9" }],
    ]);
    const report = await migrate(mongoIndexes(mongo.connect(url)), APPLY);
    expect(rowOf(report, "customers_v2.user_id")?.because).toMatch(/"c-[12]" = "c-[12]"$/);
    expect(rowOf(report, "customers_v2.id")?.because).toBe(
      'not unique: documents share one id: "c-9"',
    );
  });

  it("doorstep migrate over the wire drops by name, and takes a collection that does not exist for one without indexes", async () => {
    const url = mongo.newUrl();
    const store = mongo.connect(url);
    const commands = commandsOf(store);
    const indexes = mongoIndexes(store);
    expect((await indexes.list("users")).filter(({ name }) => name !== "_id_")).toEqual([]);
    const dropped = indexes.drop("users", "user_id_1");
    // jongodb has no dropIndexes; any other server says that there is no such index.
    await expect(dropped).rejects.toMatchObject({ message: "mongo drop-index failed" });
    expect(commands.at(-1)?.command).toMatchObject({ dropIndexes: "users", index: "user_id_1" });
  });
});
