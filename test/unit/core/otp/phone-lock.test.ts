import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CustomerId } from "../../../../src/core/ids.ts";
import { laneStates, unlocked } from "../../../../src/core/otp/phone-lock.ts";
import {
  EMPTY_LANE,
  EMPTY_PHONE_RECORD,
  type PhoneRecord,
  phoneRecordEndsAt,
} from "../../../../src/core/otp/phone-record.ts";
import { openChallenge } from "../../../../src/core/otp/send-code.ts";
import {
  DAY,
  DEFAULTS,
  fromDevice,
  GENEROUS,
  HOUR,
  handle,
  NOW,
  request,
  stored,
  withOpen,
  written,
} from "../../../support/core/challenge-fixture.ts";
import { tryCode } from "../../../support/core/try-code.ts";

/** The record after so many wrong codes at one moment, on the common lane or a customer's. */
function afterWrong(times: number, more = {}, before = EMPTY_PHONE_RECORD as PhoneRecord) {
  let record = before;
  for (let n = 0; n < times; n++) {
    const name = `w${Object.keys(more).length}-${Math.floor(n / 5)}`;
    if (n % 5 === 0) record = withOpen([name], more, { before: record });
    record = tryCode(record, handle(name), false, GENEROUS, NOW).record ?? record;
  }
  return record;
}

const opens = (record: PhoneRecord, more = {}) =>
  openChallenge(record, request("new", more), "sms", GENEROUS, NOW).outcome.ok;

describe("what a lane holds against a phone", () => {
  it("the state of a lane is nothing on a phone that nobody asked for", () => {
    expect(laneStates(EMPTY_PHONE_RECORD, DEFAULTS, NOW)).toEqual([
      {
        customerId: null,
        failures: 0,
        wrongCodes: 0,
        lockedUntil: null,
        sends: 0,
        sendAllowedAt: null,
      },
    ]);
  });

  it("the state of a lane is the lock, the wrong codes and the messages, lane by lane", () => {
    const record = afterWrong(3, fromDevice("c-1"), afterWrong(20));
    expect(laneStates(record, GENEROUS, NOW)).toEqual([
      {
        customerId: null,
        failures: 15,
        wrongCodes: 20,
        lockedUntil: NOW + DAY,
        sends: 0,
        sendAllowedAt: null,
      },
      {
        customerId: "c-1",
        failures: 3,
        wrongCodes: 3,
        lockedUntil: null,
        sends: 0,
        sendAllowedAt: null,
      },
    ]);
  });

  it("the state of a lane names the lock of 50 in a day, which no `lockedUntil` stands for", () => {
    const wrongAt = Array.from({ length: 50 }, (_, n) => NOW - HOUR + n);
    const record = { ...EMPTY_PHONE_RECORD, common: { ...EMPTY_LANE, wrongAt } };
    const [common] = laneStates(record, DEFAULTS, NOW);
    expect(common).toMatchObject({ wrongCodes: 50, lockedUntil: NOW - HOUR + DAY });
    expect(opens(record)).toBe(false);
    expect(opens(written(unlocked(record, DEFAULTS, NOW)))).toBe(true);
  });

  it("the state of a lane says when the budget lets the next message go", () => {
    const sends = [NOW - 3, NOW - 2, NOW - 1];
    const record = { ...EMPTY_PHONE_RECORD, common: { ...EMPTY_LANE, sends } };
    const [common] = laneStates(record, DEFAULTS, NOW);
    expect(common).toMatchObject({ sends: 3, sendAllowedAt: NOW - 3 + 600_000 });
  });

  it("the state of a lane is forgotten when time has made it meaningless", () => {
    const later = laneStates(afterWrong(20, fromDevice("c-1")), DEFAULTS, NOW + 31 * DAY);
    expect(later).toMatchObject([{ customerId: null, failures: 0 }]);
  });
});

describe("unlocking", () => {
  it("unlocking opens the phone and its known devices, and tells what it forgave", () => {
    const locked = afterWrong(20, fromDevice("c-1"), afterWrong(20));
    expect([opens(locked), opens(locked, fromDevice("c-1"))]).toEqual([false, false]);
    const { cleared, record } = unlocked(locked, GENEROUS, NOW);
    expect(cleared).toMatchObject([
      { customerId: null, lockedUntil: NOW + DAY },
      { customerId: "c-1", lockedUntil: NOW + DAY },
    ]);
    const open = written({ record });
    expect([opens(open), opens(open, fromDevice("c-1"))]).toEqual([true, true]);
    expect(unlocked(open, GENEROUS, NOW), "once").toEqual({ record: null, cleared: [] });
  });

  it("unlocking starts the count anew: the next lock takes 20 wrong codes again", () => {
    const open = written(unlocked(afterWrong(20), GENEROUS, NOW));
    const [common] = laneStates(open, GENEROUS, NOW);
    expect(common).toMatchObject({ failures: 0, wrongCodes: 0, lockedUntil: null });
  });

  it("unlocking gives no message back, and opens no challenge that had its wrong tries", () => {
    const sends = [NOW - 3, NOW - 2, NOW - 1];
    const wrong = afterWrong(5);
    const before = { ...wrong, common: { ...wrong.common, sends } };
    const open = written(unlocked(before, DEFAULTS, NOW));
    expect(open.common).toEqual({ ...EMPTY_LANE, sends });
    expect(openChallenge(open, request("new"), "sms", DEFAULTS, NOW).outcome).toMatchObject({
      failure: { cause: "phone-budget" },
    });
    expect(tryCode(open, handle("w0-0"), true, DEFAULTS, NOW).outcome).toMatchObject({
      failure: { reason: "otp-exhausted" },
    });
  });

  it("unlocking writes nothing where nothing is held against the phone", () => {
    const { cleared, record } = unlocked(withOpen(["a"]), DEFAULTS, NOW);
    expect({ cleared, record }).toEqual({ cleared: [], record: null });
  });

  it("unlocking leaves of any record all but the wrong codes, whatever a customer is called", () => {
    const moment = fc.integer({ min: NOW - 2 * DAY, max: NOW });
    const maybe = fc.option(moment, { nil: null });
    const lane = fc.record({
      sends: fc.array(moment, { maxLength: 4 }),
      failures: fc.nat(20),
      lastFailureAt: maybe,
      wrongAt: fc.array(moment, { maxLength: 60 }),
      lockedUntil: fc.option(fc.integer({ min: NOW - 1, max: NOW + DAY }), { nil: null }),
    });
    const names = fc.constantFrom("__proto__", "constructor", "c-1");
    const record = fc.record({
      common: lane,
      devices: fc.dictionary(names, lane) as fc.Arbitrary<PhoneRecord["devices"]>,
      challenges: fc.constant(withOpen(["a"]).challenges),
    });
    fc.assert(
      fc.property(record, (before) => {
        const { record: after } = unlocked(stored(before), DEFAULTS, NOW);
        const left = after ?? before;
        expect(left.challenges).toEqual(before.challenges);
        const [states, were] = [left, before].map((each) => laneStates(each, DEFAULTS, NOW));
        for (const state of states ?? []) {
          expect(state).toMatchObject({ failures: 0, wrongCodes: 0, lockedUntil: null });
          const was = were?.find(({ customerId }) => customerId === state.customerId);
          expect([state.sends, state.sendAllowedAt]).toEqual([was?.sends, was?.sendAllowedAt]);
        }
        const known = Object.keys(left.devices) as CustomerId[];
        expect(known.every((name) => Object.hasOwn(before.devices, name))).toBe(true);
        if (after) expect(phoneRecordEndsAt(after, DEFAULTS)).toBeGreaterThan(NOW);
      }),
    );
  });
});
