import type { LaneReport, Person, PersonUser } from "../../http/routes/admin/admin-shapes.ts";
import { screenOf } from "./printable.ts";
import { sessionLines } from "./session-text.ts";
import { tableLines } from "./text-table.ts";

/** The screen of `doorstep who`. */
export function personScreen({ broken, complete, customers, others, phones }: Person): string {
  const titles = tableLines(customers.map(({ id, name, status }) => [id, named(name), status]));
  const found = customers.length + others.length + broken.length > 0;
  return screenOf([
    ...phones.flatMap(phoneLines),
    ...(phones.length > 0 ? [""] : []),
    ...(found ? [] : ["no such person"]),
    ...customers.flatMap((customer, at) => [...customerLines(customer, titles[at] ?? ""), ""]),
    ...others.flatMap((user) => [...userLines(user, ""), ""]),
    ...broken.flatMap((document) => [...brokenLines(document), ""]),
    ...(complete ? [] : ["the search ended before every record was read"]),
  ]);
}

function phoneLines({ lanes, locked_until, phone }: Person["phones"][number]): string[] {
  const lock = locked_until === null ? "" : `  LOCKED until ${locked_until}`;
  return [`phone      ${phone}${lock}`, ...lanes.filter(saysSomething).map(laneLine)];
}

const saysSomething = ({ failures, sends, wrong_codes }: LaneReport): boolean =>
  failures + sends + wrong_codes > 0;

/** A lane's counts; the lock of the phone is shown beside the phone. */
function laneLine({ customer_id, locked_until, send_allowed_at, ...counts }: LaneReport): string {
  const lane = customer_id === null ? "counted" : `devices of ${customer_id}`;
  const lock =
    customer_id === null || locked_until === null ? [] : [`LOCKED until ${locked_until}`];
  const budget = send_allowed_at === null ? [] : [`no message until ${send_allowed_at}`];
  return `           ${[
    `${lane}: ${counts.sends} sent`,
    `${counts.failures} wrong in a row`,
    `${counts.wrong_codes} wrong in 24 h`,
    ...lock,
    ...budget,
  ].join(", ")}`;
}

const brokenLines = ({ key, stored }: Person["broken"][number]): string[] => [
  `broken     ${key}  customers_v2 without a usable id: ${shown(stored.id)}`,
  `           phone ${shown(stored.phone)}, user_id ${shown(stored.user_id)}`,
];

const named = (name: string): string => name || "(no name)";

function customerLines(
  { because, stored, users }: Person["customers"][number],
  title: string,
): string[] {
  return [
    `customer   ${title}`,
    `           phone ${shown(stored.phone)}, user_id ${shown(stored.user_id)}`,
    ...users.flatMap((user) => userLines(user, "  ")),
    `  login    ${because}`,
  ];
}

function userLines(user: PersonUser, indent: string): string[] {
  const { faults, sessions, stored, ties } = user;
  const width = 11 - indent.length;
  const title = typeof stored.role === "string" ? stored.role : `role ${shown(stored.role)}`;
  const id = user.id ?? `(no usable id: ${shown(stored.id)})`;
  const count = sessions.length;
  const alive = count === 0 ? "" : `  ${count} session${count === 1 ? "" : "s"}`;
  const line = (label: string, text: string) => `${indent}${label.padEnd(width)}${text}`;
  return [
    line("user", `${id}  ${named(user.name)}  ${title}${alive}`),
    line("", `phone ${shown(stored.phone)}, customer_v2_id ${shown(stored.customer_v2_id)}`),
    ...(ties.length === 0 ? [] : [line("tied", ties.join("; "))]),
    ...(faults.length === 0 ? [] : [line("fault", faults.join("; "))]),
    ...sessionLines(sessions).map((session) => line("session", session)),
  ];
}

/** A stored field with its type. */
const shown = (value: unknown): string => (value === undefined ? "missing" : JSON.stringify(value));
