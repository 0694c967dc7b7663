import type { ConflictEvidence } from "../../../core/failure.ts";
import type { StoredDocument } from "../../../core/linking/documents.ts";
import type { LaneState } from "../../../core/otp/phone-lock.ts";
import { type Session, sessionEndsAt } from "../../../core/sessions/user-record.ts";
import type {
  ExplainedCustomer,
  ExplainedPhone,
  ExplainedUser,
  Explanation,
} from "../../../flows/operator/linking/explain-person.ts";
import type { OpenedByUser } from "../../../flows/operator/operate-sessions.ts";
import type {
  LaneReport,
  Person,
  PersonUser,
  SessionReport,
  SessionsReport,
} from "./admin-shapes.ts";

/** Fills an operator's answers. */

const CONFLICTS: Readonly<Record<ConflictEvidence["because"], string>> = {
  "duplicate-customer-id": "several customers_v2 documents have this id",
  "unusable-user":
    "a user linked by id is staff, has no usable id, or shares the id with another user",
  "several-users": "several users are linked to the customer by id",
  "belongs-to-another": "the user belongs to another customer, or equally to two",
  "phone-differs": "the user has another phone",
  "no-witness": "the user has no phone, and only fields that a client could write name its owner",
  "no-free-email": "every placeholder e-mail is taken",
};

export const person = (explanation: Explanation): Person => ({
  phones: explanation.phones.map(phoneReport),
  customers: explanation.customers.map(customerReport),
  others: explanation.others.map(userReport),
  broken: explanation.broken.map((document) => ({
    key: keyOf(document),
    stored: stored(document, ["id", "phone", "user_id"]),
  })),
  complete: explanation.complete,
  clean: isClean(explanation),
});

function isClean({ broken, customers, others }: Explanation): boolean {
  const healthy = customers.every(({ login }) => login !== null && login.kind !== "conflict");
  const users = [...others, ...customers.flatMap((customer) => customer.users)];
  const sound = users.every(({ user }) => user.id !== null && !user.document.idShared);
  return customers.length > 0 && broken.length === 0 && healthy && sound;
}

function phoneReport({ lanes, phone }: ExplainedPhone): Person["phones"][number] {
  const reports = lanes.map(laneReport);
  const common = reports.find(({ customer_id }) => customer_id === null);
  return { phone, locked_until: common?.locked_until ?? null, lanes: reports };
}

const customerReport = (explained: ExplainedCustomer): Person["customers"][number] => ({
  key: keyOf(explained.customer.document),
  id: explained.customer.id,
  name: explained.customer.name,
  status: explained.customer.status ?? "stopped",
  stored: stored(explained.customer.document, ["phone", "user_id"]),
  users: explained.users.map(userReport),
  login: explained.login?.kind ?? "impossible",
  because: loginSentence(explained),
});

const userReport = ({ faults, rank, sessions, ties, user }: ExplainedUser): PersonUser => ({
  key: keyOf(user.document),
  id: user.id,
  name: user.name,
  stored: stored(user.document, ["id", "role", "phone", "customer_v2_id"]),
  rank,
  ties: [...ties],
  faults: [...faults],
  sessions: sessions.map(sessionReport),
});

function loginSentence({ customer, login }: ExplainedCustomer): string {
  switch (login?.kind) {
    case undefined:
      return `impossible: ${shown(customer.document, "phone")} is no mobile number that we serve`;
    case "stopped":
      return "refused (customer-stopped): the status is stopped or unknown";
    case "linked":
      return `as users.id ${login.user.id}: both records name each other`;
    case "reuse":
      return `links users.id ${login.user.id}${login.rank === "D" ? ", who has this phone and name," : ""} and logs in as that user`;
    case "create":
      return `makes users.id ${login.ids.userId}: no user is certain to be this customer's`;
    case "inactive":
      return `refused (user-inactive): users.id ${login.user.id} has is_active false`;
    case "conflict":
      return `refused (link-conflict): ${CONFLICTS[login.evidence.because]}`;
  }
}

export const laneReport = (lane: LaneState): LaneReport => ({
  customer_id: lane.customerId,
  failures: lane.failures,
  wrong_codes: lane.wrongCodes,
  locked_until: isoTime(lane.lockedUntil),
  sends: lane.sends,
  send_allowed_at: isoTime(lane.sendAllowedAt),
});

export const openedReport = (opened: OpenedByUser): SessionsReport["users"][number] => ({
  user_id: opened.userId,
  sessions: opened.sessions.map(sessionReport),
  known_devices: opened.devices.length,
});

const sessionReport = (session: Session): SessionReport => ({
  sid: session.sid,
  client_id: session.clientId,
  customer_id: session.customerId,
  user_agent: session.userAgent,
  created_at: isoTime(session.authenticatedAt),
  last_used_at: isoTime(session.rotatedAt),
  expires_at: isoTime(sessionEndsAt(session)),
});

function isoTime(at: number): string;
function isoTime(at: number | null): string | null;
function isoTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

/** The document's values for these fields, in a form that JSON can hold. */
function stored<Name extends string>({ fields }: StoredDocument, names: readonly Name[]) {
  const present = names.filter((name) => fields[name] !== undefined);
  const values = present.map((name) => [name, JSON.parse(jsonText(fields[name]))]);
  return Object.fromEntries(values) as { readonly [Field in Name]?: unknown };
}

function shown({ fields }: StoredDocument, field: string): string {
  return fields[field] === undefined ? "missing" : jsonText(fields[field]);
}

/** MongoDB's 64-bit integers would be shown as two halves. */
const jsonText = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) => {
    const isLong = typeof (member as { toBigInt?: unknown } | null)?.toBigInt === "function";
    return isLong ? { $numberLong: String(member) } : member;
  });

const keyOf = ({ key, objectId }: StoredDocument): string => objectId ?? key;
