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

/**
 * What holds after every step, whatever the steps were. Some ten thousand steps are drawn: what does
 * not hold is collected first, and `expect` is asked once.
 */
function holds({ record, rules }: RealChallenges, model: ChallengeModel): void {
  const wrong: string[] = [];
  const must = (isSo: boolean, what: string) => {
    if (!isSo) wrong.push(what);
  };
  const counted = record.challenges.map(({ attempts }) => attempts);
  must(Math.max(0, ...counted) <= rules.maxAttempts, `attempts: ${counted}`);
  for (const [name, { sends }] of model.lanes) {
    for (const { limit, windowMs } of model.budget(name)) {
      const inWindow = sends.filter((at) => at > model.now - windowMs);
      must(inWindow.length <= limit, `${inWindow.length} sends of "${name}" in ${windowMs} ms`);
    }
    const live = record.challenges.filter((c) => (c.lane ?? "") === name && isLive(c, model.now));
    must(live.length <= (name === "" ? 3 : 1), `${live.length} live challenges of "${name}"`);
    const [real, wanted] = [live.map((c) => c.handle), model.live(name).map((c) => c.name)];
    must(`${real}` === `${wanted}`, `live of "${name}": ${real} for ${wanted}`);
  }
  const strangers = Object.keys(record.devices).filter((name) => !LANES.includes(name));
  must(strangers.length === 0, `lanes of nobody: ${strangers}`);
  must(Object.getPrototypeOf(record.devices) === Object.prototype, "a prototype was written");
  must(JSON.stringify(record).length < 16_000, "the record is large");
  if (wrong.length > 0) expect(wrong).toEqual([]);
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
