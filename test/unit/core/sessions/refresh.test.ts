import { describe, expect, it } from "vitest";
import { refreshSession, withReceipt } from "../../../../src/core/sessions/refresh.ts";
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

const received = (of: Session, now: number): Session => {
  const noted = withReceipt(of, of.generation, now);
  if (noted === null) throw new Error("nothing to note");
  return noted;
};

describe("a refresh token", () => {
  it("a refresh token of the current generation turns the session one on, once", () => {
    const result = refresh(session("s"), 0, NOW + SECOND, "k2");
    expect(result).toEqual({
      ok: true,
      value: {
        kind: "rotated",
        session: {
          ...session("s"),
          generation: 1,
          keyId: "k2",
          rotatedAt: NOW + SECOND,
          receivedAt: null,
          idleUntil: NOW + SECOND + 30 * DAY,
        },
      },
    });
  });
  it("a refresh token shown again gets the very same successor, however late, while no receipt is known", () => {
    const next = rotated(session("s"), NOW);
    for (const ms of [-DAY, 0, 1, 10 * SECOND, 10 * SECOND + 1, 29 * DAY])
      expect(refresh(next, 0, NOW + ms, "k2")).toEqual({
        ok: true,
        value: { kind: "repeated", session: next },
      });
  });
  it("a refresh token shown again within ten seconds of the receipt gets the current one, and is then reuse", () => {
    const next = received(rotated(session("s"), NOW), NOW + DAY);
    for (const ms of [0, 1, 10 * SECOND])
      expect(refresh(next, 0, NOW + DAY + ms)).toEqual({
        ok: true,
        value: { kind: "repeated", session: next },
      });
    expect(refresh(next, 0, NOW + DAY + 10 * SECOND + 1)).toEqual(REUSED);
  });
  it("a refresh token is reuse at once when its successor was shown, receipt or not", () => {
    const next = rotated(rotated(session("s"), NOW), NOW);
    expect(refresh(next, 0, NOW)).toEqual(REUSED);
    expect(refresh(next, 1, NOW)).toMatchObject({ ok: true, value: { kind: "repeated" } });
  });
  it("a refresh token is not reuse to a node whose clock is behind, by no more than the grace", () => {
    const next = received(rotated(session("s"), NOW), NOW);
    expect(refresh(next, 0, NOW - 10 * SECOND).ok).toBe(true);
    expect(refresh(next, 0, NOW - 10 * SECOND - 1)).toEqual(REUSED);
  });
  it("a refresh token has the grace alone where an older version of the gateway turned the session", () => {
    const { receivedAt: _, ...next } = rotated(session("s"), NOW);
    expect(refresh(next, 0, NOW + 10 * SECOND).ok).toBe(true);
    expect(refresh(next, 0, NOW + 10 * SECOND + 1)).toEqual(REUSED);
    expect(withReceipt(next, 1, NOW)).toBeNull();
  });
  it("a refresh token of a generation that is still to come is none: an older copy of the store came back", () => {
    for (const generation of [1, 2, 2 ** 32 - 1])
      expect(refresh(session("s"), generation, NOW)).toEqual({
        ok: false,
        failure: { reason: "token-invalid" },
      });
  });
  it("a refresh token has no grace where REFRESH_GRACE is 0, but for the same millisecond", () => {
    const strict = { ...SESSION_RULES, graceMs: 0 };
    const next = received(rotated(session("s"), NOW), NOW);
    expect(refreshSession(next, 0, "k1", strict, NOW).ok).toBe(true);
    expect(refreshSession(next, 0, "k1", strict, NOW + 1)).toEqual(REUSED);
  });
});

describe("a receipt", () => {
  it("a receipt is noted once, and by a token of the current generation alone", () => {
    const next = rotated(session("s"), NOW);
    expect(withReceipt(next, 0, NOW + 1)).toBeNull();
    expect(withReceipt(next, 2, NOW + 1)).toBeNull();
    const noted = withReceipt(next, 1, NOW + 1);
    expect(noted).toEqual({ ...next, receivedAt: NOW + 1 });
    expect(withReceipt(noted as Session, 1, NOW + 2)).toBeNull();
  });
  it("a receipt means nothing before the first turn: there is no token before it", () => {
    expect(withReceipt(session("s"), 0, NOW)).toBeNull();
  });
  it("a receipt of one generation says nothing of the next", () => {
    const next = rotated(received(rotated(session("s"), NOW), NOW), NOW + DAY);
    expect(next.receivedAt).toBeNull();
    expect(refresh(next, 1, NOW + 20 * DAY)).toMatchObject({ value: { kind: "repeated" } });
  });
});

describe("a session that is refreshed", () => {
  it("a session that is refreshed lives 30 days from each use, and 90 days in all", () => {
    let current = session("s");
    expect(sessionEndsAt(current)).toBe(NOW + 30 * DAY);
    for (let day = 29; day < 90; day += 29) current = rotated(current, NOW + day * DAY);
    expect(current.idleUntil).toBe(NOW + (87 + 30) * DAY);
    expect(sessionEndsAt(current)).toBe(NOW + 90 * DAY);
  });
  it("a session that is refreshed lives no longer by a token that is shown again", () => {
    const next = rotated(session("s"), NOW);
    const again = refresh(next, 0, NOW + 9 * SECOND);
    expect(again.ok && again.value.session.idleUntil).toBe(NOW + 30 * DAY);
  });
});
