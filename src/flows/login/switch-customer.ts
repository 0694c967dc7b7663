import { toBase64url } from "../../core/bytes.ts";
import type { FailureOf } from "../../core/failure.ts";
import type { CustomerId, SessionId } from "../../core/ids.ts";
import type { Customer, UsableUser } from "../../core/linking/documents.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import {
  findSession,
  type Session,
  type UserRecord,
  withoutSession,
  withSession,
} from "../../core/sessions/user-record.ts";
import { findCustomersOf } from "../linking/find-customers.ts";
import { type Link, linkCustomer, type ProvenPhone } from "../linking/link-customer.ts";
import { updateUserCopy } from "../linking/update-user-copy.ts";
import { type ConfirmPorts, confirmSession } from "../sessions/confirm-link.ts";
import { SESSION_ID_BYTES } from "../sessions/issue-tokens.ts";
import { mintPageCookie, type PageSession } from "../sessions/page-session.ts";
import { forgetSessions } from "../sessions/standing-sessions.ts";
import { changeUserRecord } from "../state/change-record.ts";
import { chooseAmong } from "./choose-customer.ts";
import { auditRefusal, type LoginFailure, MAX_USER_AGENT, SPENT } from "./log-in.ts";
import { sealChoice } from "./remembered-choice.ts";

/** The phone's proof is fresh for this long: a family passes one phone around at the door. */
const PROOF_FRESH_MS = 15 * 60_000;

/** The result of a switch: the cookie of another customer's session at the page. */
export interface SwitchedLogin {
  readonly cookie: string;
  readonly maxAgeSeconds: number;
  /** For the browser to keep. */
  readonly choice: string;
  readonly customer: Customer;
  readonly user: UsableUser;
}

/**
 * The customers that the page's session may switch to without a new code, with its own.
 *
 * @param customer the session's customer, as its link was just confirmed
 * @returns none where the phone's proof is not fresh, or where the phone has one customer
 */
export async function switchableCustomers(
  gateway: ConfirmPorts,
  page: PageSession,
  customer: Customer,
): Promise<readonly Customer[]> {
  const proof = await freshProof(gateway, page, customer);
  if (proof === null) return [];
  const proven = { phone: proof.phone, phoneKey: page.session.phoneKey };
  const choice = await chooseAmong(gateway, proven, proof.customers);
  return choice.ok && choice.value.kind === "several" ? choice.value.customers : [];
}

/**
 * Signs the browser in as another customer of the phone that it has just proven. The new session is
 * as old as the proof and ends when the former one would have ended, so that no chain of switches
 * extends either. The former session ends first: of two switches at one moment one wins.
 */
export async function switchCustomer(
  gateway: ConfirmPorts,
  page: PageSession,
  customerId: string,
  userAgent: string,
): Promise<Result<SwitchedLogin, LoginFailure | FailureOf<"not-owner">>> {
  const confirmed = await confirmSession(gateway, page.userKey, page.session);
  const proof = confirmed.ok ? await freshProof(gateway, page, confirmed.value.customer) : null;
  if (proof === null) return fail(SPENT);
  const chosen = customerId as CustomerId;
  if (!proof.customers.some(({ id }) => id === chosen)) return fail({ reason: "not-owner" });
  const linked = await linkCustomer(gateway, proof, chosen, proof.customers);
  if (!linked.ok) {
    auditRefusal(gateway, page.session.phoneKey, chosen, linked.failure);
    return linked;
  }
  const ended = await endFormer(gateway, page);
  return ended.ok ? open(gateway, page, linked.value, userAgent) : ended;
}

interface FreshProof extends ProvenPhone {
  readonly customers: readonly Customer[];
}

/**
 * The proven phone and its customers. A test phone is none: it stands for its one customer, and
 * proves nothing about the phone in that customer's record.
 */
async function freshProof(
  gateway: ConfirmPorts,
  { session }: PageSession,
  { document, phone }: Customer,
): Promise<FreshProof | null> {
  const { keyring, runtime } = gateway;
  if (runtime.now() >= session.authenticatedAt + PROOF_FRESH_MS) return null;
  if (phone === null || (await keyring.phoneKey(phone)) !== session.phoneKey) return null;
  const found = [document.key];
  return { phone, found, customers: await findCustomersOf(gateway, phone, found) };
}

async function endFormer(
  gateway: ConfirmPorts,
  { session, stored, userKey }: PageSession,
): Promise<Result<void, LoginFailure>> {
  const { sid: sessionId, userId } = session;
  const decide = (record: UserRecord, now: number) => {
    const isLive = findSession(record, sessionId, now) !== null;
    const left = isLive ? withoutSession(record, sessionId) : null;
    return { record: left, outcome: isLive ? ok(undefined) : fail(SPENT) };
  };
  const ended = await changeUserRecord(gateway, userKey, decide, stored);
  if (!ended.ok) return ended;
  forgetSessions(gateway, [session]);
  gateway.audit.record({ name: "session.ended", sessionId, userId, detail: "switched customer" });
  return ended;
}

async function open(
  gateway: ConfirmPorts,
  { session: former }: PageSession,
  link: Link,
  userAgent: string,
): Promise<Result<SwitchedLogin, LoginFailure>> {
  const { audit, keyring, runtime } = gateway;
  const { customer, user, wrote } = link;
  const { idleTtlMs } = gateway.rules.session;
  const now = runtime.now();
  const session: Session = {
    ...former,
    sid: toBase64url(runtime.randomBytes(SESSION_ID_BYTES)) as SessionId,
    seed: toBase64url(runtime.randomBytes(32)),
    keyId: keyring.currentId,
    rotatedAt: now,
    userId: user.id,
    customerId: customer.id,
    // The known device stays the former customer's.
    device: null,
    userAgent: userAgent.slice(0, MAX_USER_AGENT),
    idleUntil: now + idleTtlMs,
  };
  const userKey = await keyring.userKey(user.id);
  const opened = await changeUserRecord(gateway, userKey, (record, at) => ({
    record: withSession(record, session, at),
    outcome: ok(undefined),
  }));
  if (!opened.ok) return opened;
  const { clientId: detail, phoneKey, sid: sessionId } = session;
  const ids = { phoneKey, userId: user.id, customerId: customer.id };
  if (wrote) audit.record({ name: "link.written", ...ids });
  audit.record({ name: "login.succeeded", ...ids, sessionId, detail });
  updateUserCopy(gateway, link);
  const cookie = await mintPageCookie(gateway, userKey, session);
  if (cookie === null) return fail(SPENT);
  const maxAgeSeconds = Math.floor((session.endsAt - now) / 1000);
  const choice = await sealChoice(gateway, session, customer);
  return ok({ cookie, maxAgeSeconds, choice, customer, user });
}
