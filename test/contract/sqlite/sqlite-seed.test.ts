import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { sqliteDirectory } from "../../../src/adapters/sqlite/directory.ts";
import { openSqlite } from "../../../src/adapters/sqlite/node.ts";
import { type SeedDocuments, seedDirectory } from "../../../src/adapters/sqlite/seed.ts";
import { parseStoredPhone } from "../../../src/core/phone/phone.ts";
import { randomBytes, sqliteFolder } from "./sqlite-files.ts";

const RULES = { defaultRegion: "IN", allowedCountries: ["IN"] };
const GIVEN = { now: Date.now, randomBytes };

const textOf = (name: string) =>
  readFile(new URL(`../../../sample/${name}`, import.meta.url), "utf8");

async function sample(): Promise<SeedDocuments> {
  const [users, customers] = await Promise.all(["users.json", "customers_v2.json"].map(textOf));
  return { users: JSON.parse(users ?? ""), customers_v2: JSON.parse(customers ?? "") };
}

describe("seeding", () => {
  it("seeding fills an empty database, and gives every document an `_id`", async () => {
    const { sql, close } = openSqlite(":memory:");
    const documents = await sample();
    expect(seedDirectory(sql, documents, GIVEN)).toBe(true);
    const directory = sqliteDirectory(sql, GIVEN);
    const keys = await directory.scanCustomers(() => true, { maxMs: 1000, maxDocuments: 1000 });
    expect(keys).toHaveLength(documents.customers_v2.length);
    for (const key of keys) expect(key).toMatch(/^\{"\$oid":"[0-9a-f]{24}"\}$/);
    const [asha] = await directory.findCustomers({ phones: ["9876500001"] });
    expect(asha?.fields).toEqual(documents.customers_v2[0]);
    close();
  });

  it("seeding leaves alone a database that holds any document", async () => {
    for (const collection of ["users", "customers_v2"] as const) {
      const { sql, close } = openSqlite(":memory:");
      const one = { users: [], customers_v2: [], [collection]: [{ id: "kept" }] };
      expect(seedDirectory(sql, one, GIVEN)).toBe(true);
      expect(seedDirectory(sql, await sample(), GIVEN)).toBe(false);
      const count =
        "SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM customers_v2) AS n";
      expect(sql.all(count)).toEqual([{ n: 1 }]);
      close();
    }
  });

  it("seeding puts in all or nothing", () => {
    const { sql, close } = openSqlite(":memory:");
    const twice = { users: [{ id: "u-1" }], customers_v2: [{ _id: "1" }, { _id: "1" }] };
    expect(() => seedDirectory(sql, twice, GIVEN)).toThrow(/^sqlite seed failed$/);
    expect(sql.all("SELECT key FROM users")).toEqual([]);
    close();
  });

  it("seeding happens once when two processes start together", async () => {
    const folder = await sqliteFolder();
    const documents = await sample();
    const seeded = [folder.open(), folder.open()].map(({ sql }) =>
      seedDirectory(sql, documents, GIVEN),
    );
    expect(seeded).toEqual([true, false]);
  });
});

describe("sample/", () => {
  it("sample/ begins with two customers who log in with ten plain digits", async () => {
    const { customers_v2 } = await sample();
    const first = customers_v2.slice(0, 2).map(({ phone, status }) => [phone, status]);
    expect(first).toEqual([
      ["9876500001", "active"],
      ["9876500002", "active"],
    ]);
  });

  it("sample/ holds complete documents, so that the legacy lists can show them", async () => {
    const { users, customers_v2 } = await sample();
    for (const customer of customers_v2) {
      for (const field of ["id", "name", "address", "area", "status"]) {
        expect(customer[field], `${field} of ${customer.name}`).toEqual(expect.stringMatching(/./));
      }
      expect(customer.phone ?? null).not.toBeNull();
    }
    for (const user of users) {
      for (const field of ["email", "name", "role"]) {
        expect(user[field], `${field} of ${user.name}`).toEqual(expect.stringMatching(/./));
      }
    }
  });

  it("sample/ names every phone in its table, and no other", async () => {
    const { users, customers_v2 } = await sample();
    const table = [...(await textOf("README.md")).matchAll(/^\| (\d{10}) \|/gm)].map(
      ([, phone]) => `+91${phone}`,
    );
    const phones = [...customers_v2, ...users].map(({ phone }) => parseStoredPhone(phone, RULES));
    const unparseable = "+919876500022";
    const held = new Set([...phones.filter((phone) => phone !== null), unparseable]);
    expect(new Set(table)).toEqual(held);
    expect(table).toHaveLength(held.size);
  });
});
