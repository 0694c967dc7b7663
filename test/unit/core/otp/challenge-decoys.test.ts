import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EMPTY_PHONE_RECORD, type PhoneRecord } from "../../../../src/core/otp/phone-record.ts";
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
} from "../../../support/core/challenge-fixture.ts";
import { tryCode } from "../../../support/core/try-code.ts";

const step = fc.record({
  kind: fc.constantFrom("open", "resend", "try", "try"),
  which: fc.nat(3),
  right: fc.boolean(),
  channel: fc.constantFrom("sms" as const, "call" as const),
  wait: fc.constantFrom(0, 1, 30 * SECOND, MINUTE, 5 * MINUTE, 11 * MINUTE, 24 * 60 * MINUTE),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** What a client sees of each step, and the record after it, of a phone that is known or is not. */
function play(steps: readonly Step[], known: boolean) {
  let record: PhoneRecord = EMPTY_PHONE_RECORD;
  let now = NOW;
  const names: string[] = [];
  const seen = steps.map(({ channel, kind, right, wait, which }) => {
    now += wait;
    const name = names.at(-1 - which) ?? "none";
    if (kind === "open") names.push(`h${names.length}`);
    const opened = request(names.at(-1) ?? "", { isCustomerPhone: known });
    const decided =
      kind === "open"
        ? openChallenge(record, opened, channel, DEFAULTS, now)
        : kind === "resend"
          ? resendChallenge(record, handle(name), channel, DEFAULTS, now)
          : // Nobody was sent a decoy's code, so a client's wrong guess may be the right one.
            tryCode(record, handle(name), !known && right, DEFAULTS, now);
    if (decided.record !== null) record = decided.record;
    return JSON.stringify({ ...decided, kind }).replaceAll(
      '"isCustomerPhone":true',
      '"isCustomerPhone":false',
    );
  });
  return { seen, record };
}

describe("a decoy", () => {
  it("a decoy answers every step as a known phone does whose code nobody guesses, and is written alike", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
        expect(play(steps, false).seen).toEqual(play(steps, true).seen);
      }),
      { numRuns: 500 },
    );
  });
  it("a decoy counts its right code as a wrong one, on the challenge and on the phone", () => {
    const before = withOpen(["a"], { isCustomerPhone: false });
    const right = tryCode(before, handle("a"), true, DEFAULTS, NOW);
    expect(right).toEqual(tryCode(before, handle("a"), false, DEFAULTS, NOW));
    expect(right.record?.challenges[0]).toMatchObject({ attempts: 1, provenAt: null });
    expect(right.record?.common.failures).toBe(1);
    expect(right.outcome).toEqual({
      ok: false,
      failure: { reason: "otp-rejected", attemptsRemaining: 4 },
    });
  });
  it("a decoy is exhausted after five right codes as after five wrong ones", () => {
    let record = withOpen(["a"], { isCustomerPhone: false });
    for (let n = 0; n < 5; n++)
      record = tryCode(record, handle("a"), true, GENEROUS, NOW).record ?? record;
    expect(tryCode(record, handle("a"), true, GENEROUS, NOW)).toEqual({
      record: null,
      outcome: { ok: false, failure: { reason: "otp-exhausted" } },
    });
  });
});
