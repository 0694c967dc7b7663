import type { Phone, UserKey } from "../../core/ids.ts";
import {
  type Customer,
  isUsable,
  readCustomer,
  readUser,
  type UsableUser,
} from "../../core/linking/documents.ts";
import { type LinkFacts, linkedUser, pointsAt } from "../../core/linking/link-evidence.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { type Session, withoutDevice } from "../../core/sessions/user-record.ts";
import type { Gateway } from "../gateway.ts";
import { changeUserRecord } from "../state/change-record.ts";
import type { SessionEnd } from "../state/process-state.ts";
import { forgetSessions } from "./standing-sessions.ts";

export interface ConfirmedLink {
  readonly customer: Customer;
  readonly user: UsableUser;
}

const GONE = { reason: "token-invalid" } as const;

/**
 * Confirms a session's link, or ends the session: its customer or user may no longer log in, or
 * is no longer the one that it was proven for.
 */
export async function confirmSession(
  gateway: Gateway,
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
 * Reads a session's customer and user again, in two commands: the link must stand on both sides
 * and the phone must be the one that was proven (LINKING "Around it").
 */
async function confirmLink(
  gateway: Gateway,
  session: Session,
): Promise<Result<ConfirmedLink, SessionEnd>> {
  const { directory, rules } = gateway;
  const [document, twin] = await directory.findCustomers({ ids: [session.customerId ?? ""] });
  const customer = document && !twin ? readCustomer(document, rules.phone) : null;
  if (customer === null || customer.phone === null) return fail(GONE);
  if (!(await isOfPhone(gateway, session, customer.phone))) return fail(GONE);
  if (customer.status === null) return fail({ reason: "customer-stopped" });
  const { pointer, phone } = customer;
  const hex = pointer !== null && /^[0-9a-f]{24}$/.test(pointer) ? [pointer] : [];
  const documents = await directory.findUsers({
    ids: pointer === null ? [] : [pointer],
    objectIds: hex,
    customerIds: [customer.id],
  });
  const users = documents.map((found) => readUser(found, rules.phone));
  const { placeholder } = rules;
  const now = gateway.runtime.now();
  const facts: LinkFacts = {
    ...{ customer, customers: [customer], users, phone, placeholder, now },
    made: new Map(),
  };
  const user = linkedUser(facts);
  if (user !== null && isUsable(user) && user.id === session.userId) return ok({ customer, user });
  const inactive = users.some(
    (other) => other.id === session.userId && pointsAt(customer, other) && !other.active,
  );
  return fail(inactive ? { reason: "user-inactive" } : GONE);
}

/** Whether the proven phone is still the customer's, or a test phone that speaks for them. */
async function isOfPhone(
  { keyring, rules, runtime }: Gateway,
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
