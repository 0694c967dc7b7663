import { toBase64url } from "../core/bytes.ts";
import type { Customer } from "../core/documents.ts";
import type { Failure, FailureOf } from "../core/failure.ts";
import type { CustomerId, PhoneKey, SessionId } from "../core/ids.ts";
import type { Challenge } from "../core/phone-record.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { addLogin, type Device, type Session } from "../core/user-record.ts";
import { changeUserRecord } from "./change-record.ts";
import type { Gateway } from "./gateway.ts";
import { issueTokens, SESSION_ID_BYTES, type TokenSet } from "./issue-tokens.ts";
import { deviceFor, mintDeviceToken } from "./known-device.ts";
import { type Link, linkCustomer } from "./link-customer.ts";
import { refreshCopy } from "./refresh-copy.ts";

/** The client of direct logins (DESIGN section 3). */
export const DIRECT_CLIENT = "doorstep";
const MAX_USER_AGENT = 120;

/** What a login gives: tokens, who it is, and what only a login hands out. */
export interface LoggedIn extends TokenSet {
  readonly deviceToken: string;
  readonly firstLogin: boolean;
}

export interface LoginContext {
  readonly phoneKey: PhoneKey;
  readonly challenge: Challenge;
  readonly userAgent: string;
}

export type LoginFailure = FailureOf<
  "customer-stopped" | "user-inactive" | "link-conflict" | "rate-limited" | "otp-rejected"
>;

/** Finishes a login whose phone is proven and whose customer is chosen: links them to one user. */
export async function linkForLogin(
  gateway: Gateway,
  { challenge, phoneKey }: LoginContext,
  chosen: CustomerId,
  customers: readonly Customer[],
): Promise<Result<Link, LoginFailure>> {
  const linked = await linkCustomer(gateway, challenge, chosen, customers);
  if (linked.ok) {
    const { customer, user, wrote } = linked.value;
    const ids = { phoneKey, userId: user.id, customerId: customer.id };
    if (wrote) gateway.audit.record({ name: "link.written", ...ids });
    return linked;
  }
  auditRefusal(gateway, phoneKey, chosen, linked.failure);
  return linked;
}

/**
 * Spends the proof and starts the session: of all the logins that one challenge may have under
 * way, exactly one gets past the user's record.
 */
export async function startSession(
  gateway: Gateway,
  { challenge, phoneKey, userAgent }: LoginContext,
  link: Link,
): Promise<Result<LoggedIn, LoginFailure>> {
  const { audit, keyring } = gateway;
  const { customer, user, wrote } = link;
  const userKey = await keyring.userKey(user.id);
  const started = await changeUserRecord(gateway, userKey, (record, now) => {
    const device = deviceFor(gateway, record, challenge.device, customer.id, phoneKey);
    const session = newSession(gateway, { challenge, phoneKey, userAgent }, link, device, now);
    const login = { challenge: challenge.handle, session, device };
    const added = addLogin(record, login, now);
    return { record: added, outcome: added ? ok({ device, session }) : fail(SPENT) };
  });
  if (!started.ok) return started;
  const { device, session } = started.value;
  const tokens = await issueTokens(gateway, userKey, session, customer, user);
  const deviceToken = await mintDeviceToken(gateway, userKey, device);
  if (tokens === null || deviceToken === null) return fail(SPENT);
  const ids = { userId: user.id, customerId: customer.id, sessionId: session.sid };
  audit.record({ name: "login.succeeded", phoneKey, ...ids });
  refreshCopy(gateway, link);
  return ok({ ...tokens, deviceToken, firstLogin: wrote });
}

const SPENT = { reason: "otp-rejected" } as const;

function newSession(
  { keyring, rules, runtime }: Gateway,
  { challenge, phoneKey, userAgent }: LoginContext,
  { customer, user }: Link,
  device: Device,
  now: number,
): Session {
  const channel = challenge.sends.at(-1)?.channel;
  return {
    sid: toBase64url(runtime.randomBytes(SESSION_ID_BYTES)) as SessionId,
    seed: toBase64url(runtime.randomBytes(32)),
    keyId: keyring.currentId,
    generation: 0,
    rotatedAt: now,
    clientId: DIRECT_CLIENT,
    userId: user.id,
    customerId: customer.id,
    phoneKey,
    device: device.id,
    authenticatedAt: now,
    // RFC 8176: a voice call proves a telephone, a message the possession of its SIM.
    amr: ["otp", channel === "call" ? "tel" : "sms"],
    userAgent: userAgent.slice(0, MAX_USER_AGENT),
    idleUntil: now + rules.session.idleTtlMs,
    endsAt: now + rules.session.maxTtlMs,
  };
}

function auditRefusal(
  { audit }: Gateway,
  phoneKey: PhoneKey,
  customerId: CustomerId,
  failure: Failure,
): void {
  if (failure.reason !== "link-conflict") {
    audit.record({ name: "login.refused", phoneKey, customerId, detail: failure.reason });
    return;
  }
  const { because, userIds } = failure.evidence;
  const detail = `${because}: ${userIds.join(", ")}`;
  audit.record({ name: "link.conflict", phoneKey, customerId, detail });
}
