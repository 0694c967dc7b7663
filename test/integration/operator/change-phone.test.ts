import { describe, expect, test } from "vitest";
import { customer, user } from "../../cases-extra/people.ts";
import { bearer, call, claimsOf, logIn } from "../../support/gateway/client.ts";
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
const WHY = ["--reason", "lost the old SIM"];
const APPLY = [...WHY, "--apply", "--yes"];

const all = async (world: CommandWorld) => [
  await world.documents("users"),
  await world.documents("customers_v2"),
];

function declare(fill: FillCommandWorld): void {
  /** Two people who are linked without our mark, as the legacy backend links them. */
  const two = () =>
    fill({
      customers_v2: [
        customer("c-1", `+91 ${P}`, { user_id: "u-1" }),
        customer("c-2", "98765-00002 ", { name: "Ravi Kulkarni" }),
      ],
      users: [user("u-1", { phone: P, customer_v2_id: "c-1" })],
    });

  test("`change-phone` writes the number into both records, ends the sessions, and the new number logs in", async () => {
    const world = await two();
    const before = await all(world);
    const gateway = await world.gateway();
    const { body } = await logIn(gateway, P);
    const planned = await world.run("change-phone", "c-1", `+91 ${R}`, ...WHY);
    expect([planned.code, planned.err]).toEqual([1, "Nothing was written. --apply writes it.\n"]);
    expect(await world.one("customers_v2", "c-1")).toMatchObject({ phone: `+91 ${P}` });
    const done = await world.run("change-phone", "c-1", `+91 ${R}`, ...APPLY);
    expect([done.code, done.out]).toEqual([0, expect.stringMatching(/\nChanged\.\n$/)]);
    expect(done.err).toContain('"name":"sessions.revoked"');
    expect(done.err).toMatch(/"name":"phone.changed".*"reason":"lost the old SIM"/);
    expect(done.err).not.toMatch(new RegExp(`${P}|${R}`));
    expect(await world.one("users", "u-1")).toMatchObject({ phone: R });
    expect(await world.one("customers_v2", "c-1")).toMatchObject({ phone: R });
    const fresh = await world.gateway();
    const me = await call(fresh, "GET", "/auth/me", undefined, bearer(body.access_token));
    expect(me.status).toBe(401);
    const again = await logIn(fresh, R);
    expect(claimsOf(again.body.access_token)["sub"]).toBe("u-1");
    const undone = await world.run("undo", runOf(done), "--apply", "--yes");
    expect([undone.code, undone.err]).toEqual([0, expect.stringContaining("sessions.revoked")]);
    const isOld = { phone: P };
    expect([await world.one("users", "u-1"), before[0]?.[0]]).toMatchObject([isOld, isOld]);
  });

  test("`change-phone` refuses another customer's number in any spelling, unless the two share it", async () => {
    const world = await two();
    await world.overwrite("customers_v2", "c-2", { phone: "(98765) 000 02" });
    const before = await all(world);
    const refused = await world.run("change-phone", "c-1", Q, ...APPLY);
    expect([refused.code, refused.out]).toEqual([1, expect.stringMatching(/c-2 +Ravi Kulkarni/)]);
    for (const wrong of ["12345", "98765 00002 or ask the guard", "+1 415 555 0100", ""]) {
      expect((await world.run("change-phone", "c-1", wrong, ...APPLY)).code).toBe(2);
    }
    expect((await world.run("change-phone", "c-9", R, ...APPLY)).code).toBe(1);
    expect((await world.run("change-phone", "c-1", R, "--apply", "--yes")).code).toBe(2);
    expect(await all(world)).toEqual(before);
    const shared = await world.run("change-phone", "c-1", Q, "--shared", ...APPLY);
    expect(shared.code).toBe(0);
    expect(await world.one("customers_v2", "c-1")).toMatchObject({ phone: Q });
  });

  test("`change-phone` changes a customer without a user, and nothing where the number is the same", async () => {
    const world = await two();
    const before = await all(world);
    const same = await world.run("change-phone", "c-1", `0${P}`, ...APPLY);
    expect([same.code, same.out]).toEqual([0, expect.stringContaining("already")]);
    expect(await all(world)).toEqual(before);
    expect((await world.run("change-phone", "c-2", R, ...APPLY)).code).toBe(0);
    expect(await world.one("customers_v2", "c-2")).toMatchObject({ phone: R });
    expect((await all(world))[0]).toEqual(before[0]);
  });
}

describe("`doorstep change-phone` on SQLite", () => declare(commandsOnSqlite));
describeMongo("`doorstep change-phone` on MongoDB", (mongo) => declare(commandsOnMongo(mongo)));
describe("`doorstep change-phone` through a gateway", () =>
  declare(throughGateway(commandsOnSqlite)));
