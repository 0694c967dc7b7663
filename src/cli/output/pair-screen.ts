import { type Customer, MARK, type User } from "../../core/linking/documents.ts";
import { countOf } from "./count.ts";
import { tableLines } from "./text-table.ts";

type Row = readonly [label: string, customer: unknown, user: unknown];

/** A customer and a user side by side, each field as stored; null: there is no such record. */
export function pairLines(customer: Customer | null, user: User | null): readonly string[] {
  const [c, u] = [customer?.document.fields ?? {}, user?.document.fields ?? {}];
  const rows: readonly Row[] = [
    ["id", c["id"], u["id"]],
    ["name", c["name"], u["name"]],
    ["phone", c["phone"], u["phone"]],
    ["e-mail", undefined, u["email"]],
    ["state", c["status"], u["is_active"]],
    ["role", undefined, u["role"]],
    ["link", c["user_id"], u["customer_v2_id"]],
    ["mark", undefined, u[MARK]],
    ["address", c["address"], undefined],
    ["area", c["area"], undefined],
    ["created", c["created_at"], u["created_at"]],
  ];
  const shown = rows.map(([label, ofCustomer, ofUser]) => [
    label,
    customer === null ? "" : cell(ofCustomer),
    user === null ? "" : cell(ofUser),
  ]);
  return tableLines([["", "CUSTOMER customers_v2", "USER users"], ...shown]);
}

const cell = (value: unknown): string => {
  if (value === undefined) return "-";
  return typeof value === "string" ? value : JSON.stringify(value);
};

/** Two or more users, a line each. */
export const userLinesOf = (users: readonly User[]): readonly string[] => [
  countOf(users.length, "user"),
  ...tableLines(users.map(({ email, id, name }) => [`  ${id ?? "(no id)"}`, name, email ?? ""])),
];
