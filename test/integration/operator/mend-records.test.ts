import { hash } from "bcryptjs";
import { describe, expect, test } from "vitest";
import { customer, user } from "../../cases-extra/people.ts";
import { logIn } from "../../support/gateway/client.ts";
import type { Fields } from "../../support/linking/linking-cases.ts";
import {
  type CommandWorld,
  commandsOnMongo,
  commandsOnSqlite,
  type FillCommandWorld,
  runOf,
  throughGateway,
} from "../../support/runs/command-world.ts";
import { describeMongo } from "../../support/stores/mongo-suite.ts";

const [P, Q, R] = ["9876500001", "9876500002", "9876500003"];
const APPLY = ["--apply", "--yes"];

const all = async (world: CommandWorld) => [
  await world.documents("users"),
  await world.documents("customers_v2"),
];

const phonesOf = async (world: CommandWorld, collection: "users" | "customers_v2") =>
  Object.fromEntries(
    (await world.documents(collection)).map(({ id, phone }) => [String(id), phone]),
  );

function declare(fill: FillCommandWorld): void {
  test("`normalize` writes phones as ten digits where nothing is lost, leaves staff, and is undone with every type", async () => {
    const odd: Fields = { c1: "+91 98765-00001", c2: 9876500002, c3: "9876500003.0", c4: R };
    const kept: Fields = {
      k1: "98765 00002 or ask the guard",
      k2: "9876500001, 9876500002",
      k3: "",
      k4: null,
      k5: ["9876500001"],
      k6: "+1 415 555 0100",
      k7: "12345",
    };
    const world = await fill({
      customers_v2: Object.entries({ ...odd, ...kept }).map(([id, phone]) => customer(id, phone)),
      users: [
        user("u-1", { phone: "+919876500001" }),
        user("staff", { phone: "+919876500002", role: "delivery_boy" }),
        user("u-3"),
      ],
    });
    const before = await all(world);
    const planned = await world.run("normalize");
    expect([planned.code, planned.out]).toEqual([1, "14 documents read\n4 to change\n"]);
    expect(await all(world)).toEqual(before);
    const done = await world.run("normalize", ...APPLY);
    expect([done.code, done.out]).toEqual([0, "14 documents read\n4 changed\n"]);
    expect(await phonesOf(world, "customers_v2")).toEqual({ c1: P, c2: Q, c3: R, c4: R, ...kept });
    expect(await phonesOf(world, "users")).toEqual({
      "u-1": P,
      "u-3": null,
      staff: "+919876500002",
    });
    expect((await world.run("normalize")).out).toContain("0 to change");
    expect((await world.run("undo", runOf(done), ...APPLY)).code).toBe(0);
    expect(await all(world)).toEqual(before);
  });

  test("`sync` copies name and phone to linked users only, and no phone over another that may be the true one", async () => {
    const linked = (c: string, more: Fields = {}) => ({ customer_v2_id: c, ...more });
    const world = await fill({
      customers_v2: [
        customer("c-1", P, { name: "Asha Iyer", user_id: "u-1" }),
        customer("c-2", Q, { name: "Ravi", user_id: "u-2" }),
        customer("c-3", R, { name: "Meena", user_id: "u-3" }),
        customer("c-4", P, { name: "Other" }),
        customer("c-5", P, { name: "Fifth", user_id: "u-5" }),
      ],
      users: [
        user("u-1", linked("c-1")),
        user("u-2", linked("c-2", { phone: P, doorstep_customer_id: "c-2" })),
        user("u-3", linked("c-3", { phone: P })),
        user("u-4", linked("c-4", { phone: Q })),
        user("u-5", linked("c-5", { phone: "+91 98765 00001", role: "admin" })),
      ],
    });
    const before = await all(world);
    const planned = await world.run("sync");
    expect([planned.code, planned.out]).toEqual([
      1,
      "5 documents read\n2 to change\n1 for a person to decide:\n  customer c-3, user u-3: the phones differ\n",
    ]);
    const done = await world.run("sync", ...APPLY, "--json");
    expect([done.code, JSON.parse(done.out)]).toMatchObject([1, { written: 2, lost: 0 }]);
    expect(await world.one("users", "u-1")).toMatchObject({ name: "Asha Iyer", phone: P });
    expect(await world.one("users", "u-2")).toMatchObject({ name: "Ravi", phone: Q });
    for (const id of ["u-3", "u-4", "u-5"]) {
      expect(before[0]).toContainEqual(await world.one("users", id));
    }
    expect((await world.run("undo", runOf(done), ...APPLY)).code).toBe(0);
    expect(await all(world)).toEqual(before);
  });

  test("`close-passwords` names everyone who would be stranded, and refuses until --strand", async () => {
    const published = await hash("customer123", 4);
    const own = await hash("a private one", 4);
    const withHash = (more: Fields = {}) => ({ phone: P, password_hash: own, ...more });
    const world = await fill({
      customers_v2: [
        customer("c-1", P, { user_id: "u-1" }),
        customer("c-2", Q, { status: "stopped", user_id: "u-2" }),
        customer("u-4", "98765 or ask"),
      ],
      users: [
        user("u-1", withHash({ customer_v2_id: "c-1", password: own })),
        user("u-2", withHash({ customer_v2_id: "c-2", phone: Q })),
        user("u-3", { phone: R, password: published }),
        user("u-4", { password_hash: own }),
        user("u-5", { phone: "9876500005", password_hash: own, is_active: false }),
        user("u-6", { password_hash: own, email: "x@earlybird.local" }),
        user("staff", { password: published, role: "admin" }),
      ],
    });
    const before = await all(world);
    const refused = await world.run("close-passwords", ...APPLY);
    expect([refused.code, refused.out.split("\n").toSorted()]).toEqual([
      1,
      [
        "",
        "  user u-2: the delivery record is stopped",
        "  user u-3: has no delivery record: doorstep adopt",
        "  user u-4: the phone of the delivery record cannot be read: doorstep change-phone",
        "3 for a person to decide:",
        "3 to change",
        "7 documents read",
      ],
    ]);
    expect(refused.err).toMatch(/^Nothing was written.*\nRefused: /s);
    expect(await all(world)).toEqual(before);
    const done = await world.run("close-passwords", "--strand", ...APPLY, "--json");
    expect(JSON.parse(done.out)).toMatchObject({ written: 3, lost: 0 });
    expect(done.out + done.err).not.toContain("$2");
    const secret = (fields: Fields) => "password" in fields || "password_hash" in fields;
    const open = (await world.documents("users")).filter(secret).map(({ id }) => id);
    expect(open).toEqual(["staff", "u-4", "u-5", "u-6"]);
    expect((await logIn(await world.gateway(), P)).status).toBe(200);
    expect((await world.run("undo", runOf(done), ...APPLY)).code).not.toBe(2);
    expect((await world.one("users", "u-3"))["password"]).toBe(published);
    expect((await world.one("users", "u-1"))["password_hash"]).toBe(own);
  });

  test("`close-passwords` looks again after its question, and refuses for who came to be stranded meanwhile", async () => {
    const world = await fill({
      customers_v2: [customer("c-1", P, { user_id: "u-1" })],
      users: [user("u-1", { phone: P, customer_v2_id: "c-1", password_hash: "plain:own" })],
    });
    const meanwhile = async (question: string) => {
      await world.overwrite("customers_v2", "c-1", { status: "stopped" });
      return /Type the name (\S+) to/.exec(question)?.[1] ?? "";
    };
    const { code, err, out } = await world.answering(meanwhile, "close-passwords", "--apply");
    expect([code, err]).toEqual([1, expect.stringContaining("Refused: ")]);
    expect(out).toContain("user u-1: the delivery record is stopped");
    expect(await world.one("users", "u-1")).toMatchObject({ password_hash: "plain:own" });
  });

  test("`close-passwords` closes at once where everyone can log in by phone, who is not linked yet included", async () => {
    const password_hash = await hash("a private one", 4);
    const world = await fill({
      customers_v2: [customer("c-1", P), customer("u-2", Q)],
      users: [user("u-1", { phone: P, password_hash }), user("u-2", { phone: Q, password_hash })],
    });
    const done = await world.run("close-passwords", "--json");
    expect([done.code, JSON.parse(done.out)]).toEqual([
      0,
      { applied: false, read: 2, planned: 0, written: 0, lost: 0, left: [] },
    ]);
  });
}

describe("commands that mend records, on SQLite", () => declare(commandsOnSqlite));
describeMongo("commands that mend records, on MongoDB", (mongo) => declare(commandsOnMongo(mongo)));
describe("commands that mend records, through a gateway", () =>
  declare(throughGateway(commandsOnSqlite)));
describeMongo("commands that mend records, through a gateway on MongoDB", (mongo) =>
  declare(throughGateway(commandsOnMongo(mongo))),
);
