import type { ChallengeHandle, PhoneKey, UserKey } from "../../../src/core/ids.ts";
import { EMPTY_PHONE_RECORD, type PhoneRecord } from "../../../src/core/otp/phone-record.ts";
import { EMPTY_USER_RECORD, type UserRecord } from "../../../src/core/sessions/user-record.ts";
import { DEFAULTS, MINUTE, NOW } from "../core/challenge-fixture.ts";
import { memoryState } from "../stores/memory-state.ts";

export const KEY = "the-phone" as PhoneKey;
export const USER = "the-user" as UserKey;
/** A record that says when it was written, in a way that time keeps for a day. */
export const sentAt = (...sends: number[]): PhoneRecord => ({
  ...EMPTY_PHONE_RECORD,
  common: { ...EMPTY_PHONE_RECORD.common, sends },
});
export const spent = (challenge: string): UserRecord => ({
  ...EMPTY_USER_RECORD,
  redeemed: [{ challenge: challenge as ChallengeHandle, until: NOW + MINUTE }],
});

/** A gateway of state and clock alone; each pause takes ten milliseconds. */
export function recordGateway() {
  const clock = { now: NOW };
  const state = memoryState(() => clock.now);
  const slept: number[] = [];
  const runtime = {
    now: () => clock.now,
    randomBytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
    sleep: async (ms: number) => {
      slept.push(ms);
      clock.now += 10;
    },
  };
  const gateway = { state, runtime, rules: { challenge: DEFAULTS } };
  return { clock, gateway, slept, state };
}
