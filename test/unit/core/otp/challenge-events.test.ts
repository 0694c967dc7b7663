import { describe, expect, it } from "vitest";
import type { CustomerId } from "../../../../src/core/ids.ts";
import { chooseCustomer } from "../../../../src/core/otp/challenge.ts";
import {
  EMPTY_PHONE_RECORD,
  isProven,
  type PhoneRecord,
} from "../../../../src/core/otp/phone-record.ts";
import { openChallenge, resendChallenge } from "../../../../src/core/otp/send-code.ts";
import {
  DEFAULTS,
  GENEROUS,
  handle,
  MINUTE,
  NOW,
  request,
  SECOND,
  withOpen,
  written,
} from "../../../support/core/challenge-fixture.ts";
import { tryCode } from "../../../support/core/try-code.ts";

const A = handle("a");
const REJECTED = { ok: false, failure: { reason: "otp-rejected" } };
const EXHAUSTED = { ok: false, failure: { reason: "otp-exhausted" } };
const tried = (record: PhoneRecord, correct: boolean, at = NOW) =>
  tryCode(record, A, correct, DEFAULTS, at);
/** The record after so many wrong codes. */
const wrong = (record: PhoneRecord, times: number): PhoneRecord =>
  times === 0 ? record : wrong(written(tried(record, false)), times - 1);

describe("a new challenge", () => {
  it("a new challenge lives for five minutes and can be sent again after 30 s", () => {
    const { outcome } = openChallenge(EMPTY_PHONE_RECORD, request("a"), "sms", DEFAULTS, NOW);
    expect(outcome).toMatchObject({
      ok: true,
      value: {
        channel: "sms",
        resendInSeconds: 30,
        challenge: { expiresAt: NOW + 5 * MINUTE, attempts: 0 },
      },
    });
  });
  it("a new challenge takes a right code until the last millisecond of its life", () => {
    const record = withOpen(["a"]);
    expect(tried(record, true, NOW + 5 * MINUTE - 1).outcome.ok).toBe(true);
    for (const at of [NOW + 5 * MINUTE, NOW + 5 * MINUTE + 1])
      expect(tried(record, true, at)).toEqual({ record: null, outcome: REJECTED });
  });
  it("a new challenge is unknown under any other handle", () => {
    for (const name of ["b", "", "__proto__", "constructor"])
      expect(tryCode(withOpen(["a"]), handle(name), true, DEFAULTS, NOW)).toEqual({
        record: null,
        outcome: REJECTED,
      });
  });
});

describe("wrong codes", () => {
  it("wrong codes are five a challenge, each with what remains; then it is exhausted, the right one too", () => {
    let record = withOpen(["a"]);
    for (const attemptsRemaining of [4, 3, 2, 1, 0]) {
      const decision = tried(record, false);
      expect(decision.outcome).toEqual({
        ok: false,
        failure: { reason: "otp-rejected", attemptsRemaining },
      });
      record = written(decision);
    }
    for (const correct of [false, true])
      expect(tried(record, correct)).toEqual({ record: null, outcome: EXHAUSTED });
    expect(resendChallenge(record, A, "call", GENEROUS, NOW)).toEqual({
      record: null,
      outcome: EXHAUSTED,
    });
  });
  it("wrong codes are not forgotten by a resend", () => {
    const again = resendChallenge(wrong(withOpen(["a"]), 4), A, "sms", GENEROUS, NOW + 30 * SECOND);
    expect(tried(written(again), false, NOW + 30 * SECOND).outcome).toMatchObject({
      failure: { attemptsRemaining: 0 },
    });
  });
});

describe("a right code", () => {
  const proven = written(tried(withOpen(["a"]), true));

  it("a right code can be shown again for two minutes to finish the login, and changes nothing then", () => {
    for (const at of [NOW, NOW + 2 * MINUTE - 1]) {
      const again = tried(proven, true, at);
      expect(again).toMatchObject({
        record: null,
        outcome: { ok: true, value: { provenAt: NOW } },
      });
    }
    for (const at of [NOW + 2 * MINUTE, NOW + 2 * MINUTE + 1])
      expect(tried(proven, true, at)).toEqual({ record: null, outcome: REJECTED });
  });
  it("a right code may be shown in the last moment of the code and still has its two minutes", () => {
    const late = NOW + 5 * MINUTE - 1;
    const record = written(tried(withOpen(["a"]), true, late));
    expect(tried(record, true, late + 2 * MINUTE - 1).outcome.ok).toBe(true);
    expect(tried(record, true, late + 2 * MINUTE).outcome).toEqual(REJECTED);
  });
  it("a right code stops the sending of that challenge", () => {
    expect(resendChallenge(proven, A, "call", GENEROUS, NOW)).toEqual({
      record: null,
      outcome: REJECTED,
    });
  });
  it("a right code does not make wrong ones free, though a used code says no more how many remain", () => {
    expect(tried(proven, false).outcome).toEqual(REJECTED);
    expect(written(tried(proven, false))).toMatchObject({ common: { failures: 1 } });
    expect(tried(wrong(proven, 5), true).outcome).toEqual(EXHAUSTED);
  });
  it("a right code is proof for two minutes, to the millisecond", () => {
    const [challenge] = proven.challenges;
    const proof = [-1, 0, 1].map((ms) => challenge && isProven(challenge, NOW + 2 * MINUTE + ms));
    expect(proof).toEqual([true, false, false]);
    const [open] = withOpen(["a"]).challenges;
    expect(open && isProven(open, NOW)).toBe(false);
  });
});

describe("the choice of a customer", () => {
  const [c1, c2] = ["c1", "c2"] as CustomerId[] as [CustomerId, CustomerId];
  const proven = written(tried(withOpen(["a"]), true));
  const choose = (record: PhoneRecord, customer: CustomerId, at = NOW) =>
    chooseCustomer(record, A, customer, DEFAULTS, at);

  it("the choice of a customer stands once made: the same again changes nothing, another is refused", () => {
    const record = written(choose(proven, c1));
    expect(choose(record, c1)).toMatchObject({
      record: null,
      outcome: { ok: true, value: { chosen: c1 } },
    });
    expect(choose(record, c2)).toEqual({ record: null, outcome: REJECTED });
  });
  it("the choice of a customer needs a proof that is not over", () => {
    expect(choose(withOpen(["a"]), c1)).toEqual({ record: null, outcome: REJECTED });
    expect(choose(proven, c1, NOW + 2 * MINUTE - 1).outcome.ok).toBe(true);
    expect(choose(proven, c1, NOW + 2 * MINUTE)).toEqual({ record: null, outcome: REJECTED });
  });
});
