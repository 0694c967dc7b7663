import { describe, expect, it } from "vitest";
import { EMPTY_PHONE_RECORD, type PhoneRecord } from "../../../../src/core/otp/phone-record.ts";
import { openChallenge } from "../../../../src/core/otp/send-code.ts";
import {
  DAY,
  DEFAULTS,
  HOUR,
  handle,
  MINUTE,
  NOW,
  request,
  SECOND,
} from "../../../support/core/challenge-fixture.ts";
import { tryCode } from "../../../support/core/try-code.ts";

/** Codes are one in a million; what counts is how many of an attacker's are compared. */
class Siege {
  record: PhoneRecord = EMPTY_PHONE_RECORD;
  readonly guesses: number[] = [];
  #opened = 0;

  /** @returns the new challenge's name, or null where no send is allowed */
  open(now: number): string | null {
    const name = `h${this.#opened}`;
    const { record } = openChallenge(this.record, request(name), "sms", DEFAULTS, now);
    if (record === null) return null;
    this.record = record;
    this.#opened++;
    return name;
  }

  /** Guesses until `failures` wrong codes in a row stand there, or the challenge is exhausted. */
  guess(name: string, now: number, failures = Number.POSITIVE_INFINITY): void {
    while (this.record.common.failures < failures) {
      const { record } = tryCode(this.record, handle(name), false, DEFAULTS, now);
      if (record === null) return;
      this.record = record;
      this.guesses.push(now);
    }
  }

  /** The owner asks for a code on the common lane and types it right, which forgives the rest. */
  ownerLogsIn(now: number): boolean {
    const name = this.open(now);
    const tried = name && tryCode(this.record, handle(name), true, DEFAULTS, now);
    if (!tried || tried.record === null) return false;
    this.record = tried.record;
    return true;
  }

  most(windowMs: number): number {
    const inWindow = (from: number) =>
      this.guesses.filter((at) => at >= from && at < from + windowMs).length;
    return Math.max(...this.guesses.map(inWindow));
  }
}

/** Asks and guesses at every minute at which anything is allowed. */
function greedy(days: number, ownerHelps: boolean): Siege {
  const siege = new Siege();
  for (let now = NOW; now < NOW + days * DAY; now += MINUTE) {
    if (ownerHelps && siege.record.common.failures >= 19) siege.ownerLogsIn(now);
    const name = siege.open(now);
    if (name !== null) siege.guess(name, now, ownerHelps ? 19 : undefined);
  }
  return siege;
}

/**
 * The most that anybody has found: three challenges held back at the edge of the day, and an
 * owner who twice logs in at the moment that serves the attacker best.
 */
function contrived(): Siege {
  const siege = new Siege();
  const open = (at: number) => siege.open(at) as string;
  const early = -5 * MINUTE + SECOND;
  const first = [0, 1, 2].map(() => open(NOW + early));
  for (const name of first) siege.guess(name, NOW);
  const next = NOW + early + 10 * MINUTE;
  const fourth = open(next);
  siege.guess(fourth, next, 19);
  expect(siege.ownerLogsIn(next)).toBe(true);
  siege.guess(fourth, next);
  const later = next + HOUR;
  for (const name of [open(later), open(later), open(later)]) siege.guess(name, later);
  const relief = later + 10 * MINUTE;
  expect(siege.ownerLogsIn(relief)).toBe(true);
  siege.guess(open(relief), relief);
  const evening = NOW + early + DAY;
  for (const name of [open(evening), open(evening), open(evening)]) siege.guess(name, evening);
  return siege;
}

describe("guesses that are compared for one phone, by default rules, without a device token", () => {
  const alone = greedy(31, false);
  const helped = greedy(31, true);
  const worst = contrived();

  it("compared guesses for one phone are printed for whoever weighs the risk", () => {
    console.log(
      [
        `guesses a phone, attacker alone: ${alone.most(DAY)} in 24 h, ${alone.most(30 * DAY)} in 30 days`,
        `owner logs in whenever that helps: ${helped.most(DAY)} in 24 h, ${helped.most(30 * DAY)} in 30 days`,
        `every moment contrived: ${worst.most(DAY)} in 24 h`,
      ].join("\n"),
    );
  });
  it("compared guesses for one phone are 20 in any 24 h, then 5 a day: a chance of 1 in 6,000 after 30 days", () => {
    expect(alone.most(DAY)).toBe(20);
    expect(alone.most(30 * DAY)).toBe(20 + 29 * 5);
  });
  it("compared guesses for one phone are below 50 in 24 h also where the owner's logins keep forgiving them", () => {
    expect(helped.most(DAY)).toBeLessThanOrEqual(50);
    expect(helped.most(30 * DAY)).toBeLessThanOrEqual(30 * 50);
  });
  it("compared guesses for one phone are never more than 50 in any 24 h, whatever is contrived", () => {
    // Ten sends a day, and three more whose five minutes reach into the day, would give 65.
    expect(worst.most(DAY)).toBe(50);
  });
});
