import { toBase64url } from "../../core/bytes.ts";
import type { Failure, FailureOf } from "../../core/failure.ts";
import type { CustomerId, PhoneKey, SessionId, UserKey } from "../../core/ids.ts";
import type { Customer } from "../../core/linking/documents.ts";
import type { SharedFacts } from "../../core/linking/ties.ts";
import type { Challenge } from "../../core/otp/phone-record.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import {
  addLogin,
  COMPAT_CLIENT,
  type Device,
  DIRECT_CLIENT,
  type Session,
  type UserRecord,
} from "../../core/sessions/user-record.ts";
import type { Gateway } from "../gateway.ts";
import { type Link, type LinkPorts, linkCustomer } from "../linking/link-customer.ts";
import { updateUserCopy } from "../linking/update-user-copy.ts";
import { deviceFor, mintDeviceToken } from "../otp/known-device.ts";
import {
  issueAccessToken,
  issueTokens,
  SESSION_ID_BYTES,
  type TokenSet,
} from "../sessions/issue-tokens.ts";
import { changeUserRecord, type RecordPorts } from "../state/change-record.ts";

/** The ports of a login after its proof. */
export type LogInPorts = LinkPorts & RecordPorts & Pick<Gateway, "audit" | "keyring" | "tokens">;

export const MAX_USER_AGENT = 120;

/** The result of a login: tokens, user and customer, and the values that only a login gives. */
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

/** The result of a login with a proven phone and a linked customer: tokens, or a page's session. */
export type StartSession<Started, Ports extends LogInPorts = Gateway> = (
  gateway: Ports,
  context: LoginContext,
  link: Link,
) => Promise<Result<Started, LoginFailure>>;

/** Finishes a login with a proven phone and a chosen customer: links the customer to one user. */
export async function linkForLogin(
  gateway: LogInPorts,
  { challenge, phoneKey }: LoginContext,
  chosen: CustomerId,
  customers: readonly Customer[],
  facts: SharedFacts | null = null,
): Promise<Result<Link, LoginFailure>> {
  const linked = await linkCustomer(gateway, challenge, chosen, customers, facts);
  if (linked.ok) {
    const { user, wrote } = linked.value;
    const ids = { phoneKey, userId: user.id, customerId: chosen };
    if (wrote) gateway.audit.record({ name: "link.written", ...ids });
    return linked;
  }
  auditRefusal(gateway, phoneKey, chosen, linked.failure);
  return linked;
}

/**
 * Spends the proof and starts the session. Of all parallel logins with one challenge, exactly one
 * passes the user's record.
 */
export async function startSession(
  gateway: LogInPorts,
  context: LoginContext,
  link: Link,
): Promise<Result<LoggedIn, LoginFailure>> {
  const { challenge, phoneKey } = context;
  const { customer, user, wrote } = link;
  const { idleTtlMs, maxTtlMs } = gateway.rules.session;
  const client = { clientId: DIRECT_CLIENT, idleTtlMs, maxTtlMs };
  const started = await spendProof(gateway, context, link, (record, now) => {
    const device = deviceFor(gateway, record, challenge.device, customer?.id ?? null, phoneKey);
    return { device, session: newSession(gateway, context, link, client, device, now) };
  });
  if (!started.ok) return started;
  const { device, session, userKey } = started.value;
  const tokens = await issueTokens(gateway, userKey, session, customer, user);
  const deviceToken = await mintDeviceToken(gateway, userKey, device);
  return tokens === null || deviceToken === null
    ? fail(SPENT)
    : ok({ ...tokens, deviceToken, firstLogin: wrote });
}

/** The result of a login of the old web app, which cannot refresh. */
export interface CompatLogin
  extends Pick<TokenSet, "accessToken" | "expiresInSeconds" | "user" | "customer"> {
  /** For the browser to keep; null where the browser can keep no device token. */
  readonly deviceToken: string | null;
}

/**
 * The same for the old web app: the session lives as long as its one token.
 *
 * @param keepsDevice whether the page's browser can keep a device token
 */
export async function startCompatSession(
  gateway: LogInPorts,
  context: LoginContext,
  link: Link,
  keepsDevice: boolean,
): Promise<Result<CompatLogin, LoginFailure>> {
  const { challenge, phoneKey } = context;
  const { customer, user } = link;
  const { compatTtlMs } = gateway.rules.session;
  const client = { clientId: COMPAT_CLIENT, idleTtlMs: compatTtlMs, maxTtlMs: compatTtlMs };
  const started = await spendProof(gateway, context, link, (record, now) => {
    const device = keepsDevice
      ? deviceFor(gateway, record, challenge.device, customer?.id ?? null, phoneKey)
      : null;
    return { device, session: newSession(gateway, context, link, client, device, now) };
  });
  if (!started.ok) return started;
  const { device, session, userKey } = started.value;
  const ttlSeconds = Math.floor(compatTtlMs / 1000);
  const issued = await issueAccessToken(gateway, session, { ttlSeconds });
  const deviceToken = device && (await mintDeviceToken(gateway, userKey, device));
  return ok({ ...issued, user, customer, deviceToken });
}

/** A session in the user's record, and its device, if any. */
interface Started<OnDevice extends Device | null> {
  readonly session: Session;
  readonly device: OnDevice;
  /** Fingerprint of the browser that may get the session again. */
  readonly browser?: string;
}

/**
 * Spends the proof by writing its session.
 *
 * @param again finds the session that the same caller already got for this proof
 */
export async function spendProof<OnDevice extends Device | null>(
  gateway: LogInPorts,
  { challenge, phoneKey }: LoginContext,
  link: Link,
  begin: (record: UserRecord, now: number) => Started<OnDevice>,
  again: (record: UserRecord, now: number) => Started<OnDevice> | null = () => null,
): Promise<Result<Started<OnDevice> & { readonly userKey: UserKey }, LoginFailure>> {
  const { customer, user } = link;
  const userKey = await gateway.keyring.userKey(user.id);
  let isRepeated = false;
  const spent = await changeUserRecord(gateway, userKey, (record, now) => {
    const given = again(record, now);
    isRepeated = given !== null;
    if (given !== null) return { record: null, outcome: ok({ ...given, userKey }) };
    const started = begin(record, now);
    const added = addLogin(record, { challenge: challenge.handle, ...started }, now);
    return { record: added, outcome: added ? ok({ ...started, userKey }) : fail(SPENT) };
  });
  if (!spent.ok || isRepeated) return spent;
  const { clientId: detail, sid: sessionId } = spent.value.session;
  const ids = { userId: user.id, ...(customer && { customerId: customer.id }), sessionId };
  gateway.audit.record({ name: "login.succeeded", phoneKey, ...ids, detail });
  updateUserCopy(gateway, link);
  return spent;
}

export const SPENT = { reason: "otp-rejected" } as const;

interface SessionClient {
  readonly clientId: string;
  readonly idleTtlMs: number;
  readonly maxTtlMs: number;
}

export function newSession(
  { keyring, runtime }: Pick<Gateway, "keyring" | "runtime">,
  { challenge, phoneKey, userAgent }: LoginContext,
  { customer, user }: Link,
  { clientId, idleTtlMs, maxTtlMs }: SessionClient,
  device: Device | null,
  now: number,
): Session {
  const channel = challenge.sends.at(-1)?.channel;
  return {
    sid: toBase64url(runtime.randomBytes(SESSION_ID_BYTES)) as SessionId,
    seed: toBase64url(runtime.randomBytes(32)),
    keyId: keyring.currentId,
    generation: 0,
    rotatedAt: now,
    receivedAt: null,
    clientId,
    userId: user.id,
    customerId: customer?.id ?? null,
    phoneKey,
    device: device?.id ?? null,
    authenticatedAt: now,
    // RFC 8176: a voice call proves a telephone, a message the possession of its SIM.
    amr: ["otp", channel === "call" ? "tel" : "sms"],
    userAgent: userAgent.slice(0, MAX_USER_AGENT),
    idleUntil: now + idleTtlMs,
    endsAt: now + maxTtlMs,
  };
}

export function auditRefusal(
  { audit }: Pick<Gateway, "audit">,
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
