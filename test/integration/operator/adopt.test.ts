import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { customer, user } from "../../cases-extra/people.ts";
import { claimsOf, logIn } from "../../support/gateway/client.ts";
import { temporaryFolder } from "../../support/gateway/gateway-process.ts";
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
const PLACE = ["--address", "12 Lake View Road", "--area", "Indiranagar"];

const all = async (world: CommandWorld) => [
  await world.documents("users"),
  await world.documents("customers_v2"),
];

function fileOf(text: string): string {
  const path = join(temporaryFolder(), "adopt.csv");
  writeFileSync(path, text);
  return path;
}

function declare(fill: FillCommandWorld): void {
  test("`adopt` gives a user a complete delivery record, the user logs in by phone, and it is undone", async () => {
    const world = await fill({
      customers_v2: [customer("c-2", Q)],
      users: [user("u-1", { name: "Bina Thomas", phone: `+91 ${P}` })],
    });
    const before = await all(world);
    const planned = await world.run("adopt", "u-1", ...PLACE);
    expect([planned.code, planned.out]).toEqual([1, expect.stringContaining("would be adopted")]);
    expect(await all(world)).toEqual(before);
    const done = await world.run("adopt", "u-1", ...PLACE, ...APPLY, "--json");
    const [{ customer_id }] = JSON.parse(done.out);
    expect([done.code, done.err]).toEqual([
      0,
      expect.stringMatching(/"name":"customer.adopted","by":"operator"/),
    ]);
    const { _id, created_at, updated_at, ...fields } = await world.one("customers_v2", customer_id);
    expect(fields).toEqual({
      id: customer_id,
      name: "Bina Thomas",
      phone: P,
      address: "12 Lake View Road",
      area: "Indiranagar",
      status: "active",
      user_id: "u-1",
    });
    expect([created_at, updated_at]).toEqual(
      [1, 2].map(() => expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/)),
    );
    const { body } = await logIn(await world.gateway(), P);
    expect(claimsOf(body.access_token)).toMatchObject({
      sub: "u-1",
      customer_v2_id: customer_id,
    });
    expect((await world.run("adopt", "u-1", ...PLACE, ...APPLY)).out).toContain("adopted");
    const undone = await world.run("undo", runOf(done), ...APPLY);
    expect([undone.code, undone.out]).toEqual([0, "restored 2 documents\n"]);
    expect(await all(world)).toEqual(before);
    const again = await world.run("undo", runOf(undone), ...APPLY);
    expect(again.code).toBe(0);
    expect(await world.one("customers_v2", customer_id)).toMatchObject({ _id, created_at });
  });

  test("`adopt` that died after it claimed the user goes on from there", async () => {
    const world = await fill({
      customers_v2: [customer("c-2", Q)],
      users: [user("u-1", { phone: P })],
    });
    const first = await world.run("adopt", "u-1", ...PLACE, ...APPLY, "--json");
    const [{ customer_id }] = JSON.parse(first.out);
    const half = await fill({
      customers_v2: [customer("c-2", Q)],
      users: [
        user("u-1", {
          phone: P,
          customer_v2_id: customer_id,
          doorstep_customer_id: customer_id,
          created_at: "2024-10-21",
        }),
      ],
    });
    expect((await half.run("adopt", "u-1", ...PLACE, ...APPLY)).code).toBe(0);
    expect(await half.one("customers_v2", customer_id)).toMatchObject({ user_id: "u-1" });
  });

  test("`adopt` refuses who has a delivery record, staff, and a phone that is a customer's", async () => {
    const world = await fill({
      customers_v2: [customer("u-2", "9876500009"), customer("c-3", "(98765) 000 03")],
      users: [
        user("staff", { role: "admin", phone: P }),
        user("u-2", { phone: P }),
        user("u-3", { phone: R }),
        user("u-4", { phone: Q, is_active: false }),
        user("u-5"),
        user("u-6", { phone: Q, name: " " }),
      ],
    });
    const before = await all(world);
    const because = async (...line: string[]) => {
      const { code, out } = await world.run("adopt", ...line, ...PLACE, ...APPLY, "--json");
      return [code, JSON.parse(out)[0].result];
    };
    expect(await because("staff")).toEqual([1, "user-unusable"]);
    expect(await because("u-2")).toEqual([1, "has-customer"]);
    expect(await because("u-3")).toEqual([1, "phone-taken"]);
    expect(await because("u-4")).toEqual([1, "user-inactive"]);
    expect(await because("u-5")).toEqual([1, "user-without-phone"]);
    expect(await because("u-6")).toEqual([1, "user-without-name"]);
    expect(await because("u-3", "--phone", P)).toEqual([1, "user-has-a-phone"]);
    expect(await because("u-9")).toEqual([1, "no-user"]);
    for (const line of [["u-5"], ["u-5", "--address", "x"], ["u-5", ...PLACE, "--csv", "x"], []]) {
      expect((await world.run("adopt", ...line, ...APPLY)).code).toBe(2);
    }
    expect(await all(world)).toEqual(before);
    expect(await because("u-5", "--phone", P)).toEqual([0, "adopted"]);
    expect(await because("u-3", "--shared")).toEqual([0, "adopted"]);
  });

  test("`adopt --csv` adopts all rows of a file without a fault, and none of another", async () => {
    const world = await fill({
      customers_v2: [customer("c-9", "9876500009")],
      users: [user("u-1", { phone: P }), user("u-2"), user("u-3", { phone: `0${P}` })],
    });
    const before = await all(world);
    const header = "user_id,address,area,phone";
    for (const [row, sentence] of [
      ["u-2,,Indiranagar,", /line 3: address is empty/],
      ["u-2,7 Road,Indiranagar,12345", /line 3: phone is no mobile number/],
      ["u-1,7 Road,Indiranagar,", /line 3: line 2 has the same user/],
      ["u-2,7 Road,Indiranagar", /line 3: there are 3 cells/],
    ] as const) {
      const broken = fileOf(`${header}\nu-1,"12, MG Road",इंदिरानगर,\n${row}\n`);
      const refused = await world.run("adopt", "--csv", broken, ...APPLY);
      expect([refused.code, refused.err]).toEqual([2, expect.stringMatching(sentence)]);
    }
    expect(await all(world)).toEqual(before);
    const rows = [`u-1,"12, MG Road",इंदिरानगर,`, `u-2,'=7 Road,Jayanagar,${Q}`, "u-3,9 Road,HSR,"];
    const file = fileOf(`\ufeff${header}\r\n${rows.join("\r\n")}\r\n`);
    const done = await world.run("adopt", "--csv", file, ...APPLY, "--json");
    const results = JSON.parse(done.out).map(({ result }: { result: string }) => result);
    expect([done.code, results]).toEqual([1, ["adopted", "adopted", "phone-taken"]]);
    const made = (await world.documents("customers_v2")).filter(({ id }) => id !== "c-9");
    expect(made.map(({ address }) => address).toSorted()).toEqual(["12, MG Road", "=7 Road"]);
  });
}

describe("`doorstep adopt` on SQLite", () => declare(commandsOnSqlite));
describeMongo("`doorstep adopt` on MongoDB", (mongo) => declare(commandsOnMongo(mongo)));
describe("`doorstep adopt` through a gateway", () => declare(throughGateway(commandsOnSqlite)));
