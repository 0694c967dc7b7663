import type { ChallengeHandle, CustomerId, DeviceId, Phone } from "../../../src/core/ids.ts";
import {
  type Challenge,
  type ChallengeRules,
  EMPTY_PHONE_RECORD,
  type PhoneRecord,
} from "../../../src/core/otp/phone-record.ts";
import { type OpenedChallenge, openChallenge } from "../../../src/core/otp/send-code.ts";
import { loaded } from "../gateway/load-settings.ts";

/** The rules of codes where no setting is given. */
export const DEFAULTS = loaded({}).settings.rules.challenge;
/** So many sends that a test of something else meets no budget. */
export const GENEROUS: ChallengeRules = { ...DEFAULTS, sendsPerPhone: [], sendsPerDevice: [] };

export const NOW = 1_793_000_000_000;
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** What a request for a code brings; the handle is its name in the test. */
export function request(name: string, more: Partial<OpenedChallenge> = {}): OpenedChallenge {
  return {
    handle: name as ChallengeHandle,
    seed: "c2VlZA",
    keyId: "k1",
    phone: "+919876543210" as Phone,
    locale: "en",
    isCustomerPhone: true,
    found: [],
    lane: null,
    device: null,
    via: "api",
    ...more,
  };
}

/** A request by a known device of a customer. */
export const fromDevice = (customer: string): Partial<OpenedChallenge> => ({
  lane: customer as CustomerId,
  device: `device-of-${customer}` as DeviceId,
});

/** The record after challenges were opened, one after another. */
export function withOpen(
  names: readonly string[],
  more: Partial<OpenedChallenge> = {},
  { rules = GENEROUS, now = NOW, before = EMPTY_PHONE_RECORD as PhoneRecord } = {},
): PhoneRecord {
  return names.reduce((record, name) => {
    const opened = openChallenge(record, request(name, more), "sms", rules, now);
    if (opened.record === null) throw new Error(`${name} was not opened`);
    return opened.record;
  }, before);
}

export const handle = (name: string): ChallengeHandle => name as ChallengeHandle;

/** Open to codes: neither proven nor exhausted nor over. */
export const isLive = ({ attempts, expiresAt, provenAt }: Challenge, now: number): boolean =>
  provenAt === null && attempts < DEFAULTS.maxAttempts && expiresAt > now;

/** The record as a store gives it back. */
export const stored = (record: PhoneRecord): PhoneRecord => JSON.parse(JSON.stringify(record));

/** The record that a decision writes; a decision that writes none fails the test. */
export function written({ record }: { readonly record: PhoneRecord | null }): PhoneRecord {
  if (record === null) throw new Error("nothing was written");
  return record;
}
