import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ChallengeHandle, CustomerId, PhoneKey } from "../../../../src/core/ids.ts";
import { loggedOut, withoutAll, withoutDevice } from "../../../../src/core/sessions/session-end.ts";
import {
  addLogin,
  EMPTY_USER_RECORD,
  findSession,
  PAGE_CLIENT,
  prunedUserRecord,
  type Session,
  sessionEndsAt,
  type UserRecord,
  userRecordEndsAt,
  withoutSession,
} from "../../../../src/core/sessions/user-record.ts";
import { DAY, MINUTE, NOW } from "../../../support/core/challenge-fixture.ts";
import { device, logIn, session } from "../../../support/core/session-fixture.ts";

const names = (count: number, from = 0) => Array.from({ length: count }, (_, n) => `h${from + n}`);
const must = (record: UserRecord | null): UserRecord => {
  if (record === null) throw new Error("refused");
  return record;
};
const loggedIn = (challenges: readonly string[], before = EMPTY_USER_RECORD): UserRecord =>
  challenges.reduce((record, challenge) => must(logIn(record, challenge)), before);
const sids = ({ sessions }: UserRecord) => sessions.map(({ sid }) => sid);
const ids = ({ devices }: UserRecord) => devices.map(({ id }) => id);

describe("a login", () => {
  it("a login spends its challenge: a second one by the same code is refused", () => {
    const once = loggedIn(["h1"]);
    expect(logIn(once, "h1")).toBeNull();
    expect(logIn(once, "h1", device("another"))).toBeNull();
    expect(logIn(once, "h2")).not.toBeNull();
  });
  it("a login is remembered longer than the proof can live, whatever ends the sessions meanwhile", () => {
    const once = loggedIn(["h1"]);
    const ended = [
      withoutAll(once),
      withoutSession(once, "h1"),
      withoutDevice(once, session("h1")),
    ];
    for (const record of [once, ...ended]) {
      for (const at of [NOW, NOW + 2 * MINUTE, NOW + 4 * MINUTE - 1]) {
        expect(logIn(record, "h1", device("d"), at)).toBeNull();
        expect(userRecordEndsAt(record)).toBeGreaterThan(at);
      }
    }
    expect(logIn(once, "h1", device("d"), NOW + 4 * MINUTE)).not.toBeNull();
  });
  it("a login keeps ten sessions and ten devices; the oldest gives way", () => {
    const record = loggedIn(names(12));
    expect(sids(record)).toEqual(names(10, 2));
    expect(ids(record)).toEqual(names(10, 2).map((name) => `device-of-${name}`));
  });
  it("a login on a known device replaces that device's session and renews the device", () => {
    const later = NOW + DAY;
    const known = device("d", later);
    const before = must(
      logIn(loggedIn(["a"], must(logIn(EMPTY_USER_RECORD, "b", device("d")))), "c"),
    );
    const record = must(logIn(before, "again", known, later));
    expect(sids(record)).toEqual(["a", "c", "again"]);
    expect(record.devices.at(-1)).toEqual(known);
    expect(ids(record)).toEqual(["device-of-a", "device-of-c", "d"]);
  });
  it("a login drops devices of a customer or a phone that the user has no longer", () => {
    const before = loggedIn(["a", "b"]);
    const linked = { customerId: "c-2" as CustomerId };
    expect(ids(must(logIn(before, "c", device("c", NOW, linked))))).toEqual(["c"]);
    const moved = { phoneKey: "another-phone" as PhoneKey };
    expect(ids(must(logIn(before, "c", device("c", NOW, moved))))).toEqual(["c"]);
  });
});

describe("a login of the old web app", () => {
  const compat = (before: UserRecord, name: string, more: Partial<Session> = {}): UserRecord =>
    must(
      addLogin(
        before,
        {
          challenge: name as ChallengeHandle,
          session: session(name, NOW, { clientId: "compat", device: null, ...more }),
          device: null,
        },
        NOW,
      ),
    );
  const several = (list: readonly string[], before = EMPTY_USER_RECORD) =>
    list.reduce((record, name) => compat(record, name), before);

  it("a login of the old web app is a session without a device, and spends its challenge", () => {
    const record = compat(EMPTY_USER_RECORD, "web");
    expect(sids(record)).toEqual(["web"]);
    expect(record.devices).toEqual([]);
    expect(logIn(record, "web")).toBeNull();
  });
  it("a login of the old web app leaves room for the others: three at most, and the oldest of them gives way", () => {
    const before = several(["w1", "w2"], loggedIn(["a", "b"]));
    expect(sids(several(["w3", "w4", "w5"], before))).toEqual(["a", "b", "w3", "w4", "w5"]);
  });
  it("a login of the old web app counts among the ten, whose oldest gives way whatever it is", () => {
    const before = several(["w1"], loggedIn(names(9)));
    expect(sids(several(["w2", "w3", "w4"], before))).toEqual([...names(7, 2), "w2", "w3", "w4"]);
    const full = loggedIn(["h9"], several(["w1"], loggedIn(names(8))));
    expect(sids(loggedIn(["h10"], full))).toEqual([...names(7, 1), "w1", "h9", "h10"]);
  });
  it("a login of the old web app ends no other session, of a device or of its own kind", () => {
    const before = loggedIn(["a"]);
    expect(sids(several(["w1", "w2"], before))).toEqual(["a", "w1", "w2"]);
    expect(ids(several(["w1", "w2"], before))).toEqual(["device-of-a"]);
  });
  it("a login of the old web app drops devices of a customer or a phone that the user has no longer", () => {
    const before = loggedIn(["a"]);
    expect(ids(compat(before, "w", { customerId: "c-2" as CustomerId }))).toEqual([]);
    expect(ids(compat(before, "w", { phoneKey: "another-phone" as PhoneKey }))).toEqual([]);
  });
  it("a login of the old web app stands beside the login page in one browser, and one log-out ends both", () => {
    const on = device("d");
    const page = session("page", NOW, { clientId: PAGE_CLIENT, device: on.id });
    const web = session("web", NOW, { clientId: "compat", device: on.id });
    const challenge = "c" as ChallengeHandle;
    const before = { ...loggedIn(["a"]), devices: [on] };
    const signedIn = { ...before, sessions: [...before.sessions, page] };
    const both = must(addLogin(signedIn, { challenge, session: web, device: on }, NOW));
    expect(sids(both)).toEqual(["a", "page", "web"]);
    for (const one of [page, web]) {
      expect(sids(loggedOut(both, one))).toEqual(["a"]);
      expect(ids(loggedOut(both, one))).toContain("d");
      expect([sids(withoutDevice(both, one)), ids(withoutDevice(both, one))]).toEqual([["a"], []]);
    }
  });
  it("a login of the old web app ends alone: no device is forgotten with it", () => {
    const record = compat(loggedIn(["a"]), "w");
    const left = withoutDevice(record, session("w", NOW, { device: null }));
    expect(sids(left)).toEqual(["a"]);
    expect(ids(left)).toEqual(["device-of-a"]);
  });
});

describe("the end of a session", () => {
  it("the end of a session is found to the millisecond", () => {
    const record = loggedIn(["h1"]);
    const endsAt = NOW + 30 * DAY;
    expect(findSession(record, "h1", endsAt - 1)?.sid).toBe("h1");
    for (const at of [endsAt, endsAt + 1]) {
      expect(findSession(record, "h1", at)).toBeNull();
      expect(prunedUserRecord(record, at).sessions).toEqual([]);
    }
    expect(sessionEndsAt(session("s", NOW, { endsAt: NOW + 1 }))).toBe(NOW + 1);
  });
  it("the end of a session by its owner leaves the device known; as a loss or a theft it does not", () => {
    const record = loggedIn(["a", "b"]);
    const [, b] = record.sessions;
    expect(withoutSession(record, "b")).toEqual({
      ...record,
      sessions: record.sessions.slice(0, 1),
    });
    const lost = withoutDevice(record, b ?? session("none"));
    expect([sids(lost), ids(lost)]).toEqual([["a"], ["device-of-a"]]);
  });
  it("the end of a session of all leaves nothing but the memory of spent codes", () => {
    const record = loggedIn(["a", "b"]);
    expect(withoutAll(record)).toEqual({ ...EMPTY_USER_RECORD, redeemed: record.redeemed });
  });
  it("the end of a session that is asked for under an unknown name changes nothing", () => {
    const record = loggedIn(["a"]);
    for (const sid of ["", "__proto__", "A"]) {
      expect(findSession(record, sid, NOW)).toBeNull();
      expect(withoutSession(record, sid)).toEqual(record);
    }
  });
});

describe("a device", () => {
  it("a device is known for 180 days, to the millisecond, also without a session", () => {
    const record = loggedIn(["h1"]);
    const at = (ms: number) => prunedUserRecord(record, NOW + 180 * DAY + ms);
    expect([-1, 0, 1].map((ms) => at(ms).devices.length)).toEqual([1, 0, 0]);
    expect(userRecordEndsAt(record)).toBe(NOW + 180 * DAY);
  });
});

describe("whatever happens to a user", () => {
  const step = fc.record({
    kind: fc.constantFrom("login", "login", "login", "again", "end", "lose", "all"),
    which: fc.nat(12),
    wait: fc.constantFrom(0, MINUTE, DAY, 31 * DAY, 181 * DAY),
  });
  const play = (
    record: UserRecord,
    kind: string,
    which: number,
    challenge: string,
    now: number,
  ) => {
    const of = record.sessions[which % Math.max(1, record.sessions.length)];
    if (kind === "all") return withoutAll(record);
    if (of === undefined || kind === "login")
      return must(logIn(record, challenge, device(`d${which}`, now), now));
    if (kind === "end") return withoutSession(record, of.sid);
    if (kind === "lose") return withoutDevice(record, of);
    // The same code again; after four minutes its challenge is long gone.
    if (now < of.authenticatedAt + 4 * MINUTE)
      expect(logIn(record, of.sid, device("d", now), now)).toBeNull();
    return record;
  };
  it("a code gives one session, the record stays small, and ends after all that is in it", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
        let [record, now] = [EMPTY_USER_RECORD as UserRecord, NOW];
        for (const [index, { kind, wait, which }] of steps.entries()) {
          now += wait;
          record = play(record, kind, which, `h${index}`, now);
          expect(record.sessions.length).toBeLessThanOrEqual(10);
          expect(record.devices.length).toBeLessThanOrEqual(10);
          expect(new Set(sids(record)).size).toBe(record.sessions.length);
          expect(new Set(ids(record)).size).toBe(record.devices.length);
          expect(prunedUserRecord(record, userRecordEndsAt(record))).toEqual(EMPTY_USER_RECORD);
          if (userRecordEndsAt(record) > now)
            expect(prunedUserRecord(record, userRecordEndsAt(record) - 1)).not.toEqual(
              EMPTY_USER_RECORD,
            );
        }
      }),
      { numRuns: 100 },
    );
  });
});
