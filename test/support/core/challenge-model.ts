import type { Budget } from "../../../src/core/budget.ts";
import type { Channel } from "../../../src/core/otp/message.ts";
import type { ChallengeRules } from "../../../src/core/otp/phone-record.ts";
import { DAY, MINUTE, SECOND } from "./challenge-fixture.ts";

/** What a person would expect of a challenge. */
export interface ModelChallenge {
  readonly name: string;
  /** The customer whose known devices it belongs to; "" is the common lane. */
  readonly lane: string;
  known: boolean;
  readonly openedAt: number;
  readonly sends: { readonly channel: Channel; readonly at: number }[];
  wrong: number;
  provenAt: number | null;
  chosen: string | null;
  gone: boolean;
}

interface ModelLane {
  /** Every send there ever was. */
  readonly sends: number[];
  /** When each wrong code since the last success came; after a lock, 15 of them. */
  wrong: number[];
  lockedUntil: number;
}

export type Expected =
  | "ok"
  | "unchanged"
  | "otp-exhausted"
  | { readonly rejected: "uncounted" | "used" | number; readonly locked?: true }
  | { readonly limited: string; readonly until: number };

const REJECTED: Expected = { rejected: "uncounted" };
const TRIES = 5;
const FAILURES = 20;

/** Remembers everything for ever and computes each answer from the whole history. */
export class ChallengeModel {
  now: number;
  readonly challenges: ModelChallenge[] = [];
  readonly lanes = new Map<string, ModelLane>();
  readonly #rules: ChallengeRules;

  constructor(rules: ChallengeRules, now: number) {
    this.#rules = rules;
    this.now = now;
  }

  lane(name: string): ModelLane {
    const lane = this.lanes.get(name) ?? { sends: [], wrong: [], lockedUntil: 0 };
    this.lanes.set(name, lane);
    return lane;
  }

  budget(lane: string): Budget {
    return lane === "" ? this.#rules.sendsPerPhone : this.#rules.sendsPerDevice;
  }

  over({ gone, openedAt, provenAt }: ModelChallenge): boolean {
    const endsAt = provenAt === null ? openedAt + 5 * MINUTE : provenAt + 2 * MINUTE;
    return gone || this.now >= endsAt;
  }

  live(lane: string): ModelChallenge[] {
    return this.challenges.filter(
      (c) => c.lane === lane && !this.over(c) && c.provenAt === null && c.wrong < TRIES,
    );
  }

  open(name: string, lane: string, known: boolean, channel: Channel): Expected {
    const blocked = this.#sendBlocked(lane);
    if (blocked) return blocked;
    const live = this.live(lane);
    const most = lane === "" ? 3 : 1;
    for (const oldest of live.slice(0, live.length - most + 1)) oldest.gone = true;
    const sends = [{ channel, at: this.now }];
    const more = { wrong: 0, provenAt: null, chosen: null, gone: false };
    this.challenges.push({ name, lane, known, openedAt: this.now, sends, ...more });
    this.lane(lane).sends.push(this.now);
    return "ok";
  }

  resend(c: ModelChallenge, channel: Channel): Expected {
    if (this.over(c) || c.provenAt !== null) return REJECTED;
    if (c.wrong >= TRIES) return "otp-exhausted";
    const before = c.sends.filter((send) => send.channel === channel);
    const wait = [0, 30, 60, 120][Math.min(before.length, 3)] ?? 0;
    const until = (before.at(-1)?.at ?? 0) + wait * SECOND;
    if (until > this.now) return { limited: "resend-wait", until };
    const blocked = this.#sendBlocked(c.lane);
    if (blocked) return blocked;
    c.sends.push({ channel, at: this.now });
    this.lane(c.lane).sends.push(this.now);
    return "ok";
  }

  try(c: ModelChallenge, right: boolean): Expected {
    const lane = this.lane(c.lane);
    if (this.over(c)) return REJECTED;
    if (lane.lockedUntil > this.now) return { limited: "phone-locked", until: lane.lockedUntil };
    if (c.wrong >= TRIES) return "otp-exhausted";
    if (right && c.known) {
      if (c.provenAt !== null) return "unchanged";
      c.provenAt = this.now;
      lane.wrong = [];
      return "ok";
    }
    c.wrong++;
    const last = lane.wrong.at(-1) ?? Number.NEGATIVE_INFINITY;
    if (last + 30 * DAY <= this.now) lane.wrong = [];
    lane.wrong.push(this.now);
    const rejected = c.provenAt === null ? TRIES - c.wrong : "used";
    if (lane.wrong.length < FAILURES) return { rejected };
    lane.lockedUntil = this.now + DAY;
    lane.wrong = lane.wrong.slice(TRIES);
    return { rejected, locked: true };
  }

  choose(c: ModelChallenge, customer: string): Expected {
    if (this.over(c) || c.provenAt === null) return REJECTED;
    if (c.chosen === customer) return "unchanged";
    if (c.chosen !== null) return REJECTED;
    c.chosen = customer;
    return "ok";
  }

  reveal(c: ModelChallenge): Expected {
    if (this.over(c) || c.wrong >= TRIES) return REJECTED;
    c.known = true;
    return "ok";
  }

  nobodyFound(c: ModelChallenge): Expected {
    return this.over(c) || c.wrong >= TRIES ? REJECTED : "ok";
  }

  #sendBlocked(name: string): Expected | null {
    const lane = this.lane(name);
    if (lane.lockedUntil > this.now) return { limited: "phone-locked", until: lane.lockedUntil };
    const fits = (at: number) =>
      this.budget(name).every(
        ({ limit, windowMs }) => lane.sends.filter((send) => send > at - windowMs).length < limit,
      );
    const moments = this.budget(name).flatMap(({ windowMs }) =>
      lane.sends.map((send) => send + windowMs),
    );
    const later = [this.now, ...moments.filter((at) => at > this.now)].sort((a, b) => a - b);
    const until = later.find(fits) ?? this.now;
    if (until === this.now) return null;
    return { limited: name === "" ? "phone-budget" : "device-budget", until };
  }
}
