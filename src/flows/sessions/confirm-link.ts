import type { CustomerId, Phone, UserId, UserKey } from "../../core/ids.ts";
import {
  type Customer,
  isUsable,
  readCustomer,
  readUser,
  type StoredDocument,
  type UsableUser,
  type User,
} from "../../core/linking/documents.ts";
import { linkedUser } from "../../core/linking/link-evidence.ts";
import { madeIdsForAll } from "../../core/linking/made-user.ts";
import { type LinkFacts, markedCustomer, pointsAt } from "../../core/linking/ties.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { withoutDevice } from "../../core/sessions/session-end.ts";
import type { Session } from "../../core/sessions/user-record.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { UserQuery } from "../../ports/directory.ts";
import type { Gateway } from "../gateway.ts";
import { findCustomersOf } from "../linking/find-customers.ts";
import { findLegacyUser } from "../linking/find-legacy-user.ts";
import { type LinkPorts, linkCustomer } from "../linking/link-customer.ts";
import { changeUserRecord, type RecordPorts } from "../state/change-record.ts";
import type { SessionEnd } from "../state/process-state.ts";
import { forgetSessions } from "./standing-sessions.ts";

/** The ports for a new read of a session's link. */
export type ConfirmPorts = LinkPorts & RecordPorts & Pick<Gateway, "audit" | "keyring" | "process">;

export interface ConfirmedLink {
  /** Null for a user who logs in without a customer (LEGACY_ONLY_LOGIN). */
  readonly customer: Customer | null;
  readonly user: UsableUser;
}

const GONE = { reason: "token-invalid" } as const;

/**
 * Confirms a session's link, or ends the session: its customer or user may no longer log in, or
 * differs from the proven one.
 */
export async function confirmSession(
  gateway: ConfirmPorts,
  userKey: UserKey,
  session: Session,
): Promise<Result<ConfirmedLink, SessionEnd>> {
  const confirmed = await confirmLink(gateway, session);
  if (confirmed.ok) return confirmed;
  const { sid: sessionId, userId } = session;
  await changeUserRecord(gateway, userKey, (record) => ({
    record: withoutDevice(record, session),
    outcome: ok(undefined),
  }));
  forgetSessions(gateway, [session]);
  const detail = confirmed.failure.reason;
  gateway.audit.record({ name: "session.ended", sessionId, userId, detail });
  return confirmed;
}

/**
 * Reads a session's customer and user again, in two commands at once. The link must stand on both sides, or
 * have been wiped by a migration only, and the phone must be the proven one (LINKING "Around it").
 */
async function confirmLink(
  gateway: ConfirmPorts,
  session: Session,
): Promise<Result<ConfirmedLink, SessionEnd>> {
  const { directory, rules } = gateway;
  if (session.customerId === null) return confirmLegacyUser(gateway, session);
  const { customerId, userId } = session;
  // At once: the customer almost always points at the session's user.
  const [[document, duplicate], expected] = await Promise.all([
    directory.findCustomers({ ids: [customerId] }),
    directory.findUsers(usersOf(customerId, userId, userId)),
  ]);
  const customer = document && !duplicate ? readCustomer(document, rules.phone) : null;
  if (customer === null || customer.phone === null) return fail(GONE);
  if (!(await isOfPhone(gateway, session, customer.phone))) return fail(GONE);
  if (customer.status === null) return fail({ reason: "customer-stopped" });
  const { pointer } = customer;
  const users =
    pointer === userId ? expected : await directory.findUsers(usersOf(customerId, pointer, userId));
  const facts = await factsOf(gateway, customer, customer.phone, users);
  const user = linkedUser(facts);
  if (user !== null && isUsable(user) && user.id === session.userId) return ok({ customer, user });
  const own = facts.users.find(({ id }) => id === session.userId);
  if (own !== undefined && pointsAt(customer, own) && !own.active) {
    return fail({ reason: "user-inactive" });
  }
  return own !== undefined && isWiped(own, facts) ? putBack(gateway, session, facts) : fail(GONE);
}

/**
 * A session without a customer stands while a login with its phone would lead to the same user: it
 * ends where the setting is switched off, and where a customer gets the phone.
 */
async function confirmLegacyUser(
  gateway: ConfirmPorts,
  { phoneKey, userId }: Session,
): Promise<Result<ConfirmedLink, SessionEnd>> {
  const { directory, keyring, rules } = gateway;
  const [document, duplicate] = await directory.findUsers({ ids: [userId] });
  const { phone } = document && !duplicate ? readUser(document, rules.phone) : { phone: null };
  if (phone === null || (await keyring.phoneKey(phone)) !== phoneKey) return fail(GONE);
  const user = await findLegacyUser(gateway, phone);
  return user !== null && user.id === userId ? ok({ customer: null, user }) : fail(GONE);
}

/** The session's user, and every user that the customer names or that names the customer. */
const usersOf = (
  customer: CustomerId,
  pointer: string | null,
  user: UserId,
): Partial<UserQuery> => ({
  ids: pointer === null || pointer === user ? [user] : [pointer, user],
  objectIds: pointer !== null && /^[0-9a-f]{24}$/.test(pointer) ? [pointer] : [],
  customerIds: [customer],
  marks: [customer],
});

async function factsOf(
  { rules, runtime }: Pick<Gateway, "rules" | "runtime">,
  customer: Customer,
  phone: Phone,
  users: readonly StoredDocument[],
): Promise<LinkFacts> {
  return {
    customer,
    customers: [customer],
    phone,
    placeholder: rules.placeholder,
    users: users.map((found) => readUser(found, rules.phone)),
    made: await madeIdsForAll([customer.id], runtime.hashNow),
    now: runtime.now(),
  };
}

/**
 * A migration emptied the link, on one side or both: neither side names another document, and our
 * own mark still names the user's customer.
 */
function isWiped(user: User, facts: LinkFacts): boolean {
  const { customer } = facts;
  const namesNobodyElse = user.customerId === null || user.customerId === customer.id;
  const isPointedAt = customer.pointer === null || pointsAt(customer, user);
  return (
    isUsable(user) &&
    user.active &&
    namesNobodyElse &&
    isPointedAt &&
    markedCustomer(user, facts) === customer.id
  );
}

/**
 * Writes a wiped link again, as a login would (LINKING steps 5 to 12), so that the session goes on.
 */
async function putBack(
  gateway: ConfirmPorts,
  { sid: sessionId, userId }: Session,
  { customer, phone }: LinkFacts,
): Promise<Result<ConfirmedLink, SessionEnd>> {
  const found = [customer.document.key];
  const onPhone = await findCustomersOf(gateway, phone, found);
  const linked = await linkCustomer(gateway, { phone, found }, customer.id, onPhone);
  if (!linked.ok) {
    // A race that was lost five times is no evidence against the session.
    if (linked.failure.reason === "rate-limited") {
      throw new AdapterError("linking", "put-back", "unavailable", { cause: undefined });
    }
    return fail(GONE);
  }
  const ids = { customerId: customer.id, sessionId, userId };
  gateway.audit.record({ name: "link.written", ...ids, detail: "put back after it was wiped" });
  return linked.value.user.id === userId ? ok(linked.value) : fail(GONE);
}

/** Whether the proven phone is still the customer's, or a test phone of that customer. */
async function isOfPhone(
  { keyring, rules, runtime }: Pick<Gateway, "keyring" | "rules" | "runtime">,
  { customerId, phoneKey }: Session,
  phone: Phone,
): Promise<boolean> {
  const tests = rules.testPhones.filter(
    (test) => test.customerId === customerId && runtime.now() < test.until,
  );
  const keys = await Promise.all(
    [phone, ...tests.map((test) => test.phone)].map((one) => keyring.phoneKey(one)),
  );
  return keys.includes(phoneKey);
}
