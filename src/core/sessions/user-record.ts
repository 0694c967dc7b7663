import type { ChallengeHandle, CustomerId, DeviceId, PhoneKey, SessionId, UserId } from "../ids.ts";
import { PROOF_TTL_MS } from "../otp/phone-record.ts";

/** The settings that sessions obey. */
export interface SessionRules {
  readonly idleTtlMs: number;
  readonly maxTtlMs: number;
  readonly graceMs: number;
  /** Life of a session of the old web app, which cannot refresh. */
  readonly compatTtlMs: number;
}

/** The client of the old web app's own login; its sessions are never refreshed. */
export const COMPAT_CLIENT = "compat";

/** The audience of that client's access tokens: only the gateway, which reads their sessions. */
export const compatAudience = (issuer: string): string => `${issuer}/compat`;

const MAX_SESSIONS = 10;
/** A browser that lost its token logs in anew: its sessions must not displace the user's phones. */
const MAX_COMPAT_SESSIONS = 3;
const MAX_DEVICES = 10;
export const DEVICE_TTL_MS = 180 * 24 * 3_600_000;

export interface Session {
  readonly sid: SessionId;
  /** 32 random bytes in base64url; a refresh token is derived from it, sid and generation. */
  readonly seed: string;
  /** The key of the current generation's token, so that every node makes the same token. */
  readonly keyId: string;
  readonly generation: number;
  /** When the current generation was made. */
  readonly rotatedAt: number;
  /**
   * Epoch ms at which an access token of the current generation first passed the gateway, which
   * shows that its client has the current refresh token; null: none did. Missing in older records.
   */
  readonly receivedAt?: number | null;
  readonly clientId: string;
  readonly userId: UserId;
  readonly customerId: CustomerId | null;
  /** Fingerprint of the phone that was proven. */
  readonly phoneKey: PhoneKey;
  /** The session's device; null where the client keeps no device token. */
  readonly device: DeviceId | null;
  readonly authenticatedAt: number;
  readonly amr: readonly string[];
  /** The `User-Agent` of the browser or app, shortened; shown in the list of sessions. */
  readonly userAgent: string;
  readonly idleUntil: number;
  readonly endsAt: number;
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
}

/** Everything that the gateway stores about a user. One record, changed by compare-and-set. */
export interface UserRecord {
  readonly sessions: readonly Session[];
  readonly devices: readonly Device[];
  readonly redeemed: readonly Redeemed[];
}

export const EMPTY_USER_RECORD: UserRecord = { sessions: [], devices: [], redeemed: [] };

export const sessionEndsAt = ({ idleUntil, endsAt }: Session): number =>
  Math.min(idleUntil, endsAt);

/** The record without its expired parts. */
export function prunedUserRecord(record: UserRecord, now: number): UserRecord {
  return {
    sessions: record.sessions.filter((session) => sessionEndsAt(session) > now),
    devices: record.devices.filter(({ expiresAt }) => expiresAt > now),
    redeemed: record.redeemed.filter(({ until }) => until > now),
  };
}

export function userRecordEndsAt(record: UserRecord): number {
  return Math.max(
    0,
    ...record.sessions.map(sessionEndsAt),
    ...record.devices.map(({ expiresAt }) => expiresAt),
    ...record.redeemed.map(({ until }) => until),
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
}

/**
 * Spends the challenge and starts the session.
 *
 * @returns null where the challenge gave a session before: a code works once
 */
export function addLogin(before: UserRecord, login: Login, now: number): UserRecord | null {
  const record = prunedUserRecord(before, now);
  if (record.redeemed.some(({ challenge }) => challenge === login.challenge)) return null;
  const { session, device } = login;
  const { customerId, phoneKey } = device ?? session;
  // One session a device. Devices of a former customer of this user, or former phone, go.
  const sessions = record.sessions.filter((other) => device === null || other.device !== device.id);
  const devices = record.devices.filter(
    (other) =>
      other.id !== device?.id && other.customerId === customerId && other.phoneKey === phoneKey,
  );
  return {
    sessions: withoutOldest([...sessions, session]),
    devices: [...devices, ...(device === null ? [] : [device])].slice(-MAX_DEVICES),
    redeemed: [...record.redeemed, { challenge: login.challenge, until: now + 2 * PROOF_TTL_MS }],
  };
}

/** Drops the oldest sessions, first those of the old web app. */
function withoutOldest(sessions: readonly Session[]): readonly Session[] {
  const compat = sessions.filter(({ clientId }) => clientId === COMPAT_CLIENT);
  const leaving = compat.slice(0, Math.max(0, compat.length - MAX_COMPAT_SESSIONS));
  return sessions.filter((session) => !leaving.includes(session)).slice(-MAX_SESSIONS);
}

export function findSession(record: UserRecord, sid: string, now: number): Session | null {
  const session = record.sessions.find((entry) => entry.sid === sid);
  return session && sessionEndsAt(session) > now ? session : null;
}

/** Ends a session; its device stays known, as at a log-out by its owner. */
export function withoutSession(record: UserRecord, sid: string): UserRecord {
  return { ...record, sessions: record.sessions.filter((session) => session.sid !== sid) };
}

/** Ends a session and forgets its device, as when a phone was lost or a token was stolen. */
export function withoutDevice(record: UserRecord, { sid, device }: Session): UserRecord {
  const left = withoutSession(record, sid);
  return { ...left, devices: left.devices.filter(({ id }) => id !== device) };
}

/** Ends everything except the memory of spent challenges. */
export function withoutAll(record: UserRecord): UserRecord {
  return { ...EMPTY_USER_RECORD, redeemed: record.redeemed };
}
