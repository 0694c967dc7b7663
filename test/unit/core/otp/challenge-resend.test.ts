import { describe, expect, it } from "vitest";
import type { DocumentKey } from "../../../../src/core/ids.ts";
import { endSearch } from "../../../../src/core/otp/challenge.ts";
import type { PhoneRecord } from "../../../../src/core/otp/phone-record.ts";
import { resendChallenge } from "../../../../src/core/otp/send-code.ts";
import {
  DEFAULTS,
  GENEROUS,
  handle,
  MINUTE,
  NOW,
  SECOND,
  withOpen,
  written,
} from "../../../support/core/challenge-fixture.ts";
import { tryCode } from "../../../support/core/try-code.ts";

const A = handle("a");
const REJECTED = { ok: false, failure: { reason: "otp-rejected" } };
const limited = (cause: string, retryAfterSeconds: number) => ({
  ok: false,
  failure: { reason: "rate-limited", cause, retryAfterSeconds },
});
const tried = (record: PhoneRecord, correct: boolean, at = NOW) =>
  tryCode(record, A, correct, DEFAULTS, at);
/** The record after so many wrong codes. */
const wrong = (record: PhoneRecord, times: number): PhoneRecord =>
  times === 0 ? record : wrong(written(tried(record, false)), times - 1);

describe("sending again", () => {
  const at = (record: PhoneRecord, ms: number, channel: "sms" | "call" = "sms") =>
    resendChallenge(record, A, channel, GENEROUS, NOW + ms);

  it("sending again waits 30, 60, 120 and again 120 s on one channel, to the millisecond", () => {
    let record = withOpen(["a"]);
    let ms = 0;
    for (const [wait, next] of [
      [30, 60],
      [60, 120],
      [120, 120],
    ] as const) {
      expect(at(record, ms + wait * SECOND - 1)).toEqual({
        record: null,
        outcome: limited("resend-wait", 1),
      });
      ms += wait * SECOND;
      const again = at(record, ms);
      expect(again.outcome).toMatchObject({ ok: true, value: { resendInSeconds: next } });
      record = written(again);
    }
    expect(at(record, ms + 1)).toEqual({ record: null, outcome: limited("resend-wait", 120) });
  });
  it("sending again needs no wait the first time on another channel, and does not lengthen the code's life", () => {
    const called = at(withOpen(["a"]), 1, "call");
    expect(called.outcome).toMatchObject({
      ok: true,
      value: { challenge: { expiresAt: NOW + 5 * MINUTE } },
    });
    expect(at(written(called), 2, "call").outcome).toEqual(limited("resend-wait", 30));
    expect(at(written(called), 30 * SECOND, "sms").outcome.ok).toBe(true);
  });
  it("sending again is refused when the challenge is over", () => {
    expect(at(withOpen(["a"]), 5 * MINUTE - 1).outcome.ok).toBe(true);
    expect(at(withOpen(["a"]), 5 * MINUTE)).toEqual({ record: null, outcome: REJECTED });
  });
});

describe("customers found after the answer", () => {
  const found = ['{"$oid":"65a1"}'] as DocumentKey[];
  const decoy = withOpen(["a"], { isCustomerPhone: false });
  const reveal = (record: PhoneRecord, at = NOW) => endSearch(record, A, found, DEFAULTS, at);

  it("customers found after the answer make a decoy a challenge, whose wrong tries still count", () => {
    const record = written(reveal(wrong(decoy, 3)));
    expect(record.challenges[0]).toMatchObject({ isCustomerPhone: true, found, attempts: 3 });
    expect(tried(record, true).outcome.ok).toBe(true);
  });
  it("customers found after the answer come too late for one that is exhausted or over", () => {
    expect(reveal(wrong(decoy, 5))).toEqual({ record: null, outcome: REJECTED });
    expect(reveal(decoy, NOW + 5 * MINUTE)).toEqual({ record: null, outcome: REJECTED });
  });
});
