import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { customer, user } from "../../cases-extra/people.ts";
import { claimsOf, logIn } from "../../support/gateway/client.ts";
import {
  commandsOnMongo,
  commandsOnSqlite,
  type FillCommandWorld,
  runOf,
} from "../../support/runs/command-world.ts";
import { describeMongo } from "../../support/stores/mongo-suite.ts";

/** Two by id, one by phone and name, one without a mark, one that contradicts, one without a user. */
const mixed = (fill: FillCommandWorld) =>
  fill({
    customers_v2: [
      customer("c-1", "9876500001", { user_id: "u-1" }),
      customer("c-2", "9876500002"),
      customer("c-3", "9876500003"),
      customer("c-4", "9876500004", { user_id: "u-4" }),
      customer("c-5", "9876500005", { user_id: "u-5" }),
      customer("c-6", "9876500006"),
      customer("c-7", "9876500007", { user_id: "u-7", status: "stopped" }),
    ],
    users: [
      user("u-1", { phone: "+91 98765 00001" }),
      user("u-2", { customer_v2_id: "c-2", email: "customer-c-2@earlybird.local", password: "x" }),
      user("u-3", { phone: "9876500003" }),
      user("u-4", { customer_v2_id: "c-4" }),
      user("u-5", { phone: "9876500099" }),
      user("u-7", { phone: "9876500007" }),
    ],
  });

const linesOf = (out: string) =>
  out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

function declare(fill: FillCommandWorld): void {
  test("`link` plans every link by id, writes exactly these with --apply, and a second call finds none", async () => {
    const world = await mixed(fill);
    const before = [await world.documents("users"), await world.documents("customers_v2")];
    const plan = await world.run("link", "--json");
    const summary = { by_phone: false, planned: { id: 2, phone: 0, mark: 1 } };
    expect([plan.code, linesOf(plan.out).at(-1)]).toEqual([
      1,
      expect.objectContaining({ applied: false, run: null, ...summary }),
    ]);
    expect([await world.documents("users"), await world.documents("customers_v2")]).toEqual(before);
    const done = await world.run("link", "--apply", "--yes", "--json", "--reason", "first links");
    const [planned, written] = [plan, done].map(({ out }) =>
      linesOf(out)
        .slice(0, -1)
        .map(({ customer_id, evidence, user_id }) => `${customer_id} ${user_id} ${evidence}`)
        .sort(),
    );
    expect(planned).toEqual(["c-1 u-1 id", "c-2 u-2 id", "c-4 u-4 mark"]);
    expect(written).toEqual(planned);
    expect([done.code, linesOf(done.out).at(-1)]).toEqual([
      0,
      expect.objectContaining({ applied: true, linked: 2, marked: 1, meanwhile: 0, changed: 0 }),
    ]);
    const audited = done.err.split("\n").filter((line) => line.includes('"name":"link.written"'));
    expect(audited).toHaveLength(3);
    for (const line of audited) {
      expect(JSON.parse(line)).toMatchObject({
        by: "operator",
        run_id: runOf(done),
        reason: "first links",
      });
    }
    expect(done.err).not.toMatch(/98765/);
    const taken = await world.one("users", "u-2");
    expect(taken).toMatchObject({ customer_v2_id: "c-2", doorstep_customer_id: "c-2" });
    expect([taken["email"], "password" in taken]).toEqual([
      "9876500002@customer.earlybird.com",
      false,
    ]);
    expect(await world.one("customers_v2", "c-7")).toMatchObject({ status: "stopped" });
    const again = await world.run("link", "--json");
    expect([again.code, linesOf(again.out)]).toEqual([
      0,
      [expect.objectContaining({ planned: { id: 0, phone: 0, mark: 0 } })],
    ]);
    const login = await logIn(await world.gateway(), "9876500001");
    expect(claimsOf(login.body.access_token)["sub"]).toBe("u-1");
  });

  test("`link --by-phone` takes the match by phone and name, and undo gives all of it back", async () => {
    const world = await mixed(fill);
    const before = [await world.documents("users"), await world.documents("customers_v2")];
    const done = await world.run("link", "--by-phone", "--apply", "--yes", "--json");
    expect(linesOf(done.out).at(-1)).toMatchObject({ linked: 3, marked: 1 });
    expect(await world.one("users", "u-3")).toMatchObject({ customer_v2_id: "c-3" });
    const undone = await world.run("undo", runOf(done), "--apply", "--yes");
    expect(undone.code).toBe(0);
    expect([await world.documents("users"), await world.documents("customers_v2")]).toEqual(before);
  });
}

describe("`link` on SQLite", () => {
  declare(commandsOnSqlite);

  test("`link --apply` at a terminal states count and database, and writes nothing for another name", async () => {
    const world = await mixed(commandsOnSqlite);
    const refused = await world.answering("production", "link", "--apply");
    expect([refused.code, refused.err]).toEqual([
      1,
      expect.stringContaining("This will write 3 links in "),
    ]);
    expect(await world.one("users", "u-2")).not.toHaveProperty("doorstep_customer_id");
    expect((await world.run("link", "--apply")).code).toBe(2);
  });

  test("`link` goes on behind a cursor of the same database and scope, and removes it at the end", async () => {
    const world = await mixed(commandsOnSqlite);
    await world.run("undo");
    const path = join(world.runs, "link-cursor.json");
    const first = await world.run("link", "--apply", "--yes");
    expect([first.code, existsSync(path)]).toEqual([0, false]);
    writeFileSync(path, JSON.stringify({ scope: "another", after: '"zzz"', at: Date.now() }));
    await world.overwrite("customers_v2", "c-1", { user_id: null });
    const second = await world.run("link", "--apply", "--yes", "--json");
    expect(second.err).not.toContain("Goes on");
    expect(linesOf(second.out).at(-1)).toMatchObject({ linked: 1 });
  });

  test("`link C` without a user is refused as usage", async () => {
    const world = await mixed(commandsOnSqlite);
    const { code, err } = await world.run("link", "c-1");
    expect([code, err]).toEqual([2, expect.stringContaining("the user's id is missing")]);
  });

  test("`link` gives customers of one phone different placeholder e-mails in one run", async () => {
    const reserved = (n: number) => ({
      customer_v2_id: `c-${n}`,
      email: `customer-c-${n}@earlybird.local`,
    });
    const world = await commandsOnSqlite({
      customers_v2: [1, 2, 3].map((n) => customer(`c-${n}`, "9876500001")),
      users: [1, 2, 3].map((n) => user(`u-${n}`, reserved(n))),
    });
    const done = await world.run("link", "--apply", "--yes", "--json");
    expect(linesOf(done.out).at(-1)).toMatchObject({ linked: 3, changed: 0 });
    const emails = (await world.documents("users")).map(({ email }) => email);
    expect(new Set(emails).size).toBe(3);
    expect(emails.filter((email) => String(email).endsWith(".local"))).toEqual([]);
  });
});

describeMongo("`link` on MongoDB", (mongo) => declare(commandsOnMongo(mongo)));
