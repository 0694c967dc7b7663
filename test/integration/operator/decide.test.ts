import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  type Customer,
  readCustomer,
  readUser,
  type User,
} from "../../../src/core/linking/documents.ts";
import { rowDigest } from "../../../src/flows/operator/linking/apply-decision.ts";
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

const HEADER = "because,customer_id,user_id,name,digest,decision";
const phoneOf = (n: number) => `98765${String(n).padStart(5, "0")}`;

/** The digest that an export has for the pair, from the records as they stand now. */
async function digestOf(world: CommandWorld, c: string, u: string): Promise<string> {
  const gateway = (await world.gateway()).gateway;
  const { directory, rules } = gateway;
  const [first] = await directory.findCustomers({ ids: [c] });
  const [second] = u === "" ? [] : await directory.findUsers({ ids: [u] });
  const read: Customer | null = first === undefined ? null : readCustomer(first, rules.phone);
  const linked: User | null = second === undefined ? null : readUser(second, rules.phone);
  return rowDigest(gateway, read, linked);
}

function fileOf(text: string): string {
  const path = join(temporaryFolder(), "decisions.csv");
  writeFileSync(path, text);
  return path;
}

/** A world of pairs c-1 and u-1, c-2 and u-2 ..., tied by nothing. */
const pairs = (fill: FillCommandWorld, count: number) => {
  const numbers = Array.from({ length: count }, (_, n) => n + 1);
  return fill({
    customers_v2: numbers.map((n) => customer(`c-${n}`, phoneOf(n))),
    users: numbers.map((n) => user(`u-${n}`, { name: "आशा राव" })),
  });
};

const all = async (world: CommandWorld) => [
  await world.documents("users"),
  await world.documents("customers_v2"),
];

function declare(fill: FillCommandWorld): void {
  test("`decide` links, makes users and leaves as the file says, finds all of it done the second time, and is undone as a whole", async () => {
    const world = await pairs(fill, 4);
    const before = await all(world);
    const rows = [
      `x,c-1,u-1,"आशा, ""राव""\nसेठ",${await digestOf(world, "c-1", "u-1")},link`,
      `x,c-2,u-2,,${await digestOf(world, "c-2", "u-2")},NEW `,
      `x,c-3,u-3,,${await digestOf(world, "c-3", "u-3")},leave`,
      `x,c-4,u-4,,${await digestOf(world, "c-4", "u-4")},`,
    ];
    const file = fileOf(`\ufeff${HEADER}\r\n${rows.join("\r\n")}\r\n`);
    const planned = await world.run("decide", file, "--json");
    expect([planned.code, JSON.parse(planned.out)]).toEqual([
      1,
      { applied: false, done: 2, standing: 0, leave: 1, undecided: 1, left: [] },
    ]);
    expect(await all(world)).toEqual(before);
    const done = await world.run("decide", file, "--apply", "--yes");
    expect([done.code, done.out]).toEqual([0, expect.stringMatching(/^carried out +2$/m)]);
    expect(done.err).toMatch(/"name":"link.joined".*"detail":"decided: link"/);
    expect(await world.one("users", "u-1")).toMatchObject({ customer_v2_id: "c-1" });
    const gateway = await world.gateway();
    const first = await logIn(gateway, phoneOf(1));
    expect(claimsOf(first.body.access_token)["sub"]).toBe("u-1");
    const second = await logIn(gateway, phoneOf(2));
    expect([second.status, second.body.first_login]).toEqual([200, false]);
    const twice = await world.run("decide", file, "--apply", "--yes");
    expect([twice.code, twice.out]).toEqual([0, expect.stringMatching(/before +2$/m)]);
    const undone = await world.run("undo", runOf(done), "--apply", "--yes");
    expect([undone.code, undone.out]).toEqual([0, "restored 4 documents\n"]);
    expect(await all(world)).toEqual(before);
  });

  test("`decide` gives two customers of one phone two users with e-mails of their own", async () => {
    const phone = phoneOf(1);
    const world = await fill({
      customers_v2: ["c-1", "c-2", "c-3"].map((id) => customer(id, phone)),
      users: [],
    });
    const ids = ["c-1", "c-2", "c-3"];
    const rows = await Promise.all(
      ids.map(async (id) => `x,${id},,,${await digestOf(world, id, "")},new`),
    );
    const file = fileOf(`${HEADER}\n${rows.join("\n")}\n`);
    const done = await world.run("decide", file, "--apply", "--yes", "--json");
    expect([done.code, JSON.parse(done.out)]).toMatchObject([0, { done: 3, left: [] }]);
    const emails = (await world.documents("users")).map(({ email }) => email);
    expect(new Set(emails).size).toBe(3);
    expect(emails).toContain(`${phone}@customer.earlybird.com`);
  });

  test("`decide` leaves rows with records that changed since the export, and rows that a rule forbids", async () => {
    const world = await pairs(fill, 3);
    await world.overwrite("users", "u-3", { role: "admin" });
    const rows = [
      `x,c-1,u-1,,${await digestOf(world, "c-1", "u-1")},link`,
      `x,c-2,u-2,,${await digestOf(world, "c-2", "u-2")},link`,
      `x,c-3,u-3,,${await digestOf(world, "c-3", "u-3")},link`,
      `x,c-9,u-9,,x,link`,
    ];
    const file = fileOf(`${HEADER}\n${rows.join("\n")}\n`);
    await world.overwrite("customers_v2", "c-1", { phone: phoneOf(9) });
    const done = await world.run("decide", file, "--apply", "--yes", "--json");
    expect([done.code, JSON.parse(done.out)]).toMatchObject([
      1,
      {
        done: 1,
        left: [
          { line: 2, because: "changed" },
          { line: 4, because: "user-unusable" },
          { line: 5, because: "changed" },
        ],
      },
    ]);
    expect(await world.one("users", "u-1")).not.toHaveProperty("customer_v2_id");
    expect(await world.one("users", "u-2")).toMatchObject({ customer_v2_id: "c-2" });
  });
}

describe("`doorstep decide` on SQLite", () => {
  declare(commandsOnSqlite);

  test("`decide` takes the file of `audit --csv` as a person filled it in", async () => {
    const world = await commandsOnSqlite({
      customers_v2: [customer("c-1", phoneOf(1), { name: '=Asha, "Rao"' })],
      users: [user("u-1", { phone: phoneOf(2), customer_v2_id: "c-1" })],
    });
    const file = join(temporaryFolder(), "audit.csv");
    await world.run("audit", "--csv", file);
    const lines = readFileSync(file, "utf8").split("\r\n");
    const row = lines.findIndex((line) => line.includes("c-1"));
    expect(lines[row]).toMatch(/,$/);
    writeFileSync(file, lines.map((line, at) => (at === row ? `${line}link` : line)).join("\r\n"));
    const done = await world.run("decide", file, "--apply", "--yes", "--json");
    expect([done.code, JSON.parse(done.out)]).toMatchObject([0, { done: 1, left: [] }]);
    expect(await world.one("customers_v2", "c-1")).toMatchObject({ user_id: "u-1" });
    const { body } = await logIn(await world.gateway(), phoneOf(1));
    expect(claimsOf(body.access_token)["sub"]).toBe("u-1");
  });

  test.each<[string, (digest: string) => string, RegExp]>([
    ["a row with a cell too many", (d) => `x,c-1,u-1,a,b,${d},link`, /line 3: there are 7 cells/],
    ["a row with a cell too few", () => "x,c-1,u-1", /line 3: there are 3 cells/],
    ["an open quote", (d) => `x,c-1,u-1,"a,${d},link`, /line [34]: the quotes/],
    [
      "a formula as the decision",
      (d) => `x,c-1,u-1,,${d},=cmd|' /C calc'!A0`,
      /line 3: decision must/,
    ],
    ["a word in another script", (d) => `x,c-1,u-1,,${d},जोड़ें`, /line 3: decision must/],
    ["a decision without a user", (d) => `x,c-1,,,${d},link`, /line 3: user_id is empty/],
    ["a decision without a customer", (d) => `x,,u-1,,${d},new`, /line 3: customer_id is empty/],
    ["a decision without its digest", () => "x,c-1,u-1,,,link", /line 3: digest is empty/],
    ["a second decision about a customer", (d) => `x,c-2,u-1,,${d},new`, /line 3: line 2 decides/],
    ["a second customer for a user", (d) => `x,c-1,u-2,,${d},link`, /line 3: line 2 links/],
  ])(
    "`decide` refuses a file with %s, by its line, and writes nothing",
    async (_, row, sentence) => {
      const world = await pairs(commandsOnSqlite, 2);
      const before = await all(world);
      const good = `x,c-2,u-2,,${await digestOf(world, "c-2", "u-2")},link`;
      const file = fileOf(`${HEADER}\n${good}\n${row(await digestOf(world, "c-1", "u-1"))}\n`);
      const refused = await world.run("decide", file, "--apply", "--yes");
      expect([refused.code, refused.out]).toEqual([2, ""]);
      expect(refused.err).toMatch(sentence);
      expect(refused.err).not.toMatch(/cmd|जोड़ें/);
      expect(await all(world)).toEqual(before);
    },
  );

  test("`decide` reads a spreadsheet's semicolons and its protection of formulas, and no other encoding", async () => {
    const world = await commandsOnSqlite({
      customers_v2: [customer("=c-1", phoneOf(1))],
      users: [user("-u-1")],
    });
    const digest = await digestOf(world, "=c-1", "-u-1");
    const file = fileOf(`customer_id;user_id;digest;decision\n'=c-1;'-u-1;${digest};link\n`);
    expect((await world.run("decide", file, "--apply", "--yes")).code).toBe(0);
    expect(await world.one("customers_v2", "=c-1")).toMatchObject({ user_id: "-u-1" });
    const utf16 = join(temporaryFolder(), "utf16.csv");
    writeFileSync(utf16, Buffer.from("\ufeffcustomer_id,user_id,digest,decision\n", "utf16le"));
    const refused = await world.run("decide", utf16, "--apply", "--yes");
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining("line 1: ")]);
    const none = await world.run("decide", fileOf("a,b\n1,2\n"));
    expect(none).toMatchObject({ code: 2, err: expect.stringMatching(/no column customer_id/) });
    expect((await world.run("decide", join(temporaryFolder(), "none.csv"))).code).toBe(2);
  });

  test("`decide` judges 50,000 lines before it writes, and finds the one fault in the last", async () => {
    const world = await pairs(commandsOnSqlite, 1);
    const rows = Array.from({ length: 49_998 }, (_, n) => `x,c-${n},u-${n},"आशा, राव",d,leave`);
    const good = `x,c-1,u-1,,${await digestOf(world, "c-1", "u-1")},link`;
    const broken = fileOf([HEADER, good, ...rows, "x,c-2,u-2,,d,maybe"].join("\n"));
    const refused = await world.run("decide", broken, "--apply", "--yes");
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining("line 50001: ")]);
    expect(await world.one("users", "u-1")).not.toHaveProperty("customer_v2_id");
    const whole = fileOf([HEADER, good, ...rows].join("\n"));
    const done = await world.run("decide", whole, "--apply", "--yes", "--json");
    expect([done.code, JSON.parse(done.out)]).toMatchObject([0, { done: 1, leave: 49_998 }]);
  });
});

describeMongo("`doorstep decide` on MongoDB", (mongo) => declare(commandsOnMongo(mongo)));
describe("`doorstep decide` through a gateway", () => declare(throughGateway(commandsOnSqlite)));
