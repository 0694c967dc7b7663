import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  challengeCommands,
  LANES,
  RealChallenges,
} from "../../../support/core/challenge-commands.ts";
import { DAY, DEFAULTS, isLive, MINUTE, NOW } from "../../../support/core/challenge-fixture.ts";
import { ChallengeModel } from "../../../support/core/challenge-model.ts";
import { SEED } from "../../../support/house/seed.ts";

const LOOSE = {
  ...DEFAULTS,
  sendsPerPhone: [
    { limit: 5, windowMs: 10 * MINUTE },
    { limit: 14, windowMs: DAY },
  ],
  sendsPerDevice: [{ limit: 3, windowMs: 10 * MINUTE }],
};

/** What holds after every step, whatever the steps were. */
function holds({ record, rules }: RealChallenges, model: ChallengeModel): void {
  const counted = record.challenges.map(({ attempts }) => attempts);
  expect(Math.max(0, ...counted)).toBeLessThanOrEqual(rules.maxAttempts);
  for (const [name, { sends }] of model.lanes) {
    for (const { limit, windowMs } of model.budget(name)) {
      const inWindow = sends.filter((at) => at > model.now - windowMs);
      expect(inWindow.length).toBeLessThanOrEqual(limit);
    }
    const live = record.challenges.filter((c) => (c.lane ?? "") === name && isLive(c, model.now));
    expect(live.length).toBeLessThanOrEqual(name === "" ? 3 : 1);
    expect(live.map((c) => c.handle)).toEqual(model.live(name).map((c) => c.name));
  }
  expect(LANES).toEqual(expect.arrayContaining(Object.keys(record.devices)));
  expect(Object.getPrototypeOf(record.devices)).toBe(Object.prototype);
  expect(JSON.stringify(record).length).toBeLessThan(16_000);
}

/** Every outcome must occur, or the model proves less than it says. */
const OUTCOMES = [
  ...["ok", "unchanged", "otp-exhausted", "uncounted", "used", "0", "1", "2", "3", "4"],
  ...["phone-locked", "phone-budget", "device-budget", "resend-wait"],
];

describe("the challenge state machine does what a person would expect", () => {
  for (const [name, rules] of Object.entries({
    "the defaults": DEFAULTS,
    "loose budgets": LOOSE,
  })) {
    it(`the challenge state machine does what a person would expect under ${name}, whatever comes in whatever order`, {
      timeout: 120_000,
    }, () => {
      const seen = new Map<string, number>();
      const draw = (more: number) =>
        fc.assert(
          fc.property(
            fc.commands(challengeCommands, { maxCommands: 100, size: "max" }),
            (commands) => {
              fc.modelRun(
                () => ({
                  model: new ChallengeModel(rules, NOW),
                  real: new RealChallenges(rules, holds, seen),
                }),
                commands,
              );
            },
          ),
          { numRuns: 150, seed: SEED + more },
        );
      const unseen = () => OUTCOMES.filter((outcome) => !seen.has(outcome));
      draw(0);
      // A rare outcome may be missing from one draw: then more are drawn, and each must hold.
      for (let more = 1; more <= 5 && unseen().length > 0; more++) draw(more);
      expect(unseen()).toEqual([]);
    });
  }
});
