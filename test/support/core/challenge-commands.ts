import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect } from "vitest";
import type { CustomerId, DocumentKey } from "../../../src/core/ids.ts";
import * as machine from "../../../src/core/otp/challenge.ts";
import type { Channel } from "../../../src/core/otp/message.ts";
import {
  type ChallengeRules,
  EMPTY_PHONE_RECORD,
  type PhoneRecord,
  phoneRecordEndsAt,
} from "../../../src/core/otp/phone-record.ts";
import * as sending from "../../../src/core/otp/send-code.ts";
import {
  DAY,
  fromDevice,
  HOUR,
  handle,
  MINUTE,
  request,
  SECOND,
  stored,
} from "./challenge-fixture.ts";
import type { ChallengeModel, Expected, ModelChallenge } from "./challenge-model.ts";
import { tryCode } from "./try-code.ts";

interface Outcome {
  readonly record: PhoneRecord | null;
  readonly outcome: { readonly ok: boolean; readonly failure?: object };
}

/** Customers whose known devices have lanes; some ids are traps of JavaScript. */
export const LANES = ["", "c-1", "__proto__", "constructor"];
const lane = fc.constantFrom("", "", ...LANES);
const channel = fc.constantFrom("sms" as const, "call" as const);

/** The state machine behind a store: JSON in between, and expired is absent. */
export class RealChallenges {
  record: PhoneRecord = EMPTY_PHONE_RECORD;
  readonly rules: ChallengeRules;
  readonly #check: (real: RealChallenges, model: ChallengeModel) => void;
  /** How often each outcome came, so that a test can tell whether it tested anything. */
  readonly #seen: Map<string, number>;

  constructor(
    rules: ChallengeRules,
    check: (real: RealChallenges, model: ChallengeModel) => void,
    seen: Map<string, number>,
  ) {
    this.rules = rules;
    this.#check = check;
    this.#seen = seen;
  }

  read(now: number): PhoneRecord {
    const present = phoneRecordEndsAt(this.record, this.rules) > now;
    return present ? stored(this.record) : EMPTY_PHONE_RECORD;
  }

  apply({ outcome, record }: Outcome, expected: Expected, model: ChallengeModel): void {
    const wanted = expectedOutcome(expected, model.now);
    const written =
      typeof expected === "object"
        ? "rejected" in expected && expected.rejected !== "uncounted"
        : expected === "ok";
    const shown = outcome.ok ? { ok: true } : { ok: false, ...outcome.failure };
    const [is, must] = [
      { ...shown, written: record !== null },
      { ...wanted, written },
    ];
    if (!isDeepStrictEqual(is, must)) expect(is).toEqual(must);
    const name = typeof expected === "string" ? expected : `${Object.values(expected)[0]}`;
    this.#seen.set(name, (this.#seen.get(name) ?? 0) + 1);
    if (record !== null) this.record = record;
    this.#check(this, model);
  }
}

function expectedOutcome(expected: Expected, now: number): object {
  if (expected === "ok" || expected === "unchanged") return { ok: true };
  if (expected === "otp-exhausted") return { ok: false, reason: expected };
  if ("rejected" in expected) {
    const { rejected, ...locked } = expected;
    const left = typeof rejected === "number" ? { attemptsRemaining: rejected } : {};
    return { ok: false, reason: "otp-rejected", ...left, ...locked };
  }
  const retryAfterSeconds = Math.max(1, Math.ceil((expected.until - now) / 1000));
  return { ok: false, reason: "rate-limited", cause: expected.limited, retryAfterSeconds };
}

type Run = (model: ChallengeModel, real: RealChallenges) => void;

const command = (name: string, run: Run): fc.Command<ChallengeModel, RealChallenges> => ({
  check: () => true,
  run,
  toString: () => name,
});

const opening = (name: string, known: boolean, on: Channel): Run => {
  return (model, real) => {
    const id = `h${model.challenges.length}`;
    const asked = request(id, { isCustomerPhone: known, ...(name === "" ? {} : fromDevice(name)) });
    const record = real.read(model.now);
    const decided = sending.openChallenge(record, asked, on, real.rules, model.now);
    real.apply(decided, model.open(id, name, known, on), model);
  };
};
const open = fc
  .tuple(lane, fc.boolean(), channel)
  .map(([name, known, on]) => command(`open(${name}, ${known}, ${on})`, opening(name, known, on)));

type Step = (
  model: ChallengeModel,
  challenge: ModelChallenge,
  record: PhoneRecord,
  rules: ChallengeRules,
) => readonly [Outcome, Expected];

/** A step on one of the newest challenges, over or not, so many times. */
const onOne = (name: string, step: Step, times: fc.Arbitrary<number> = fc.constant(1)) =>
  fc.tuple(fc.nat(4), times).map(([back, count]) =>
    command(`${name}(-${back + 1}) x${count}`, (model, real) => {
      const challenge = model.challenges.at(-1 - back);
      if (challenge === undefined) return;
      for (let n = 0; n < count; n++)
        real.apply(...step(model, challenge, real.read(model.now), real.rules), model);
    }),
  );

const resend = channel.chain((on) =>
  onOne(`resend ${on}`, (model, c, record, rules) => [
    sending.resendChallenge(record, handle(c.name), on, rules, model.now),
    model.resend(c, on),
  ]),
);
const trying =
  (right: boolean): Step =>
  (model, c, record, rules) => [
    tryCode(record, handle(c.name), right, rules, model.now),
    model.try(c, right),
  ];
const wrong = onOne("wrong", trying(false), fc.constantFrom(1, 2, 6));
const right = onOne("right", trying(true), fc.constantFrom(1, 2));
const choose = fc
  .constantFrom("c-1", "c-2")
  .chain((customer) =>
    onOne(`choose ${customer}`, (model, c, record, rules) => [
      machine.chooseCustomer(record, handle(c.name), customer as CustomerId, rules, model.now),
      model.choose(c, customer),
    ]),
  );
const reveal = onOne("reveal", (model, c, record, rules) => [
  machine.endSearch(record, handle(c.name), ["key" as DocumentKey], rules, model.now),
  model.reveal(c),
]);
const nobodyFound = onOne("nobody found", (model, c, record, rules) => [
  machine.endSearch(record, handle(c.name), [], rules, model.now),
  model.nobodyFound(c),
]);

const WAITS = [0, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, HOUR, DAY, 30 * DAY];
const advance = fc
  .tuple(fc.constantFrom(...WAITS.slice(0, 6), ...WAITS), fc.integer({ min: -1, max: 1 }))
  .map(([wait, ms]) =>
    command(`advance(${wait + ms})`, (model) => {
      model.now += Math.max(0, wait + ms);
    }),
  );

/** Somebody guesses in earnest: a challenge's tries, and the next challenge, until it locks. */
const attack = lane.map((name) =>
  command(`attack(${name})`, (model, real) => {
    for (let round = 0; round < 4; round++) {
      opening(name, round % 2 === 0, "sms")(model, real);
      const challenge = model.challenges.at(-1);
      for (let guess = 0; challenge !== undefined && guess < 5; guess++) {
        const record = real.read(model.now);
        real.apply(...trying(false)(model, challenge, record, real.rules), model);
      }
      model.now += 10 * MINUTE;
    }
  }),
);

/** Everything that can happen to a phone's challenges. */
export const challengeCommands = [
  ...[open, open, resend, wrong, right],
  ...[choose, reveal, nobodyFound, advance, attack],
];
