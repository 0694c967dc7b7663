import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { customer, HASH, user } from "../../cases-extra/people.ts";
import { bearer, call, claimsOf, logIn } from "../../support/gateway/client.ts";
import {
  commandsOnMongo,
  commandsOnSqlite,
  type FillCommandWorld,
  runOf,
  throughGateway,
} from "../../support/runs/command-world.ts";
import { describeMongo } from "../../support/stores/mongo-suite.ts";

const [P, Q] = ["9876500001", "9876500002"];
const REASON = ["--reason", "same person, seen at the counter"];
const OTHER_NAME = { name: "Ravi Kulkarni", phone: Q, password_hash: HASH };

function declare(fill: FillCommandWorld): void {
  const apart = () =>
    fill({
      customers_v2: [customer("c-1", P), customer("c-2", Q, { name: "Ravi Kulkarni" })],
      users: [user("u-1", OTHER_NAME), user("staff", { role: "admin" })],
    });

  test("`link C U` shows both records, writes nothing before --apply, and then all three fields", async () => {
    const world = await apart();
    const before = await world.documents("users");
    const planned = await world.run("link", "c-1", "u-1");
    expect(planned).toMatchObject({ code: 1, err: "Nothing was written. --apply joins them.\n" });
    expect(planned.out).toMatch(/^phone +9876500001 +9876500002$/m);
    expect(await world.documents("users")).toEqual(before);
    const done = await world.run("link", "c-1", "u-1", "--apply", "--yes", ...REASON);
    expect([done.code, done.out]).toEqual([0, expect.stringMatching(/\nLinked\.\n$/)]);
    expect(done.err).toMatch(
      /"name":"link.joined","by":"operator","operator":"[^"]+ on [^"]+","run_id":"[-0-9a-f]{24}","reason":"same person, seen at the counter"/,
    );
    expect(await world.one("users", "u-1")).toMatchObject({
      ...OTHER_NAME,
      customer_v2_id: "c-1",
      doorstep_customer_id: "c-1",
    });
    expect(await world.one("customers_v2", "c-1")).toMatchObject({ user_id: "u-1" });
    expect((await world.run("link", "c-1", "u-1", "--apply", "--yes")).out).toContain("already");
    const { body } = await logIn(await world.gateway(), P);
    expect(claimsOf(body.access_token)["sub"]).toBe("u-1");
  });

  test("`link C U` at a terminal writes only after the database's name", async () => {
    const world = await apart();
    const before = await world.documents("users");
    const refused = await world.answering("yes", "link", "c-1", "u-1", "--apply");
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("Type the name ")]);
    const unattended = await world.run("link", "c-1", "u-1", "--apply");
    expect([unattended.code, unattended.out]).toEqual([2, ""]);
    expect(await world.documents("users")).toEqual(before);
    const name = /Type the name (\S+) to/.exec(refused.err)?.[1] ?? "";
    expect((await world.answering(name, "link", "c-1", "u-1", "--apply")).code).toBe(0);
  });

  test("`link C U` refuses staff, and who is linked with somebody else, also with --apply", async () => {
    const world = await apart();
    expect((await world.run("link", "c-1", "staff", "--apply", "--yes")).code).toBe(1);
    await world.run("link", "c-2", "u-1", "--apply", "--yes");
    const before = [await world.documents("users"), await world.documents("customers_v2")];
    const refused = await world.run("link", "c-1", "u-1", "--apply", "--yes");
    expect([refused.code, refused.out]).toEqual([1, expect.stringContaining("It is c-2.")]);
    for (const [c, u] of [
      ["c-9", "u-1"],
      ["c-1", "u-9"],
      ["", "u-1"],
    ]) {
      expect((await world.run("link", c ?? "", u ?? "", "--apply", "--yes")).code).not.toBe(0);
    }
    expect([await world.documents("users"), await world.documents("customers_v2")]).toEqual(before);
  });

  test("`unlink C` parts the two, ends the user's sessions, and no login joins them again", async () => {
    const linked = { user_id: "u-1" };
    const world = await fill({
      customers_v2: [customer("c-1", P, linked)],
      users: [user("u-1", { phone: P, customer_v2_id: "c-1" })],
    });
    const gateway = await world.gateway();
    const { body } = await logIn(gateway, P);
    const me = () => call(gateway, "GET", "/auth/me", undefined, bearer(body.access_token));
    expect((await me()).status).toBe(200);
    expect((await world.run("unlink", "c-1")).code, "a reason is required").toBe(2);
    const planned = await world.run("unlink", "c-1", ...REASON);
    expect([planned.code, planned.out]).toEqual([1, expect.stringContaining("u-1")]);
    const done = await world.run("unlink", "c-1", ...REASON, "--apply", "--yes");
    expect([done.code, done.err]).toEqual([
      0,
      expect.stringMatching(/"name":"link.parted","by":"operator".*"user_id":"u-1"/),
    ]);
    expect(await world.one("users", "u-1")).toMatchObject({
      customer_v2_id: null,
      doorstep_customer_id: "!c-1",
    });
    expect(await world.one("customers_v2", "c-1")).toMatchObject({ user_id: null });
    expect(done.err).toContain('"name":"sessions.revoked"');
    const again = await logIn(await world.gateway(), P);
    expect(claimsOf(again.body.access_token)["sub"]).not.toBe("u-1");
    const none = await world.run("unlink", "c-1", "u-1", ...REASON, "--apply", "--yes");
    expect([none.code, none.out]).toEqual([1, expect.stringContaining("No user is linked")]);
  });

  test("`unlink C` never writes to a staff record that the backfill's pointer names", async () => {
    const staff = {
      _id: { $oid: "65a1b2c3d4e5f60718293a30" },
      ...user("staff", { role: "admin" }),
    };
    const world = await fill({
      customers_v2: [customer("c-1", P, { user_id: "65a1b2c3d4e5f60718293a30" })],
      users: [staff],
    });
    const done = await world.run("unlink", "c-1", ...REASON, "--apply", "--yes");
    expect(done.code).toBe(0);
    expect(await world.documents("users")).toEqual([staff]);
    expect(await world.one("customers_v2", "c-1")).toMatchObject({ user_id: null });
  });

  test("`undo` restores both records field by field, and an undo of it joins them again", async () => {
    const world = await apart();
    const all = async () => [await world.documents("users"), await world.documents("customers_v2")];
    const before = await all();
    const linked = await world.run("link", "c-1", "u-1", "--apply", "--yes");
    const after = await all();
    const listed = await world.run("undo");
    expect([listed.code, listed.out]).toEqual([0, expect.stringContaining(runOf(linked))]);
    const planned = await world.run("undo", runOf(linked));
    expect([planned.code, planned.out]).toEqual([1, "would restore 2 documents\n"]);
    expect(await all()).toEqual(after);
    const undone = await world.run("undo", runOf(linked), "--apply", "--yes");
    expect([undone.code, undone.out]).toEqual([0, "restored 2 documents\n"]);
    expect(await all()).toEqual(before);
    const twice = await world.run("undo", runOf(linked), "--apply", "--yes");
    expect([twice.code, twice.out]).toEqual([
      0,
      "would restore 0 documents\nas before the run already: 2\n",
    ]);
    expect((await world.run("undo", runOf(undone), "--apply", "--yes")).code).toBe(0);
    expect(await all()).toEqual(after);
  });

  test("`undo` leaves what was changed since, and names it by its id", async () => {
    const world = await apart();
    const linked = await world.run("link", "c-1", "u-1", "--apply", "--yes");
    await world.overwrite("users", "u-1", { customer_v2_id: "c-2" });
    await world.overwrite("customers_v2", "c-1", { address: "9 New Road", updated_at: "now" });
    const undone = await world.run("undo", runOf(linked), "--apply", "--yes");
    expect([undone.code, undone.out]).toEqual([
      1,
      "restored 1 document\nchanged since, left as they are: 1\n  users u-1\n",
    ]);
    expect(await world.one("users", "u-1")).toMatchObject({ customer_v2_id: "c-2" });
    const kept = await world.one("customers_v2", "c-1");
    expect(kept).toMatchObject({ address: "9 New Road", updated_at: "now" });
    expect(kept).not.toHaveProperty("user_id");
  });

  test("`undo` refuses a run of another database, an unknown run, and a path", async () => {
    const [world, other] = [await apart(), await apart()];
    const linked = await world.run("link", "c-1", "u-1", "--apply", "--yes");
    const elsewhere = await other.run(
      "undo",
      runOf(linked),
      "--runs",
      world.runs,
      "--apply",
      "--yes",
    );
    expect([elsewhere.code, elsewhere.err]).toEqual([
      2,
      expect.stringContaining("That run wrote to"),
    ]);
    for (const id of ["2026-01-01-000000-000000", "../../etc/passwd"]) {
      expect((await world.run("undo", id, "--apply", "--yes")).code).toBe(2);
    }
  });
}

describe("links by hand, on SQLite", () => {
  declare(commandsOnSqlite);

  test("a journal of a run by hand can be read by its owner alone, and no output shows a secret", async () => {
    const world = await commandsOnSqlite({
      customers_v2: [customer("c-1", P)],
      users: [user("u-1", OTHER_NAME)],
    });
    const linked = await world.run("link", "c-1", "u-1", "--apply", "--yes");
    const listed = await world.run("undo", "--json");
    for (const name of readdirSync(world.runs)) {
      expect(statSync(join(world.runs, name)).mode & 0o777).toBe(0o600);
      expect(readFileSync(join(world.runs, name), "utf8")).not.toContain(HASH);
    }
    expect(linked.out + linked.err + listed.out + listed.err).not.toContain("$2b$");
  });
});

describeMongo("links by hand, on MongoDB", (mongo) => declare(commandsOnMongo(mongo)));
describe("links by hand, through a gateway on SQLite", () =>
  declare(throughGateway(commandsOnSqlite)));
describeMongo("links by hand, through a gateway on MongoDB", (mongo) =>
  declare(throughGateway(commandsOnMongo(mongo))),
);
