import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refreshSession } from "../../../../src/core/sessions/refresh.ts";
import { type Session, sessionEndsAt } from "../../../../src/core/sessions/user-record.ts";
import { DAY, NOW, SECOND } from "../../../support/core/challenge-fixture.ts";
import { SESSION_RULES, session } from "../../../support/core/session-fixture.ts";

const REUSED = { ok: false, failure: { reason: "refresh-reused" } };
const refresh = (of: Session, generation: number, now: number, keyId = "k1") =>
  refreshSession(of, generation, keyId, SESSION_RULES, now);
const rotated = (of: Session, now: number): Session => {
  const result = refresh(of, of.generation, now);
  if (!result.ok) throw new Error("not rotated");
  return result.value.session;
};

describe("a refresh token", () => {
  it("of the current generation turns the session one on, once", () => {
    const result = refresh(session("s"), 0, NOW + SECOND, "k2");
    expect(result).toEqual({
      ok: true,
      value: {
        kind: "rotated",
        session: {
          ...session("s"),
          ...{ generation: 1, keyId: "k2", rotatedAt: NOW + SECOND },
          idleUntil: NOW + SECOND + 30 * DAY,
        },
      },
    });
  });
  it("shown again within ten seconds gets the very same successor, and nothing changes", () => {
    const next = rotated(session("s"), NOW);
    for (const ms of [0, 1, 10 * SECOND - 1, 10 * SECOND])
      expect(refresh(next, 0, NOW + ms, "k2")).toEqual({
        ok: true,
        value: { kind: "repeated", session: next },
      });
  });
  it("shown a millisecond after that is reuse", () => {
    expect(refresh(rotated(session("s"), NOW), 0, NOW + 10 * SECOND + 1)).toEqual(REUSED);
  });
  it("is reuse at once when its successor was used", () => {
    const next = rotated(rotated(session("s"), NOW), NOW);
    expect(refresh(next, 0, NOW)).toEqual(REUSED);
    expect(refresh(next, 1, NOW)).toMatchObject({ ok: true, value: { kind: "repeated" } });
  });
  it("is not reuse to a node whose clock is behind, by no more than the grace", () => {
    const next = rotated(session("s"), NOW);
    expect(refresh(next, 0, NOW - 10 * SECOND).ok).toBe(true);
    expect(refresh(next, 0, NOW - 10 * SECOND - 1)).toEqual(REUSED);
  });
  it("of a generation that is still to come is none: an older copy of the store came back", () => {
    for (const generation of [1, 2, 2 ** 32 - 1])
      expect(refresh(session("s"), generation, NOW)).toEqual({
        ok: false,
        failure: { reason: "token-invalid" },
      });
  });
  it("has no grace where REFRESH_GRACE is 0, but for the same millisecond", () => {
    const strict = { ...SESSION_RULES, graceMs: 0 };
    const next = rotated(session("s"), NOW);
    expect(refreshSession(next, 0, "k1", strict, NOW).ok).toBe(true);
    expect(refreshSession(next, 0, "k1", strict, NOW + 1)).toEqual(REUSED);
  });
});

describe("a session that is refreshed", () => {
  it("lives 30 days from each use, and 90 days in all", () => {
    let current = session("s");
    expect(sessionEndsAt(current)).toBe(NOW + 30 * DAY);
    for (let day = 29; day < 90; day += 29) current = rotated(current, NOW + day * DAY);
    expect(current.idleUntil).toBe(NOW + (87 + 30) * DAY);
    expect(sessionEndsAt(current)).toBe(NOW + 90 * DAY);
  });
  it("lives no longer by a token that is shown again", () => {
    const next = rotated(session("s"), NOW);
    const again = refresh(next, 0, NOW + 9 * SECOND);
    expect(again.ok && again.value.session.idleUntil).toBe(NOW + 30 * DAY);
  });
});

describe("any number of tabs and a thief", () => {
  const step = fc.record({
    back: fc.nat(3),
    wait: fc.constantFrom(0, 1, SECOND, 10 * SECOND - 1, 10 * SECOND, 10 * SECOND + 1, DAY),
  });
  /** Naive: all tokens ever handed out, each with when it was first shown. */
  interface Handed {
    readonly generation: number;
    shownAt: number | null;
  }
  it("get what a naive list of all tokens says", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let [now, current] = [NOW, session("s")];
        const handed: Handed[] = [{ generation: 0, shownAt: null }];
        for (const { back, wait } of steps) {
          now += wait;
          const token = handed.at(-1 - back) ?? (handed[0] as Handed);
          const successor = handed[token.generation + 1];
          const result = refresh(current, token.generation, now);
          if (token.shownAt === null) {
            token.shownAt = now;
            handed.push({ generation: token.generation + 1, shownAt: null });
            expect(result).toMatchObject({ ok: true, value: { kind: "rotated" } });
          } else if (successor?.shownAt === null && now - token.shownAt <= 10 * SECOND) {
            expect(result).toMatchObject({
              ok: true,
              value: { kind: "repeated", session: current },
            });
          } else expect(result).toEqual(REUSED);
          if (!result.ok) return;
          current = result.value.session;
          expect(current.generation).toBe(handed.length - 1);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
