import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Ten digits, from 98100 00000 on. */
export const phoneOf = (number: number): string => `98100${String(number).padStart(5, "0")}`;

/**
 * Customers who never logged in, in the embedded store of a gateway that has started in `folder`,
 * as docs/storage.md describes the table.
 */
export function addCustomers(folder: string, count: number): void {
  const database = new DatabaseSync(join(folder, ".data/doorstep.db"), { timeout: 5_000 });
  const insert = database.prepare("INSERT INTO customers_v2 (key, doc) VALUES (?, ?)");
  database.exec("BEGIN IMMEDIATE");
  for (let number = 0; number < count; number++) {
    const key = JSON.stringify({ $oid: randomBytes(12).toString("hex") });
    insert.run(key, JSON.stringify(customerOf(number)));
  }
  database.exec("COMMIT");
  database.close();
}

const customerOf = (number: number) => ({
  id: `bench-${number}`,
  name: "Asha Rao",
  phone: phoneOf(number),
  address: "12 Lake View Road",
  area: "Indiranagar",
  status: "active",
});

/** How many users the gateway made and linked to customers of `addCustomers`. */
export function countLinked(folder: string): number {
  const database = new DatabaseSync(join(folder, ".data/doorstep.db"), { readOnly: true });
  const linked = database.prepare(
    "SELECT count(*) AS number FROM customers_v2 c JOIN users u ON u.doc->'$.id' = c.doc->'$.user_id' " +
      "WHERE u.doc->'$.customer_v2_id' = c.doc->'$.id' AND c.doc->>'$.id' LIKE 'bench-%'",
  );
  const { number } = linked.get() as { number: number };
  database.close();
  return number;
}
