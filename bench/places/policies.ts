import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./doorstep.ts";

interface PolicyFile {
  readonly rules: readonly (Readonly<Record<string, unknown>> & { readonly match: string })[];
}

/** The path of the judged POST. */
export const JUDGED_PATH = "/api/bench/orders";

const shipped = (): PolicyFile =>
  JSON.parse(readFileSync(join(ROOT, "policy/earlybird.json"), "utf8"));

/**
 * The shipped policy and a rule more: a customer's order as the shipped policy judges it, by schema
 * and sums, that names a stored document which the customer must own. The shipped rules of that
 * kind name collections that the embedded store does not have.
 *
 * @returns the file's path
 */
export function writeJudgingPolicy(folder: string): string {
  const { rules, ...shared } = shipped();
  const order = rules.find(({ match }) => match === "POST /api/orders");
  if (order === undefined) throw new Error("the shipped policy has no order");
  const body = order["body"] as { required: string[]; properties: object };
  const judged = {
    ...order,
    match: `POST ${JUDGED_PATH}`,
    own: { "body.household": { collection: "customers_v2", owner: ["id"] } },
    body: {
      ...body,
      required: [...body.required, "household"],
      properties: { ...body.properties, household: { $ref: "#/$defs/id" } },
    },
  };
  return write(folder, "judging.json", { ...shared, rules: [...rules, judged] });
}

/** 300 bytes that the rule lets through. @param household the customer's own document */
export function judgedBody(household: string): string {
  const item = { product_id: "p-1", product_name: "Milk", unit: "litre" };
  const order = {
    items: [{ ...item, quantity: 2, price: 31.5, total: 63 }],
    delivery_date: "2026-12-01",
    address_id: "a-1",
    household,
    notes: "",
  };
  const missing = 300 - JSON.stringify(order).length;
  return JSON.stringify({ ...order, notes: "n".repeat(missing) });
}

/** As many rules of other paths as asked for, and one of `/api/orders`. */
export function writeRules(folder: string, count: number): string {
  const others = Array.from({ length: count - 1 }, (_, n) => ({
    match: `GET /api/things-${n}/:id`,
    allow: ["customer"],
  }));
  const rules = [...others, { match: "GET /api/orders", allow: ["customer"], query: false }];
  return write(folder, `rules-${count}.json`, { rules });
}

function write(folder: string, name: string, policy: object): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(policy));
  return path;
}
