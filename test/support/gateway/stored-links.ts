import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

type Document = Readonly<Record<string, unknown>>;

/** All documents of a collection, from the SQLite file of the gateways in `folder`. */
export function documentsIn(
  folder: string,
  collection: "users" | "customers_v2",
): readonly Document[] {
  const database = new DatabaseSync(join(folder, ".data/doorstep.db"), { readOnly: true });
  const rows = database.prepare(`SELECT doc FROM ${collection}`).all();
  database.close();
  return rows.map(({ doc }) => JSON.parse(doc as string));
}

/** The users who name the customer, and whom the customer names: one and the same, or two lists. */
export function linkIn(folder: string, customerId: unknown) {
  const users = documentsIn(folder, "users").filter(
    (user) => user["customer_v2_id"] === customerId,
  );
  const named = documentsIn(folder, "customers_v2").filter(({ id }) => id === customerId);
  return { users: users.map(({ id }) => id), named: named.map(({ user_id }) => user_id) };
}
