import { describe, expect, it } from "vitest";
import { decideCustomers, newestCompat } from "../../../../src/core/otp/challenge.ts";
import type { GuessSource } from "../../../../src/core/otp/guess-source.ts";
import type { PhoneRecord } from "../../../../src/core/otp/phone-record.ts";
import { type OpenedChallenge, openChallenge } from "../../../../src/core/otp/send-code.ts";
import {
  DEFAULTS,
  handle,
  MINUTE,
  NOW,
  request,
  SECOND,
  stored,
  withOpen,
  written,
} from "../../../support/core/challenge-fixture.ts";
import { tryCode } from "../../../support/core/try-code.ts";

const source = (name: string, network = "net"): GuessSource => ({ address: name, network });
const HERE = source("here");
const ELSEWHERE = source("elsewhere", "other-net");

const open = (
  before: PhoneRecord,
  name: string,
  more: Partial<OpenedChallenge> = { from: HERE },
  now = NOW + SECOND,
) => openChallenge(stored(before), request(name, more), "sms", DEFAULTS, now);

const FIRST = withOpen(["a"], { from: HERE });

/** The record after several requests of one source, one second after another. */
function asked(names: readonly string[], from: GuessSource | null = HERE): PhoneRecord {
  return names.reduce(
    (record, name, n) => written(open(record, name, { from }, NOW + n * SECOND)),
    FIRST,
  );
}

describe("a second request within the wait, from the same source,", () => {
  it("a second request within the wait, from the same source, opens a challenge on the same code: nothing is sent and no budget is spent", () => {
    const { outcome, record } = open(FIRST, "b");
    expect(outcome).toMatchObject({ ok: true, value: { isNewSend: false, resendInSeconds: 30 } });
    expect(record?.challenges).toHaveLength(1);
    expect(record?.common.sends).toEqual([NOW]);
  });
  it("a second request within the wait, from the same source, has a full life, and the code lives as long", () => {
    const record = written(open(FIRST, "b", { from: HERE }, NOW + 20 * SECOND));
    const at = NOW + 5 * MINUTE + 10 * SECOND;
    expect(tryCode(record, handle("a"), true, DEFAULTS, at).outcome).toMatchObject({
      failure: { reason: "otp-rejected" },
    });
    expect(tryCode(record, handle("b"), true, DEFAULTS, at).outcome.ok).toBe(true);
  });
  it.each([
    ["another source", { from: ELSEWHERE }, NOW + SECOND],
    ["a source that the platform does not tell", { from: null }, NOW + SECOND],
    ["another lane", { from: HERE, lane: "c-1" as never }, NOW + SECOND],
    ["the same source after the wait", { from: HERE }, NOW + 30 * SECOND],
  ])("a second request by %s begins a code of its own", (_, more, now) => {
    const { outcome, record } = open(FIRST, "b", more, now);
    expect(outcome).toMatchObject({ ok: true, value: { isNewSend: true } });
    expect(record?.challenges).toHaveLength(2);
  });
  it("a second request within the wait, from the same source, does not join a code that was shown", () => {
    const proven = written(tryCode(FIRST, handle("a"), true, DEFAULTS, NOW));
    expect(open(proven, "b").outcome).toMatchObject({ ok: true, value: { isNewSend: true } });
  });
});

describe("one code of several challenges", () => {
  it("one code of several challenges is spent for all by the first right showing; a lost answer is given again to that one", () => {
    const record = written(tryCode(asked(["b"]), handle("b"), true, DEFAULTS, NOW + SECOND));
    expect(tryCode(record, handle("b"), true, DEFAULTS, NOW + MINUTE).outcome.ok).toBe(true);
    expect(tryCode(record, handle("a"), true, DEFAULTS, NOW + MINUTE).outcome).toEqual({
      ok: false,
      failure: { reason: "otp-rejected" },
    });
  });
  it("one code of several challenges has five tries a challenge and ten in all", () => {
    let record = asked(["b", "c"]);
    const statuses: unknown[] = [];
    for (const name of ["a", "a", "a", "a", "a", "a", "b", "b", "b", "b", "b", "c"]) {
      const { outcome, record: next } = tryCode(record, handle(name), false, DEFAULTS, NOW);
      statuses.push(outcome.ok ? "ok" : outcome.failure.reason);
      record = next ?? record;
    }
    expect(statuses.filter((reason) => reason === "otp-rejected")).toHaveLength(10);
    expect(statuses.at(5)).toBe("otp-exhausted");
    expect(statuses.at(-1)).toBe("otp-exhausted");
    expect(tryCode(record, handle("c"), true, DEFAULTS, NOW).outcome.ok).toBe(false);
  });
  it("one code of several challenges keeps four challenges beside its first one; the tries of a displaced one still count", () => {
    let record = written(tryCode(asked(["b"]), handle("b"), false, DEFAULTS, NOW));
    for (const name of ["c", "d", "e", "f"]) record = written(open(record, name));
    expect(tryCode(record, handle("b"), true, DEFAULTS, NOW).outcome.ok).toBe(false);
    expect(tryCode(record, handle("a"), true, DEFAULTS, NOW).outcome.ok).toBe(true);
    expect(record.challenges[0]?.lostAttempts).toBe(1);
  });
  it("one code of several challenges is the customer's for every challenge as soon as the look-up says so", () => {
    const undecided = withOpen(["a"], { from: HERE, isCustomerPhone: null });
    const joined = written(open(undecided, "b", { from: HERE, isCustomerPhone: null }));
    expect(tryCode(joined, handle("b"), true, DEFAULTS, NOW).outcome.ok).toBe(false);
    const decided = written(decideCustomers(joined, handle("a"), true, DEFAULTS, NOW));
    expect(tryCode(decided, handle("b"), true, DEFAULTS, NOW).outcome.ok).toBe(true);
    expect(decideCustomers(decided, handle("a"), true, DEFAULTS, NOW).outcome.ok).toBe(false);
  });
  it("one code of several challenges is what the old web app's newest challenge means, whoever began the code", () => {
    const compat = { from: HERE, via: "compat" } as const;
    const record = written(open(FIRST, "b", compat));
    expect(newestCompat(record, null, NOW)?.handle).toBe("b");
    const again = written(open(record, "c", compat, NOW + 2 * SECOND));
    expect(newestCompat(again, null, NOW)?.handle).toBe("c");
  });
});

describe("wrong codes of one source", () => {
  /** The outcome of a wrong code in a challenge of its own, at an address of a network. */
  function guess(record: PhoneRecord, n: number, from: GuessSource) {
    const opened = withOpen([`g${n}`], {}, { before: record });
    const { outcome, record: next } = tryCode(opened, handle(`g${n}`), false, DEFAULTS, NOW, from);
    const reason = outcome.ok ? "ok" : outcome.failure.reason;
    return { reason, record: next ?? opened };
  }

  it("wrong codes of one source are compared five times a day, and then neither compared nor counted against the phone", () => {
    let record = FIRST;
    const reasons: string[] = [];
    for (let n = 0; n < 8; n++) {
      const guessed = guess(record, n, HERE);
      reasons.push(guessed.reason);
      record = guessed.record;
    }
    expect(reasons).toEqual([...Array(5).fill("otp-rejected"), ...Array(3).fill("rate-limited")]);
    expect(record.common.failures).toBe(5);
    expect(guess(record, 99, ELSEWHERE).reason).toBe("otp-rejected");
  });
  it("wrong codes of one source are compared ten times a day from all addresses of a network", () => {
    let record = FIRST;
    const reasons: string[] = [];
    for (let n = 0; n < 12; n++) {
      const guessed = guess(record, n, source(`address-${n}`));
      reasons.push(guessed.reason);
      record = guessed.record;
    }
    expect(reasons.filter((reason) => reason === "otp-rejected")).toHaveLength(10);
    expect(guess(record, 99, ELSEWHERE).reason).toBe("otp-rejected");
  });
  it("wrong codes of one source are forgotten after a day", () => {
    let record = FIRST;
    for (let n = 0; n < 5; n++) record = guess(record, n, HERE).record;
    const later = NOW + 24 * 60 * MINUTE;
    const opened = withOpen(["later"], {}, { before: record, now: later });
    const { outcome } = tryCode(opened, handle("later"), true, DEFAULTS, later, HERE);
    expect(outcome.ok).toBe(true);
  });
});
