import { parseArgs } from "node:util";
import type { Customer, StoredDocument } from "../core/documents.ts";
import type { ConflictEvidence } from "../core/failure.ts";
import type { ExplainedCustomer, ExplainedUser, Explanation } from "../flows/explain-person.ts";
import { explainPerson } from "../flows/explain-person.ts";
import { withGateway } from "./command-gateway.ts";
import type { CommandOutput } from "./keys.ts";

const USAGE = "usage: doorstep who PHONE|USER_ID|CUSTOMER_ID [--json]\n";

const CONFLICTS: Readonly<Record<ConflictEvidence["because"], string>> = {
  "duplicate-customer-id": "several customers_v2 documents have this id",
  "unusable-user": "a user tied by id is staff, has no id of its own, or shares it",
  "several-users": "several users are tied to the customer by id",
  "belongs-to-another": "the user belongs to another customer, or equally to two",
  "phone-differs": "the user has another phone",
  "no-free-email": "every placeholder e-mail is taken",
};

/**
 * `doorstep who`: which records a phone or an id names, how they are tied and by what evidence,
 * what a login would do and why. Reads, and writes nothing.
 *
 * @returns the exit code: 0 clean, 1 nobody or something to mend, 2 usage, 3 unreachable
 */
export async function whoCommand(
  args: readonly string[],
  io: CommandOutput,
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const wanted = readArguments(args);
  if (wanted === null) {
    io.err(USAGE);
    return 2;
  }
  return withGateway(env, io, async (gateway) => {
    const explanation = await explainPerson(gateway, wanted.text);
    io.out(wanted.json ? `${JSON.stringify(asJson(explanation), null, 2)}\n` : screen(explanation));
    return isClean(explanation) ? 0 : 1;
  });
}

function readArguments(args: readonly string[]) {
  try {
    const options = { json: { type: "boolean" } } as const;
    const { positionals, values } = parseArgs({ args: [...args], allowPositionals: true, options });
    const [text, ...more] = positionals;
    return text && more.length === 0 ? { text, json: values.json ?? false } : null;
  } catch {
    return null;
  }
}

function isClean({ broken, customers, others }: Explanation): boolean {
  const healthy = customers.every(({ login }) => login !== null && login.kind !== "conflict");
  const users = [...others, ...customers.flatMap((customer) => customer.users)];
  const sound = users.every(({ user }) => user.id !== null && !user.document.idShared);
  return customers.length > 0 && broken.length === 0 && healthy && sound;
}

function screen({ broken, customers, lockedUntil, others, phone }: Explanation): string {
  const lock = lockedUntil === null ? "" : `  LOCKED until ${new Date(lockedUntil).toISOString()}`;
  const found = customers.length + others.length + broken.length > 0;
  const lines = [
    ...(phone === null ? [] : [`phone      ${phone}${lock}`, ""]),
    ...(found ? [] : ["nobody"]),
    ...customers.flatMap((customer) => [...customerLines(customer), ""]),
    ...others.flatMap((user) => [...userLines(user, ""), ""]),
    ...broken.flatMap((document) => [...brokenLines(document), ""]),
  ];
  return `${lines.map(printable).join("\n").trimEnd()}\n`;
}

const brokenLines = (document: StoredDocument): string[] => [
  `broken     ${keyOf(document)}  customers_v2 without a usable id: ${shown(document, "id")}`,
  `           phone ${shown(document, "phone")}, user_id ${shown(document, "user_id")}`,
];

/** What a document calls itself may hold anything: a terminal's commands, text that runs backwards. */
const printable = (line: string): string =>
  line.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, "?");

function customerLines({ customer, login, users }: ExplainedCustomer): string[] {
  const status = customer.status ?? "stopped";
  return [
    `customer   ${customer.id}  ${customer.name || "(no name)"}  ${status}`,
    `           phone ${shown(customer.document, "phone")}, user_id ${shown(customer.document, "user_id")}`,
    ...users.flatMap((user) => userLines(user, "  ")),
    `  login    ${loginSentence(customer, login)}`,
  ];
}

function userLines(
  { faults, rank, sessions, ties, user }: ExplainedUser,
  indent: string,
): string[] {
  const { document } = user;
  const width = 11 - indent.length;
  const { role } = document.fields;
  const title = typeof role === "string" ? role : `role ${shown(document, "role")}`;
  const id = user.id ?? `(no usable id: ${shown(document, "id")})`;
  const alive = sessions === 0 ? "" : `  ${sessions} session${sessions === 1 ? "" : "s"}`;
  const line = (label: string, text: string) => `${indent}${label.padEnd(width)}${text}`;
  return [
    line("user", `${id}  ${user.name || "(no name)"}  ${title}${alive}`),
    line(
      "",
      `phone ${shown(document, "phone")}, customer_v2_id ${shown(document, "customer_v2_id")}`,
    ),
    ...(rank === null ? [] : [line(`rank ${rank}`, ties.join("; "))]),
    ...(faults.length === 0 ? [] : [line("fault", faults.join("; "))]),
  ];
}

function loginSentence(customer: Customer, login: ExplainedCustomer["login"]): string {
  switch (login?.kind) {
    case undefined:
      return `impossible: ${shown(customer.document, "phone")} is no mobile number that we serve`;
    case "stopped":
      return "refused (customer-stopped): the status is stopped or unknown";
    case "linked":
      return `as users.id ${login.user.id}: both records name each other`;
    case "reuse":
      return `links users.id ${login.user.id} (rank ${login.rank}), and logs in as that user`;
    case "create":
      return `makes users.id ${login.ids.userId}: no user is certain to be this customer's`;
    case "inactive":
      return `refused (user-inactive): users.id ${login.user.id} has is_active false`;
    case "conflict":
      return `refused (link-conflict): ${CONFLICTS[login.evidence.because]}`;
  }
}

/** A field as it is stored, type and all. */
function shown({ fields }: StoredDocument, field: string): string {
  const value = fields[field];
  return value === undefined ? "missing" : JSON.stringify(value, plainLong);
}

/** MongoDB's 64-bit integers would be shown as two halves. */
function plainLong(_: string, value: unknown): unknown {
  const isLong = typeof (value as { toBigInt?: unknown } | null)?.toBigInt === "function";
  return isLong ? { $numberLong: String(value) } : value;
}

const keyOf = ({ key, objectId }: StoredDocument): string => objectId ?? key;

function asJson({ broken, customers, lockedUntil, others, phone }: Explanation) {
  const userJson = ({ faults, rank, sessions, ties, user }: ExplainedUser) => ({
    key: keyOf(user.document),
    id: user.id,
    ...{ rank, ties, faults, sessions },
  });
  return {
    phone,
    locked_until: lockedUntil === null ? null : new Date(lockedUntil).toISOString(),
    customers: customers.map(({ customer, login, users }) => ({
      key: keyOf(customer.document),
      id: customer.id,
      users: users.map(userJson),
      login: login?.kind ?? "impossible",
      because: loginSentence(customer, login),
    })),
    others: others.map(userJson),
    broken: broken.map(keyOf),
  };
}
