import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CustomerId } from "../../../../src/core/ids.ts";
import {
  type Challenge,
  challengeEndsAt,
  EMPTY_LANE,
  EMPTY_PHONE_RECORD,
  FAILURES_KEPT_MS,
  type Lane,
  laneOf,
  type PhoneRecord,
  phoneRecordEndsAt,
  pruned,
  withChallenge,
  withLane,
} from "../../../../src/core/otp/phone-record.ts";
import { openChallenge } from "../../../../src/core/otp/send-code.ts";
import {
  readStoredPhoneRecord,
  storedPhoneRecord,
} from "../../../../src/core/otp/stored-phone-record.ts";
import {
  DAY,
  DEFAULTS,
  fromDevice,
  GENEROUS,
  handle,
  MINUTE,
  NOW,
  request,
  stored,
} from "../../../support/core/challenge-fixture.ts";
import { tryCode } from "../../../support/core/try-code.ts";

const moment = fc.integer({ min: NOW - 40 * DAY, max: NOW + 2 * DAY });
const maybe = fc.option(moment, { nil: null });
const lane: fc.Arbitrary<Lane> = fc.record({
  sends: fc.array(moment, { maxLength: 10 }),
  failures: fc.nat(20),
  lastFailureAt: maybe,
  wrongAt: fc.array(moment, { maxLength: 5 }),
  lockedUntil: maybe,
});
const TRAPS = [
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "",
  "0",
  "c-1",
] as CustomerId[];
const challenge: fc.Arbitrary<Challenge> = fc
  .record({ name: fc.uuid(), expiresAt: moment, provenAt: maybe })
  .map(({ expiresAt, name, provenAt }) => ({
    ...request(name),
    sends: [],
    attempts: 0,
    chosen: null,
    expiresAt,
    provenAt,
  }));
const record: fc.Arbitrary<PhoneRecord> = fc.record({
  common: lane,
  devices: fc.dictionary(fc.constantFrom(...TRAPS), lane) as fc.Arbitrary<PhoneRecord["devices"]>,
  challenges: fc.array(challenge, { maxLength: 4 }),
});
const rules = fc.constantFrom(DEFAULTS, GENEROUS, {
  ...DEFAULTS,
  sendsPerDevice: [{ limit: 1, windowMs: 31 * DAY }],
});

describe("a phone's record as it is stored", () => {
  it("a phone's record as it is stored reads back equal, whatever it holds", () => {
    fc.assert(
      fc.property(record, (before) => {
        const stored = JSON.parse(JSON.stringify(storedPhoneRecord(before)));
        expect(readStoredPhoneRecord(stored)).toEqual(before);
      }),
    );
  });
  it("a phone's record as it is stored by the first version, whole, reads back equal", () => {
    fc.assert(
      fc.property(record, (before) => {
        const stored = JSON.parse(
          JSON.stringify(before).replaceAll('"isCustomerPhone":', '"known":'),
        );
        expect(readStoredPhoneRecord(stored)).toEqual(before);
      }),
    );
  });
});

describe("the end of a phone's record", () => {
  it("the end of a phone's record is never before the end of anything in it", () => {
    fc.assert(
      fc.property(record, rules, (before, limits) => {
        const endsAt = phoneRecordEndsAt(before, limits);
        for (const [budget, of] of [
          [limits.sendsPerPhone, [before.common]],
          [limits.sendsPerDevice, Object.values<Lane>(before.devices)],
        ] as const)
          for (const { lastFailureAt, lockedUntil, sends } of of) {
            for (const { windowMs } of budget)
              for (const at of sends) expect(endsAt).toBeGreaterThanOrEqual(at + windowMs);
            expect(endsAt).toBeGreaterThanOrEqual(lockedUntil ?? 0);
            if (lastFailureAt !== null)
              expect(endsAt).toBeGreaterThanOrEqual(lastFailureAt + FAILURES_KEPT_MS);
          }
        for (const entry of before.challenges)
          expect(endsAt).toBeGreaterThanOrEqual(challengeEndsAt(entry));
      }),
    );
  });
  it("the end of a phone's record is the moment from which pruning leaves nothing", () => {
    fc.assert(
      fc.property(record, rules, (before, limits) => {
        const endsAt = phoneRecordEndsAt(before, limits);
        const left = pruned(before, limits, endsAt);
        expect(left).toEqual(EMPTY_PHONE_RECORD);
        if (endsAt === 0) return;
        const just = pruned(before, limits, endsAt - 1);
        expect(phoneRecordEndsAt(just, limits)).toBe(endsAt);
      }),
    );
  });
  it("the end of a phone's record is long past for an empty record", () => {
    expect(phoneRecordEndsAt(EMPTY_PHONE_RECORD, DEFAULTS)).toBe(0);
  });
});

describe("pruning", () => {
  it("pruning twice is pruning once, and later is pruning at once", () => {
    fc.assert(
      fc.property(record, rules, fc.nat(DAY), (before, limits, more) => {
        const once = pruned(before, limits, NOW);
        expect(pruned(once, limits, NOW)).toEqual(once);
        expect(pruned(once, limits, NOW + more)).toEqual(pruned(before, limits, NOW + more));
      }),
    );
  });
});

describe("a customer's lane", () => {
  it("a customer's lane is found again under any id, through a store, and is nobody else's", () => {
    for (const name of TRAPS) {
      const mine = { ...EMPTY_LANE, failures: 3, lastFailureAt: NOW };
      const kept = pruned(stored(withLane(EMPTY_PHONE_RECORD, name, mine)), DEFAULTS, NOW);
      expect(laneOf(kept, name)).toEqual(mine);
      for (const other of TRAPS.filter((trap) => trap !== name))
        expect(laneOf(kept, other)).toEqual(EMPTY_LANE);
      expect(kept.common).toEqual(EMPTY_LANE);
    }
    expect(Object.prototype).not.toHaveProperty("failures");
  });
  it("a customer's lane opens, counts and locks under the id __proto__ as under any other", () => {
    for (const name of TRAPS) {
      const from = fromDevice(name);
      let before = EMPTY_PHONE_RECORD;
      for (let n = 0; n < 20; n++) {
        if (n % 5 === 0)
          before = stored(
            openChallenge(before, request(`h${n}`, from), "sms", GENEROUS, NOW).record ?? before,
          );
        before = stored(
          tryCode(before, handle(`h${n - (n % 5)}`), false, GENEROUS, NOW).record ?? before,
        );
      }
      expect(laneOf(before, name)).toMatchObject({ failures: 15, lockedUntil: NOW + DAY });
      expect(openChallenge(before, request("x", from), "sms", GENEROUS, NOW).record).toBeNull();
    }
  });
});

describe("a changed challenge", () => {
  it("a changed challenge keeps its place, and a new one comes last", () => {
    const entry = (name: string, attempts = 0): Challenge => ({
      ...request(name),
      sends: [],
      attempts,
      chosen: null,
      expiresAt: NOW + MINUTE,
      provenAt: null,
    });
    const three = ["a", "b", "c"].reduce(
      (all, name) => withChallenge(all, entry(name)),
      EMPTY_PHONE_RECORD as PhoneRecord,
    );
    const changed = withChallenge(three, entry("a", 2)).challenges;
    expect(changed.map(({ attempts, handle: name }) => `${name}${attempts}`)).toEqual([
      "a2",
      "b0",
      "c0",
    ]);
  });
});

describe("the size of a record", () => {
  it("the size of a record stays below 32 KiB, however many challenges are opened and exhausted without a budget", () => {
    let before = EMPTY_PHONE_RECORD;
    const lanes = ["c-1", "c-2", "c-3", null];
    for (let n = 0; n < 400; n++) {
      const name = lanes[n % 4] ?? null;
      const asked = request(`handle-${n}`, {
        ...(name === null ? {} : fromDevice(name)),
        seed: "s".repeat(43),
      });
      before =
        openChallenge(before, asked, "sms", { ...GENEROUS, failuresPerPhone: 1e6 }, NOW).record ??
        before;
      // Of each lane no more than 50 wrong codes a day are compared.
      for (let wrong = 0; wrong < 5 && n % 11 === 0; wrong++)
        before =
          tryCode(before, asked.handle, false, { ...GENEROUS, failuresPerPhone: 1e6 }, NOW)
            .record ?? before;
    }
    expect(before.challenges.length).toBeLessThanOrEqual(24);
    expect(before.challenges.at(-1)?.handle).toBe("handle-399");
    // Without a budget no send is kept beyond the next change; the lanes stay as few as customers.
    expect(Object.keys(before.devices).length).toBe(3);
    expect(JSON.stringify(before).length).toBeLessThan(32 * 1024);
  });
});
