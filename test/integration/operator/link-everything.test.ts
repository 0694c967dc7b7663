import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { customer, HASH, user } from "../../cases-extra/people.ts";
import {
  commandsOnMongo,
  commandsOnSqlite,
  type FillCommandWorld,
  runOf,
  throughGateway,
} from "../../support/runs/command-world.ts";
import { describeMongo } from "../../support/stores/mongo-suite.ts";

/** Each kind of record that `doorstep link` meets, by phone. */
const DOCUMENTS = {
  customers_v2: [
    customer("c-import", "9876500001"),
    customer("c-wiped", "98765 00002", { user_id: null }),
    customer("c-phone", "9876500003", { name: "Gopal Hegde" }),
    customer("c-linked", "9876500004", { user_id: "u-linked" }),
    customer("c-conflict", "9876500005", { user_id: "staff" }),
    customer("c-stopped", "9876500006", { status: "stopped" }),
    customer("c-alone", "9876500007"),
    customer("c-unreadable", "call first"),
    customer(undefined, "9876500008"),
    customer("c-rare", "(98765) 000 09"),
  ],
  users: [
    user("c-import", { email: "9876500001@customer.earlybird.com", phone: "9876500001" }),
    user("u-wiped", {
      customer_v2_id: "c-wiped",
      email: "customer-c-wiped@earlybird.local",
      password_hash: HASH,
    }),
    user("u-phone", { name: "Gopal K Hegde", phone: "+919876500003" }),
    user("u-linked", { customer_v2_id: "c-linked", phone: "9876500004" }),
    user("staff", { role: "delivery_boy", phone: "9876500005" }),
    user("c-stopped", { phone: "9876500006" }),
    user("u-rare", { customer_v2_id: "c-rare", phone: "9876500009" }),
  ],
};

function declare(fill: FillCommandWorld): void {
  test("`link` plans without writing, writes what is certain, is then done, and can be taken back", async () => {
    const world = await fill(DOCUMENTS);
    const before = [await world.documents("users"), await world.documents("customers_v2")];
    const plan = await world.run("link");
    expect(plan.code).toBe(1);
    expect(plan.out).toMatch(/^link {2}.+ {2}plan {2}10 customers read$/m);
    expect(plan.out).toMatch(/^ {2}to link by id +3 +certain$/m);
    expect(plan.out).toMatch(/^ {2}to link by phone +1 /m);
    expect(plan.out).toMatch(/^ {2}to protect +1 /m);
    expect([await world.documents("users"), await world.documents("customers_v2")]).toEqual(before);

    const done = await world.run("link", "--apply", "--yes", "--list", "--reason", "cut-over");
    expect(done.code).toBe(0);
    const lines = done.out.split("\n").filter((line) => line.startsWith("linked\t"));
    expect(lines.sort()).toEqual([
      "linked\tby-id\tc-import\tc-import",
      "linked\tby-id\tc-rare\tu-rare",
      "linked\tby-id\tc-wiped\tu-wiped",
      "linked\tprotect\tc-linked\tu-linked",
    ]);
    const audited = done.err
      .split("\n")
      .filter((line) => line.includes('"name":"link.written"'))
      .map((line) => JSON.parse(line));
    const why = { by: "operator", run_id: runOf(done), reason: "cut-over", detail: "by id" };
    expect(audited).toHaveLength(3);
    expect(audited).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ ...why, customer_id: "c-wiped", user_id: "u-wiped" }),
      ]),
    );
    expect(audited[0].operator).toMatch(/^\S.* on \S/);
    expect(await world.one("users", "u-wiped")).toMatchObject({
      doorstep_customer_id: "c-wiped",
      email: "9876500002@customer.earlybird.com",
    });
    expect(await world.one("users", "u-wiped")).not.toHaveProperty("password_hash");
    expect(await world.one("users", "staff")).toEqual(
      (before[0] ?? []).find(({ id }) => id === "staff"),
    );
    const again = await world.run("link", "--json");
    expect([again.code, JSON.parse(again.out)]).toEqual([
      0,
      expect.objectContaining({ byId: 0, byPhone: 1, marked: 0, changed: 0 }),
    ]);
    const undone = await world.run("undo", runOf(done), "--apply", "--yes");
    expect(undone.code).toBe(0);
    expect([await world.documents("users"), await world.documents("customers_v2")]).toEqual(before);
  });

  test("`link --by-phone` links by phone and name too, and nothing else", async () => {
    const world = await fill(DOCUMENTS);
    await world.run("link", "--apply", "--yes");
    const done = await world.run("link", "--by-phone", "--apply", "--yes", "--list");
    expect(done.out).toContain("linked\tby-phone\tc-phone\tu-phone\n");
    expect(done.out.match(/^linked\t/gm)).toHaveLength(1);
    expect(await world.one("users", "u-phone")).toMatchObject({ customer_v2_id: "c-phone" });
    expect((await world.run("link", "--by-phone")).code).toBe(0);
  });

  test("`link` at a terminal says how many links it writes, and asks for the database's name", async () => {
    const world = await fill(DOCUMENTS);
    const before = await world.documents("users");
    const refused = await world.answering("yes", "link", "--apply");
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("This will write 3 links and protect 1 link in ");
    expect(await world.documents("users")).toEqual(before);
    expect(await world.run("link", "c-import")).toMatchObject({ code: 2 });
  });
}

describe("every certain link, on SQLite", () => {
  declare(commandsOnSqlite);

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
    expect(JSON.parse(done.out)).toMatchObject({ byId: 3, changed: 0, refused: 0 });
    const emails = (await world.documents("users")).map(({ email }) => email);
    expect(new Set(emails).size).toBe(3);
    expect(emails.filter((email) => String(email).endsWith(".local"))).toEqual([]);
  });
});

test("`link` at a terminal keeps its audit lines in a file of its owner, away from the screen", async () => {
  const world = await commandsOnSqlite(DOCUMENTS);
  const { err } = await world.answering("no", "link", "--apply");
  const name = /Type the name (\S+) to/.exec(err)?.[1] ?? "";
  const done = await world.answering(name, "link", "--apply");
  expect([done.code, done.err]).toEqual([0, expect.not.stringContaining('"audit"')]);
  const path = join(world.runs, "..", "audit.log");
  const names = readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).name);
  expect(names).toEqual(["run.started", "link.written", "link.written", "link.written"]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

describeMongo("every certain link, on MongoDB", (mongo) => declare(commandsOnMongo(mongo)));
describe("every certain link, through a gateway", () => declare(throughGateway(commandsOnSqlite)));
describeMongo("every certain link, through a gateway on MongoDB", (mongo) =>
  declare(throughGateway(commandsOnMongo(mongo))),
);
