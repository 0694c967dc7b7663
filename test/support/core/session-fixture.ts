import type {
  ChallengeHandle,
  CustomerId,
  DeviceId,
  PhoneKey,
  SessionId,
  UserId,
} from "../../../src/core/ids.ts";
import {
  addLogin,
  DEVICE_TTL_MS,
  type Device,
  type Session,
  type UserRecord,
} from "../../../src/core/sessions/user-record.ts";
import { loaded } from "../gateway/load-settings.ts";
import { NOW } from "./challenge-fixture.ts";

/** The rules of sessions where no setting is given. */
export const SESSION_RULES = loaded({}).settings.rules.session;

export function device(name: string, now = NOW, more: Partial<Device> = {}): Device {
  return {
    id: name as DeviceId,
    seed: "c2VlZA",
    keyId: "k1",
    customerId: "c-1" as CustomerId,
    phoneKey: "phone-key" as PhoneKey,
    expiresAt: now + DEVICE_TTL_MS,
    ...more,
  };
}

export function session(name: string, now = NOW, more: Partial<Session> = {}): Session {
  return {
    sid: name as SessionId,
    seed: "c2VlZA",
    keyId: "k1",
    generation: 0,
    rotatedAt: now,
    receivedAt: null,
    clientId: "doorstep",
    userId: "u-1" as UserId,
    customerId: "c-1" as CustomerId,
    phoneKey: "phone-key" as PhoneKey,
    device: "d-1" as DeviceId,
    authenticatedAt: now,
    amr: ["otp", "sms"],
    userAgent: "",
    idleUntil: now + SESSION_RULES.idleTtlMs,
    endsAt: now + SESSION_RULES.maxTtlMs,
    ...more,
  };
}

/** A login by a challenge on a device; the session is named after the challenge. */
export function logIn(
  before: UserRecord,
  challenge: string,
  on: Device = device(`device-of-${challenge}`),
  now = NOW,
): UserRecord | null {
  const started = session(challenge, now, { device: on.id, customerId: on.customerId });
  const spent = challenge as ChallengeHandle;
  return addLogin(before, { challenge: spent, session: started, device: on }, now);
}
