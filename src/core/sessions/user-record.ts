import type {
  ChallengeHandle,
  CodeId,
  CustomerId,
  DeviceId,
  PhoneKey,
  SessionId,
  UserId,
} from "../ids.ts";
import { PROOF_TTL_MS } from "../otp/phone-record.ts";

/** The settings that sessions obey. */
export interface SessionRules {
  readonly idleTtlMs: number;
  readonly maxTtlMs: number;
  readonly graceMs: number;
  /** Life of a session of the old web app, which cannot refresh. */
  readonly compatTtlMs: number;
}

/** The client of direct logins. */
export const DIRECT_CLIENT = "doorstep";

/** The client of the login page: its sessions are cookies, and give no token by themselves. */
export const PAGE_CLIENT = "doorstep-login";

/** The client of the old web app's own login; its sessions are never refreshed. */
export const COMPAT_CLIENT = "compat";

/** The audience of that client's access tokens: only the gateway, which reads their sessions. */
export const compatAudience = (issuer: string): string => `${issuer}/compat`;

const MAX_SESSIONS = 10;
/** A browser that lost its token logs in anew: its sessions must not displace the user's phones. */
const MAX_COMPAT_SESSIONS = 3;
/** An app that logs in at every start must not displace the user's other devices. */
const MAX_OPENED_BY_ONE = 3;
const MAX_DEVICES = 10;
/** Codes live for a minute, and used ones are kept a little longer. */
const MAX_CODES = 10;
export const DEVICE_TTL_MS = 180 * 24 * 3_600_000;

export interface Session {
  readonly sid: SessionId;
  /** 32 random bytes in base64url; a refresh token is derived from it, sid and generation. */
  readonly seed: string;
  /** The key of the current generation's token, so that every node makes the same token. */
  readonly keyId: string;
  readonly generation: number;
  /** Epoch ms at which the current generation was made. */
  readonly rotatedAt: number;
  /**
   * Epoch ms at which an access token of the current generation first passed the gateway, which
   * shows that its client has the current refresh token; null: none did. Missing in older records.
   */
  readonly receivedAt?: number | null;
  readonly clientId: string;
  readonly userId: UserId;
  readonly customerId: CustomerId | null;
  /** Fingerprint of the proven phone. */
  readonly phoneKey: PhoneKey;
  /** The session's device; null where the client keeps no device token. */
  readonly device: DeviceId | null;
  readonly authenticatedAt: number;
  readonly amr: readonly string[];
  /** The `User-Agent` of the browser or app, shortened; shown in the list of sessions. */
  readonly userAgent: string;
  readonly idleUntil: number;
  readonly endsAt: number;
  /**
   * The session of the login page that let this client in, or its successor in the same browser;
   * missing for all other sessions.
   */
  readonly openedBy?: SessionId;
  /** The granted scopes; missing for sessions of no client of OAUTH_CLIENTS. */
  readonly scope?: readonly string[];
}

/** A device that proved the phone before: it gets a lane of its own, and no login by itself. */
export interface Device {
  readonly id: DeviceId;
  readonly seed: string;
  readonly keyId: string;
  readonly customerId: CustomerId | null;
  readonly phoneKey: PhoneKey;
  readonly expiresAt: number;
}

/** A challenge that already gave a session: this entry spends the code, once. */
export interface Redeemed {
  readonly challenge: ChallengeHandle;
  readonly until: number;
  /** The login page's session of this challenge; missing for all other logins. */
  readonly page?: {
    readonly sid: SessionId;
    /** Fingerprint of the browser's own secret: the same browser gets the session again. */
    readonly browser: string;
  };
}

/** An authorization code (RFC 6749 section 4.1.2): derived like every token, and never stored. */
export interface AuthorizationCode {
  readonly id: CodeId;
  readonly seed: string;
  readonly keyId: string;
  readonly clientId: string;
  readonly redirectUri: string;
  /** SHA-256 of the client's verifier in base64url (RFC 7636 section 4.2). */
  readonly codeChallenge: string;
  readonly scope: readonly string[];
  /** Of the authorization request, for the ID token; missing where the request had none. */
  readonly nonce?: string;
  /** The session of the login page behind the code. */
  readonly openedBy: SessionId;
  readonly expiresAt: number;
  /** The code's session, or null: a second use ends that session. */
  readonly gave: SessionId | null;
  /** Epoch ms until which a used code is kept. */
  readonly until: number;
}

/** Everything that the gateway stores about a user. One record, changed by compare-and-set. */
export interface UserRecord {
  readonly sessions: readonly Session[];
  readonly devices: readonly Device[];
  readonly redeemed: readonly Redeemed[];
  /** Missing where there are none. */
  readonly codes?: readonly AuthorizationCode[];
}

export const EMPTY_USER_RECORD: UserRecord = { sessions: [], devices: [], redeemed: [] };

export const sessionEndsAt = ({ idleUntil, endsAt }: Session): number =>
  Math.min(idleUntil, endsAt);

/** The record without its expired parts. */
export function prunedUserRecord(record: UserRecord, now: number): UserRecord {
  const left = {
    sessions: record.sessions.filter((session) => sessionEndsAt(session) > now),
    devices: record.devices.filter(({ expiresAt }) => expiresAt > now),
    redeemed: record.redeemed.filter(({ until }) => until > now),
  };
  const codes = (record.codes ?? []).filter(({ until }) => until > now);
  return codes.length === 0 ? left : { ...left, codes };
}

export function userRecordEndsAt(record: UserRecord): number {
  return Math.max(
    0,
    ...record.sessions.map(sessionEndsAt),
    ...record.devices.map(({ expiresAt }) => expiresAt),
    ...record.redeemed.map(({ until }) => until),
    ...(record.codes ?? []).map(({ until }) => until),
  );
}

/**
 * The additions of a login. A device that sent its token is kept, with a new expiry; null for a
 * client that keeps no device token.
 */
export interface Login {
  readonly challenge: ChallengeHandle;
  readonly session: Session;
  readonly device: Device | null;
  /** Fingerprint of the browser that may get the session again; only at the login page. */
  readonly browser?: string;
}

/**
 * Spends the challenge and starts the session.
 *
 * @returns null where the challenge gave a session before: a code works once
 */
export function addLogin(before: UserRecord, login: Login, now: number): UserRecord | null {
  const record = prunedUserRecord(before, now);
  if (record.redeemed.some(({ challenge }) => challenge === login.challenge)) return null;
  const { browser, device, session } = login;
  const { customerId, phoneKey } = device ?? session;
  // One session of a client on a device: the old web app's login in a browser must not end the
  // login page's session there. Devices of a former customer of this user, or former phone, go.
  const former = record.sessions.filter(
    (other) => device !== null && other.device === device.id && other.clientId === session.clientId,
  );
  const { sessions } = former.reduce((left, { sid }) => succeeded(left, sid, session), record);
  const devices = record.devices.filter(
    (other) =>
      other.id !== device?.id && other.customerId === customerId && other.phoneKey === phoneKey,
  );
  const until = now + 2 * PROOF_TTL_MS;
  const page = browser === undefined ? {} : { page: { sid: session.sid, browser } };
  return {
    ...record,
    sessions: withoutOldest([...sessions, session]),
    devices: [...devices, ...(device === null ? [] : [device])].slice(-MAX_DEVICES),
    redeemed: [...record.redeemed, { challenge: login.challenge, until, ...page }],
  };
}

/** The page session that this browser got for the challenge, while both live. */
export function repeatedLogin(
  record: UserRecord,
  challenge: ChallengeHandle,
  browser: string,
  now: number,
): Session | null {
  const spent = prunedUserRecord(record, now).redeemed.find((one) => one.challenge === challenge);
  return spent?.page?.browser === browser ? findSession(record, spent.page.sid, now) : null;
}

/** Adds a session, as when the login page lets a client in. */
export function withSession(before: UserRecord, session: Session, now: number): UserRecord {
  const record = prunedUserRecord(before, now);
  return { ...record, sessions: withoutOldest([...record.sessions, session]) };
}

/** Drops the oldest sessions, first those of the old web app and of one client in one browser. */
function withoutOldest(sessions: readonly Session[]): readonly Session[] {
  const newest = sessions.at(-1);
  const alike = sessions.filter(
    ({ clientId, openedBy }) =>
      openedBy !== undefined && openedBy === newest?.openedBy && clientId === newest.clientId,
  );
  const compat = sessions.filter(({ clientId }) => clientId === COMPAT_CLIENT);
  const leaving = [
    ...alike.slice(0, Math.max(0, alike.length - MAX_OPENED_BY_ONE)),
    ...compat.slice(0, Math.max(0, compat.length - MAX_COMPAT_SESSIONS)),
  ];
  return sessions.filter((session) => !leaving.includes(session)).slice(-MAX_SESSIONS);
}

/** The record's codes and one more; a new one replaces the oldest. */
export function withCode(before: UserRecord, code: AuthorizationCode, now: number): UserRecord {
  const record = prunedUserRecord(before, now);
  const others = (record.codes ?? []).filter(({ id }) => id !== code.id);
  return { ...record, codes: [...others, code].slice(-MAX_CODES) };
}

export function findSession(record: UserRecord, sid: string, now: number): Session | null {
  const session = record.sessions.find((entry) => entry.sid === sid);
  return session && sessionEndsAt(session) > now ? session : null;
}

/**
 * Ends a session that another one of the same browser follows. Clients that it let in belong to the
 * next one: a log-out of the page must end them too, however often the browser logged in since.
 */
export function succeeded(record: UserRecord, sid: string, next: Session): UserRecord {
  const left = withoutSession(record, sid);
  if (next.clientId !== PAGE_CLIENT) return left;
  const sessions = left.sessions.map((other) =>
    other.openedBy === sid ? { ...other, openedBy: next.sid } : other,
  );
  return { ...left, sessions };
}

/** Ends a session alone. */
export function withoutSession(record: UserRecord, sid: string): UserRecord {
  return { ...record, sessions: record.sessions.filter((session) => session.sid !== sid) };
}
