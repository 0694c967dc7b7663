import { describe, expect, it } from "vitest";
import type { CustomerId } from "../../../../src/core/ids.ts";
import {
  EMPTY_PHONE_RECORD,
  laneOf,
  type PhoneRecord,
} from "../../../../src/core/otp/phone-record.ts";
import { openChallenge, resendChallenge } from "../../../../src/core/otp/send-code.ts";
import {
  DAY,
  DEFAULTS,
  fromDevice,
  GENEROUS,
  handle,
  MINUTE,
  NOW,
  request,
  withOpen,
} from "../../../support/core/challenge-fixture.ts";
import { tryCode } from "../../../support/core/try-code.ts";

/** The record after so many wrong codes on the common lane, or a customer's, at one moment. */
function afterWrong(
  times: number,
  now = NOW,
  before = EMPTY_PHONE_RECORD as PhoneRecord,
  more = {},
) {
  let record = before;
  for (let n = 0; n < times; n++) {
    const name = `w${now}-${Math.floor(n / 5)}`;
    if (n % 5 === 0) record = withOpen([name], more, { before: record, now });
    record = tryCode(record, handle(name), false, GENEROUS, now).record ?? record;
  }
  return record;
}
const locked = (retryAfterSeconds: number) => ({
  record: null,
  outcome: {
    ok: false,
    failure: { reason: "rate-limited", cause: "phone-locked", retryAfterSeconds },
  },
});
const open = (record: PhoneRecord, now: number, more = {}) =>
  openChallenge(record, request("new", more), "sms", DEFAULTS, now);
const live = (record: PhoneRecord) => record.challenges.map((challenge) => challenge.handle);

describe("the lock", () => {
  it("the lock comes with the 20th wrong code in a row, not with the 19th", () => {
    const record = withOpen(["a"], {}, { before: afterWrong(19) });
    expect(record.common).toMatchObject({ failures: 19, lockedUntil: null });
    const last = tryCode(record, handle("a"), false, DEFAULTS, NOW);
    const failure = { reason: "otp-rejected", attemptsRemaining: 4, locked: true };
    expect(last.outcome).toEqual({ ok: false, failure });
    expect(last.record?.common.lockedUntil).toBe(NOW + DAY);
  });
  it("the lock holds 24 hours, to the millisecond, for asking, sending again and trying", () => {
    const record = afterWrong(20);
    const lateOpen = withOpen(
      ["a"],
      {},
      { before: { ...record, common: { ...record.common, lockedUntil: null } } },
    );
    const during = { ...lateOpen, common: record.common };
    expect(open(record, NOW + DAY - 1)).toEqual(locked(1));
    expect(open(record, NOW + DAY).outcome.ok).toBe(true);
    expect(resendChallenge(during, handle("a"), "call", DEFAULTS, NOW)).toEqual(locked(24 * 3600));
    for (const correct of [true, false])
      expect(tryCode(during, handle("a"), correct, DEFAULTS, NOW + MINUTE)).toEqual(
        locked(24 * 3600 - 60),
      );
  });
  it("the lock comes again after five more, and every day so", () => {
    let record = afterWrong(20);
    for (let day = 1; day <= 3; day++) {
      record = afterWrong(4, NOW + day * DAY, record);
      expect(record.common.lockedUntil ?? 0).toBeLessThanOrEqual(NOW + day * DAY);
      record = withOpen([`d${day}`], {}, { before: record, now: NOW + day * DAY });
      record =
        tryCode(record, handle(`d${day}`), false, DEFAULTS, NOW + day * DAY).record ?? record;
      expect(record.common.lockedUntil).toBe(NOW + (day + 1) * DAY);
    }
  });
  it("the lock does not come where a success lies between", () => {
    const proven = tryCode(
      withOpen(["a"], {}, { before: afterWrong(19) }),
      handle("a"),
      true,
      DEFAULTS,
      NOW,
    );
    expect(proven.record?.common).toMatchObject({ failures: 0, lastFailureAt: null });
    expect(afterWrong(19, NOW, proven.record ?? undefined).common.lockedUntil).toBeNull();
  });
  it("the lock forgets wrong codes thirty days after the last one", () => {
    const record = afterWrong(19);
    const at = (now: number) =>
      tryCode(withOpen(["a"], {}, { before: record, now }), handle("a"), false, DEFAULTS, now)
        .record?.common;
    expect(at(NOW + 30 * DAY - 1)?.lockedUntil).not.toBeNull();
    expect(at(NOW + 30 * DAY)).toMatchObject({ failures: 1, lockedUntil: null });
  });
});

describe("a known device's lane", () => {
  const mine = fromDevice("c-1");

  it("a known device's lane is open while the phone is locked and its budget is spent, and the other way round", () => {
    expect(open(afterWrong(20), NOW, mine).outcome.ok).toBe(true);
    const spent = withOpen(["a", "b", "c"], {}, { rules: DEFAULTS });
    expect(open(spent, NOW)).toMatchObject({
      record: null,
      outcome: { failure: { cause: "phone-budget", retryAfterSeconds: 600 } },
    });
    expect(open(spent, NOW, mine).outcome.ok).toBe(true);
    const own = afterWrong(20, NOW, EMPTY_PHONE_RECORD, mine);
    expect(open(own, NOW, mine)).toEqual(locked(24 * 3600));
    expect(open(own, NOW).outcome.ok).toBe(true);
    expect(open(own, NOW, fromDevice("c-2")).outcome.ok).toBe(true);
  });
  it("a known device's lane has a send budget of its own, one for all devices of the customer", () => {
    const spent = withOpen(["a", "b", "c"], mine, { rules: DEFAULTS });
    const other = { ...mine, device: "another" };
    expect(open(spent, NOW, other)).toMatchObject({
      record: null,
      outcome: { failure: { cause: "device-budget" } },
    });
    expect(open(spent, NOW, fromDevice("c-2")).outcome.ok).toBe(true);
  });
  it("a known device's lane does not forgive the phone's wrong codes, nor the phone's success its own", () => {
    const both = withOpen(["own"], mine, {
      before: withOpen(["common"], {}, { before: afterWrong(7) }),
    });
    const failed = tryCode(both, handle("own"), false, DEFAULTS, NOW).record ?? both;
    const own = tryCode(failed, handle("own"), true, DEFAULTS, NOW).record ?? failed;
    expect(own.common.failures).toBe(7);
    expect(laneOf(own, "c-1" as CustomerId).failures).toBe(0);
    const common = tryCode(failed, handle("common"), true, DEFAULTS, NOW).record ?? failed;
    expect(common.common.failures).toBe(0);
    expect(laneOf(common, "c-1" as CustomerId).failures).toBe(1);
  });
  it("a known device's lane has one challenge, which strangers do not push out", () => {
    const record = withOpen(["x", "y", "z", "w"], {}, { before: withOpen(["old", "own"], mine) });
    expect(live(record)).toEqual(["own", "y", "z", "w"]);
  });
});

describe("room for challenges", () => {
  it("room for challenges is made by the oldest, also where somebody keeps trying on it", () => {
    let record = withOpen(["theirs", "owner's"]);
    record = tryCode(record, handle("theirs"), false, GENEROUS, NOW).record ?? record;
    record = withOpen(["another", "newest"], {}, { before: record });
    expect(live(record)).toEqual(["owner's", "another", "newest"]);
  });
  it("room for challenges is not taken by what is proven or exhausted: that stays to answer as it must", () => {
    let record = withOpen(["proven", "exhausted"]);
    record = tryCode(record, handle("proven"), true, GENEROUS, NOW).record ?? record;
    for (let n = 0; n < 5; n++)
      record = tryCode(record, handle("exhausted"), false, GENEROUS, NOW).record ?? record;
    record = withOpen(["x", "y", "z", "w"], {}, { before: record });
    expect(live(record)).toEqual(["proven", "exhausted", "y", "z", "w"]);
  });
});
