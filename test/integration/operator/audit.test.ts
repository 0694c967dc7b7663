import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { hash } from "bcryptjs";
import { parse } from "csv-parse/sync";
import { describe, expect, test } from "vitest";
import { runDoorstep } from "../../../src/cli/program.ts";
import { customer, user } from "../../cases-extra/people.ts";
import { temporaryFolder } from "../../support/gateway/gateway-process.ts";
import {
  commandsOnMongo,
  commandsOnSqlite,
  type FillCommandWorld,
  throughGateway,
} from "../../support/runs/command-world.ts";
import { describeMongo } from "../../support/stores/mongo-suite.ts";

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const newFile = (name: string) => join(temporaryFolder(), name);

/** One of each: linked, at the next login, by phone, contradicting, unreadable, stopped. */
const mixed = async (fill: FillCommandWorld) =>
  fill({
    customers_v2: [
      customer("c-1", "9876500001", { user_id: "u-1", name: "Asha" }),
      customer("c-2", "9876500002", { user_id: "u-2" }),
      customer("c-3", "9876500003"),
      customer("c-4", "9876500004", { user_id: "u-4", name: "=cmd|' /C calc'!A0" }),
      customer("c-5", "call +919876500005 or the guard"),
      customer("c-6", "9876500006", { status: "stopped" }),
      customer("c-7", "9876500007"),
    ],
    users: [
      user("u-1", { customer_v2_id: "c-1", phone: "9876500001" }),
      user("u-2", { phone: "9876500002" }),
      user("u-3", { phone: "+91 98765 00003" }),
      user("u-4", { phone: "9876500099", name: "आशा राव", password_hash: "secret-hash" }),
      user("u-8", { phone: "9876500008" }),
    ],
  });

const NUMBERS = {
  version: 1,
  customers: 7,
  users: 5,
  can_sign_in: 4,
  standings: {
    linked: 1,
    "links-at-login": 1,
    "by-phone-only": 1,
    "new-account": 1,
    contradicts: 1,
    "switched-off": 0,
    stopped: 1,
    unreadable: 1,
    "without-id": 0,
  },
  contradictions: { "phone-differs": 1 },
  findings: {
    "unsure-by-phone": 0,
    "stopped-with-active-user": 0,
    "wiped-link": 0,
    "name-drift": 1,
    "phone-drift": 0,
    "staff-number": 0,
    "shared-id": 0,
  },
  users_without_delivery_record: 1,
  users_with_shared_id: 0,
  users_without_id: 0,
  users_with_refused_email: 0,
  users_with_published_password: null,
  rows_for_a_person: 4,
  csv_rows: { "phone-differs": 1, "by-phone-only": 1, unreadable: 1, "no-delivery-record": 1 },
  next: "doorstep link",
};

function declare(fill: FillCommandWorld): void {
  test("`audit --json` counts every customer once, and writes nothing to the collections", async () => {
    const world = await mixed(fill);
    const before = [await world.documents("users"), await world.documents("customers_v2")];
    const { code, err, out } = await world.run("audit", "--json");
    const { at, database, took_ms, ...numbers } = JSON.parse(out);
    expect([code, err, numbers]).toEqual([1, "", NUMBERS]);
    expect([typeof at, typeof database, typeof took_ms]).toEqual(["string", "string", "number"]);
    expect([await world.documents("users"), await world.documents("customers_v2")]).toEqual(before);
  });

  test("`audit --csv` lists who needs a person: phones as text, formulas harmless, no password, for its owner only", async () => {
    const world = await mixed(fill);
    const file = newFile("decide.csv");
    const { code } = await world.run("audit", "--csv", file);
    const text = readFileSync(file, "utf8");
    expect([code, modeOf(file), text.startsWith("\ufeffrow,reason,")]).toEqual([1, "600", true]);
    expect(text).not.toContain("secret-hash");
    const rows = parse(text, { bom: true, columns: true }) as Record<string, string>[];
    const by = (id: string) => rows.find(({ customer_id }) => customer_id === id);
    // By reason, so that the screen names the rows of each.
    expect(rows.map(({ customer_id, row }) => [row, customer_id])).toEqual([
      ["1", "c-4"],
      ["2", "c-3"],
      ["3", "c-5"],
      ["4", ""],
    ]);
    expect(rows[3]).toMatchObject({ reason: expect.stringContaining("doorstep adopt") });
    expect(rows[3]?.["user_id"]).not.toBe("");
    expect(readdirSync(dirname(file))).toEqual(["decide.csv"]);
    const { out } = await world.run("audit");
    expect(out).toMatch(/^ {2}records contradict +1 {2}decide: row 1 of --csv$/m);
    expect(out).toMatch(/^ {2}no delivery record +1 {2}row 4 of --csv: doorstep adopt$/m);
    expect(by("c-4")).toMatchObject({
      reason: "the phones differ",
      customer_name: "'=cmd|' /C calc'!A0",
      customer_phone: "'9876500004",
      user_id: "u-4",
      user_name: "आशा राव",
      user_phone: "'9876500099",
      decision: "",
    });
    expect(by("c-3")).toMatchObject({ user_id: "u-3", user_phone: "'+91 98765 00003" });
    expect(by("c-5")).toMatchObject({
      user_id: "",
      customer_phone: "'call +919876500005 or the guard",
    });
  });

  test("a decided row of `audit --csv` is carried out by `decide`, and refused after a change", async () => {
    const world = await mixed(fill);
    const file = newFile("decided.csv");
    await world.run("audit", "--csv", file);
    const decided = readFileSync(file, "utf8").replaceAll(/,(?=\r\n)/g, (end, at, all) =>
      all.slice(0, at).split("\r\n").at(-1)?.includes("c-4") ? ",link" : end,
    );
    writeFileSync(file, decided);
    await world.overwrite("users", "u-4", { phone: "9876500098" });
    const changed = await world.run("decide", file, "--json");
    expect(JSON.parse(changed.out)).toMatchObject({ done: 0, left: [{ because: "changed" }] });
    await world.overwrite("users", "u-4", { phone: "9876500099" });
    const done = await world.run("decide", file, "--apply", "--yes", "--json");
    expect(JSON.parse(done.out)).toMatchObject({ applied: true, done: 1, left: [] });
    expect(await world.one("customers_v2", "c-4")).toMatchObject({ user_id: "u-4" });
    const after = JSON.parse((await world.run("audit", "--json")).out);
    expect(after.standings).toMatchObject({ linked: 2, contradicts: 0 });
  });
}

describe("`audit` on SQLite", () => {
  declare(commandsOnSqlite);

  test("`audit --csv` leaves a file with decisions alone", async () => {
    const world = await mixed(commandsOnSqlite);
    const file = newFile("mine.csv");
    writeFileSync(file, "decisions of a whole day");
    const { code, err } = await world.run("audit", "--csv", file);
    expect([code, readFileSync(file, "utf8")]).toEqual([2, "decisions of a whole day"]);
    expect(err).toContain("exists, and may hold decisions");
  });

  test("`audit` tells what changed since its last run, from a file with counts alone", async () => {
    const world = await mixed(commandsOnSqlite);
    const first = await world.run("audit");
    expect(first.out).not.toContain("since");
    const history = join(world.runs, "..", "audit.json");
    expect(modeOf(history)).toBe("600");
    expect(readFileSync(history, "utf8")).not.toMatch(/98765|Asha|c-1/);
    expect((await world.run("audit")).out).toContain("UTC: no change\n");
    await world.run("link", "c-2", "u-2", "--apply", "--yes");
    expect((await world.run("audit")).out).toMatch(/^since .*: linked \+1$/m);
    writeFileSync(history, "not JSON");
    expect((await world.run("audit")).out).not.toContain("since");
  });

  test("`audit --html` writes one page that loads nothing", async () => {
    const world = await mixed(commandsOnSqlite);
    const file = newFile("audit.html");
    await world.run("audit", "--html", file);
    const page = readFileSync(file, "utf8");
    expect(page).toContain("4 of 7 customers can sign in by phone");
    expect(page).toContain("default-src 'none'");
    expect(page).toContain("<svg ");
    expect(page).not.toMatch(/<script|https?:|src=|<link/);
    expect(modeOf(file)).toBe("600");
  });

  test("`audit --passwords` finds published defaults, and no other password", async () => {
    const [published, own] = await Promise.all([hash("customer123", 4), hash("my own", 4)]);
    const world = await commandsOnSqlite({
      customers_v2: [],
      users: [
        user("u-1", { password_hash: published }),
        user("u-2", { password: await hash("earlybird2025", 4) }),
        user("u-3", { role: "delivery_boy", password: await hash("delivery123", 4) }),
        user("u-4", { password_hash: own, password: "customer123" }),
        user("u-5", { password_hash: null }),
      ],
    });
    const { out } = await world.run("audit", "--passwords", "--json");
    expect(JSON.parse(out)).toMatchObject({ users_with_published_password: 3 });
    expect(out).not.toMatch(/customer123|\$2b/);
  });

  test("`audit` on a narrow terminal without UTF-8 is ASCII and fits", async () => {
    const { path } = await pathOf();
    let out = "";
    const write = (text: string) => {
      out += text;
    };
    const io = { out: write, err: () => undefined, columns: 50 };
    await runDoorstep(["audit"], io, { SQLITE_PATH: path, LANG: "C" });
    const lines = out.trimEnd().split("\n");
    expect(lines.filter((line) => line.length > 50)).toEqual([]);
    expect(out).toMatch(/#+\.+/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: nothing but ASCII
    expect(out).toMatch(/^[\x00-\x7f]*$/);
    expect(existsSync(path)).toBe(true);
  });
});

const pathOf = async () => ({ path: join(temporaryFolder(), "doorstep.db") });

describeMongo("`audit` on MongoDB", (mongo) => declare(commandsOnMongo(mongo)));
describe("`audit` through a gateway", () => declare(throughGateway(commandsOnSqlite)));
