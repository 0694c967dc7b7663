import fc from "fast-check";
import { expect, it } from "vitest";
import { refreshSession, withReceipt } from "../../../../src/core/sessions/refresh.ts";
import type { Session } from "../../../../src/core/sessions/user-record.ts";
import { DAY, NOW, SECOND } from "../../../support/core/challenge-fixture.ts";
import { SESSION_RULES, session } from "../../../support/core/session-fixture.ts";

/** Two tabs share what the owner's browser keeps, or not; a thief has a copy of what leaked once. */
const HOLDERS = ["tab", "other tab", "thief"] as const;
type Holder = (typeof HOLDERS)[number];

const wait = fc.constantFrom(0, 1, SECOND, 10 * SECOND - 1, 10 * SECOND, 10 * SECOND + 1, DAY);
const holder = fc.constantFrom<Holder>(...HOLDERS);
const step = fc.oneof(
  /** Shows the newest token that it has; the answer may get lost on its way. */
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constant("refresh"), wait, holder, lost: fc.boolean() }),
  },
  /** Shows an older one that it once had. */
  fc.record({
    does: fc.constant("refresh-old"),
    wait,
    holder,
    back: fc.integer({ min: 1, max: 3 }),
  }),
  /** Calls the gateway with its newest access token; the note is written by some node, or late. */
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constant("call"), wait, holder, late: fc.boolean() }),
  },
  /** A node writes the notes that were late. */
  fc.record({ does: fc.constant("catch-up"), wait }),
  /** Tokens pass from one holder to another: shared storage, or a theft. */
  fc.record({ does: fc.constant("share"), wait, holder, to: holder }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** What was handed out, told as a list of facts, without generations' arithmetic. */
interface Handed {
  shownAt: number | null;
  /** When a call with its access token was noted. */
  notedAt: number | null;
}

/** The whole history, from which the oracle judges. */
class History {
  readonly tokens: Handed[] = [{ shownAt: null, notedAt: null }];

  /** What must come of showing token `at`. */
  judge(at: number, now: number): "turned" | "repeated" | "theft" {
    const [shown, successor] = [this.tokens[at], this.tokens[at + 1]];
    if (shown === undefined || successor === undefined) return "turned";
    if (successor.shownAt !== null) return "theft";
    if (successor.notedAt === null) return "repeated";
    return now - successor.notedAt <= 10 * SECOND ? "repeated" : "theft";
  }

  /** A note counts once, for the last token handed out, and not for the login's own. */
  note(at: number, now: number): void {
    const token = this.tokens[at];
    const isLast = at === this.tokens.length - 1 && at > 0;
    if (isLast && token !== undefined && token.notedAt === null) token.notedAt = now;
  }

  show(at: number, now: number): void {
    const token = this.tokens[at];
    if (token === undefined || token.shownAt !== null) return;
    token.shownAt = now;
    this.tokens.push({ shownAt: null, notedAt: null });
  }
}

class World {
  readonly history = new History();
  readonly has: Record<Holder, number[]> = { tab: [0], "other tab": [0], thief: [] };
  /** Notes that a node has not written yet: the generation of each. */
  readonly late: number[] = [];
  current: Session = session("s");
  now = NOW;
  isOver = false;

  refresh(who: Holder, at: number | undefined, lost: boolean): void {
    if (at === undefined) return;
    const expected = this.history.judge(at, this.now);
    const before = this.current;
    const result = refreshSession(before, at, "k1", SESSION_RULES, this.now);
    if (expected === "theft") {
      expect(result).toEqual({ ok: false, failure: { reason: "refresh-reused" } });
      this.isOver = true;
      return;
    }
    if (!result.ok) throw new Error(`refused: ${expected}`);
    const { kind, session: after } = result.value;
    expect(kind).toBe(expected === "turned" ? "rotated" : "repeated");
    // A repeat gives the same token: same generation, same key, and no longer life.
    if (kind === "repeated") expect(after).toEqual(before);
    else expect([after.generation, after.receivedAt]).toEqual([before.generation + 1, null]);
    this.history.show(at, this.now);
    expect(after.generation).toBe(this.history.tokens.length - 1);
    this.current = after;
    if (!lost) this.has[who].push(after.generation);
  }

  note(generation: number): void {
    this.history.note(generation, this.now);
    this.current = withReceipt(this.current, generation, this.now) ?? this.current;
    const last = this.history.tokens[this.current.generation];
    expect(this.current.receivedAt).toBe(last?.notedAt);
  }

  take(one: Step): void {
    this.now += one.wait;
    if (one.does === "catch-up") for (const late of this.late.splice(0)) this.note(late);
    if (!("holder" in one)) return;
    const tokens = this.has[one.holder];
    const newest = tokens.length === 0 ? undefined : Math.max(...tokens);
    if ("lost" in one) this.refresh(one.holder, newest, one.lost);
    if ("back" in one) this.refresh(one.holder, tokens.at(-1 - one.back), false);
    if ("late" in one && newest !== undefined) {
      if (one.late) this.late.push(newest);
      else this.note(newest);
    }
    if ("to" in one && newest !== undefined) this.has[one.to].push(newest);
  }
}

it("any number of tabs, lost answers, nodes and thieves get what the history says", () => {
  const seen = { repeatedLate: 0, thefts: 0 };
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const world = new World();
      for (const one of steps) {
        const { generation, rotatedAt } = world.current;
        world.take(one);
        if (world.isOver) seen.thefts++;
        if (world.isOver) return;
        const repeated = "lost" in one && world.current.generation === generation;
        if (repeated && world.now - rotatedAt > DAY / 2) seen.repeatedLate++;
      }
    }),
    { numRuns: 2000 },
  );
  // Or else nothing was shown.
  expect(seen.repeatedLate).toBeGreaterThan(50);
  expect(seen.thefts).toBeGreaterThan(50);
});

it("an owner who loses answers, and shows the newest token that came, is never logged out", () => {
  const turn = fc.record({ lost: fc.boolean(), calls: fc.boolean(), wait });
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 40 }), (turns) => {
      const world = new World();
      for (const { calls, lost, wait: ms } of turns) {
        world.now += ms;
        world.refresh("tab", world.has.tab.at(-1), lost);
        expect(world.isOver).toBe(false);
        if (calls) world.note(world.has.tab.at(-1) ?? 0);
      }
    }),
    { numRuns: 1000 },
  );
});

it("a thief and an owner who both go on are found out when one is two behind", () => {
  const turn = fc.record({ thief: fc.boolean(), lost: fc.boolean(), wait });
  fc.assert(
    fc.property(fc.array(turn, { minLength: 12, maxLength: 40 }), (turns) => {
      const world = new World();
      world.has.thief.push(0);
      for (const { lost, thief, wait: ms } of turns) {
        world.now += ms;
        const who = thief ? "thief" : "tab";
        const at = world.has[who].at(-1) ?? 0;
        world.refresh(who, at, lost);
        if (world.isOver) return;
        // As long as the session lives, nobody went on from a token two behind.
        expect(at).toBeGreaterThanOrEqual(world.current.generation - 1);
      }
    }),
    { numRuns: 1000 },
  );
});
