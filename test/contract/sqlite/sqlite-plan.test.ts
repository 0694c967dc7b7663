import { expect, it } from "vitest";
import { sqliteDirectory } from "../../../src/adapters/sqlite/directory.ts";
import type { Sql, SqlValue } from "../../../src/adapters/sqlite/sql.ts";
import { sqliteState } from "../../../src/adapters/sqlite/state.ts";
import type { DocumentKey } from "../../../src/core/ids.ts";
import { hex, oid } from "../directory/directory-instance.ts";
import { randomBytes, sqliteFolder } from "./sqlite-files.ts";

const GIVEN = { now: Date.now, randomBytes };

/** How SQLite goes about every statement that `work` runs. */
async function plansOf(work: (sql: Sql) => Promise<unknown>): Promise<string[]> {
  const folder = await sqliteFolder();
  const { sql } = folder.open();
  const plans: string[] = [];
  const explain = (query: string, values: readonly SqlValue[]) => {
    const steps = sql.all(`EXPLAIN QUERY PLAN ${query}`, ...values);
    plans.push(...steps.map(({ detail }) => String(detail)));
  };
  await work({
    ...sql,
    all(query, ...values) {
      explain(query, values);
      return sql.all(query, ...values);
    },
    run(query, ...values) {
      explain(query, values);
      return sql.run(query, ...values);
    },
  });
  return plans;
}

/** A list that came as a parameter is walked; everything else must be searched. */
const walked = (plans: readonly string[]): string[] =>
  plans.filter((step) => step.startsWith("SCAN") && !step.startsWith("SCAN json_each"));

const indexesOf = (plans: readonly string[]): string[] =>
  plans
    .map((step) => / USING (?:COVERING )?INDEX (\w+)/.exec(step)?.[1])
    .filter((index) => index !== undefined)
    .sort();

it("looks users up by an index for every clause, and their duplicates by another", async () => {
  const plans = await plansOf((sql) => {
    const lists = { ids: ["1"], customerIds: ["1"], emails: ["1"], phones: ["1", 1], roles: ["1"] };
    const rest = { marks: ["1"], objectIds: [hex(1)] };
    return sqliteDirectory(sql, GIVEN).findUsers({ ...lists, ...rest });
  });
  expect(walked(plans)).toEqual([]);
  expect(indexesOf(plans)).toEqual([
    "sqlite_autoindex_users_1",
    "users_customer_v2_id",
    "users_doorstep_customer_id",
    "users_email",
    "users_id",
    "users_id",
    "users_phone",
    "users_role",
  ]);
});

it("looks customers up by an index for every clause, and their duplicates by another", async () => {
  const plans = await plansOf((sql) =>
    sqliteDirectory(sql, GIVEN).findCustomers({
      ids: ["1"],
      keys: [JSON.stringify(oid(1)) as DocumentKey],
      userIds: ["1"],
      phones: ["1"],
    }),
  );
  expect(walked(plans)).toEqual([]);
  expect(indexesOf(plans)).toEqual([
    "customers_v2_id",
    "customers_v2_id",
    "customers_v2_phone",
    "customers_v2_user_id",
    "sqlite_autoindex_customers_v2_1",
  ]);
});

it("looks customers up by an index for a single clause too", async () => {
  const clauses = [
    { ids: ["1"] },
    { keys: [JSON.stringify(oid(1)) as DocumentKey] },
    { userIds: ["1"] },
    { phones: ["1", 1] },
    { phones: ["1"], userIds: ["2"] },
  ];
  for (const clause of clauses) {
    const plans = await plansOf((sql) => sqliteDirectory(sql, GIVEN).findCustomers(clause));
    expect(walked(plans), JSON.stringify(clause)).toEqual([]);
  }
});

it("walks no table for a guarded write, a scan's page or an insert", async () => {
  const plans = await plansOf(async (sql) => {
    const directory = sqliteDirectory(sql, GIVEN);
    await directory.insertUser(hex(1), { id: "u-1" });
    const [read] = await directory.findUsers({ objectIds: [hex(1)] });
    if (read === undefined) throw new Error("not inserted");
    expect(read.key).toBe(JSON.stringify(oid(1)));
    await directory.changeUser(read, ["id"], { set: { name: "Asha" } });
    await directory.scanCustomers(() => true, { maxMs: 1000, maxDocuments: 10 });
  });
  expect(walked(plans)).toEqual([]);
});

it("reads, writes, removes and sweeps state by an index", async () => {
  const plans = await plansOf(async (sql) => {
    const state = sqliteState(sql, GIVEN);
    const first = await state.write("key", 1, { expect: null, expiresAt: Date.now() + 60_000 });
    await state.write("key", 2, { expect: first, expiresAt: Date.now() + 60_000 });
    await state.read("key");
    await state.remove("key", { expect: "none" });
    await state.sweep(Date.now());
    await state.check();
  });
  expect(walked(plans)).toEqual([]);
  expect(new Set(indexesOf(plans))).toEqual(
    new Set(["sqlite_autoindex_state_1", "state_expires_at"]),
  );
});
