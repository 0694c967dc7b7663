import { describe, expect, it } from "vitest";
import type { CustomerId } from "../../../../src/core/ids.ts";
import { newestCompat } from "../../../../src/core/otp/challenge.ts";
import { EMPTY_PHONE_RECORD, type PhoneRecord } from "../../../../src/core/otp/phone-record.ts";
import {
  GENEROUS,
  handle,
  MINUTE,
  NOW,
  stored,
  withOpen,
  written,
} from "../../../support/core/challenge-fixture.ts";
import { tryCode } from "../../../support/core/try-code.ts";

const api = (names: string[], before: PhoneRecord = EMPTY_PHONE_RECORD) =>
  withOpen(names, { via: "api" }, { before });
const compat = (names: string[], before: PhoneRecord = EMPTY_PHONE_RECORD) =>
  withOpen(names, { via: "compat" }, { before });
const newest = (record: PhoneRecord, now = NOW, lane: CustomerId | null = null) =>
  newestCompat(stored(record), lane, now)?.handle;

describe("a code that comes with a phone and no challenge id is meant for", () => {
  it("a code that comes with a phone and no challenge id is meant for the newest challenge that the old web app's send began", () => {
    expect(newest(compat(["a", "b", "c"]))).toBe("c");
  });
  it("a code that comes with a phone and no challenge id is meant for none, where that send began none", () => {
    expect(newest(EMPTY_PHONE_RECORD)).toBeUndefined();
    expect(newest(api(["a", "b"]))).toBeUndefined();
  });
  it("a code that comes with a phone and no challenge id is never meant for a challenge that was asked for elsewhere", () => {
    expect(newest(api(["attacker"], compat(["page"], api(["earlier"]))))).toBe("page");
  });
  it("a code that comes with a phone and no challenge id is meant for one of the lane that it is asked for, whatever strangers begin in the other", () => {
    const lane = "c-1" as CustomerId;
    const owners = withOpen(["mine"], { via: "compat", lane });
    const record = compat(["stranger"], owners);
    expect([newest(record, NOW, lane), newest(record)]).toEqual(["mine", "stranger"]);
    expect(newest(owners)).toBeUndefined();
    expect(newest(record, NOW, "c-2" as CustomerId)).toBeUndefined();
  });
  it("a code that comes with a phone and no challenge id is meant for none of a record of the first version, which served the API alone", () => {
    const record = compat(["a"]);
    const challenges = record.challenges.map(({ via: _, ...older }) => older);
    expect(newest({ ...record, challenges })).toBeUndefined();
  });
  it("a code that comes with a phone and no challenge id is meant for none that is over, to the millisecond", () => {
    const record = compat(["a"]);
    expect(newest(record, NOW + 5 * MINUTE - 1)).toBe("a");
    expect(newest(record, NOW + 5 * MINUTE)).toBeUndefined();
  });
  it("a code that comes with a phone and no challenge id is meant for the newest although it is exhausted: an older one gives no more tries", () => {
    let record = compat(["a", "b"]);
    for (let tries = 0; tries < 5; tries++) {
      record = written(tryCode(record, handle("b"), false, GENEROUS, NOW));
    }
    expect(newest(record)).toBe("b");
    expect(tryCode(record, handle("b"), true, GENEROUS, NOW).outcome).toMatchObject({
      failure: { reason: "otp-exhausted" },
    });
  });
  it("a code that comes with a phone and no challenge id is meant for no older one when the newest, proven early, is over before it", () => {
    const record = written(tryCode(compat(["a", "b"]), handle("b"), true, GENEROUS, NOW));
    expect(newest(record, NOW + 2 * MINUTE)).toBeUndefined();
  });
  it("an older challenge of the API is still there for its own id", () => {
    const left = compat(["b"], api(["x"], compat(["a"]))).challenges;
    expect(left.map((challenge) => challenge.handle)).toEqual(["x", "b"]);
  });
  it("a code that comes with a phone and no challenge id is meant for the newest although it is proven: a login that the store cut short is finished by it", () => {
    const record = written(tryCode(compat(["a", "b"]), handle("b"), true, GENEROUS, NOW));
    expect(newest(record, NOW + 2 * MINUTE - 1)).toBe("b");
  });
});
