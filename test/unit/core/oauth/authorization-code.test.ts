import { describe, expect, test } from "vitest";
import type { ChallengeHandle, CodeId, DeviceId, SessionId } from "../../../../src/core/ids.ts";
import {
  CODE_TTL_MS,
  clientSession,
  grantCode,
  redeemAuthorizationCode,
  type ShownGrant,
} from "../../../../src/core/oauth/authorization-code.ts";
import { loggedOut, withoutDevice } from "../../../../src/core/sessions/session-end.ts";
import {
  type AuthorizationCode,
  addLogin,
  EMPTY_USER_RECORD,
  PAGE_CLIENT,
  type Session,
  succeeded,
  type UserRecord,
  userRecordEndsAt,
  withoutSession,
  withSession,
} from "../../../../src/core/sessions/user-record.ts";
import { NOW } from "../../../support/core/challenge-fixture.ts";
import { publicClient } from "../../../support/core/oauth-client-fixture.ts";
import { device, SESSION_RULES, session } from "../../../support/core/session-fixture.ts";

const REQUEST = {
  client: publicClient(),
  redirectUri: "https://shop.example/cb",
  redirectKind: "https",
  state: null,
  scope: ["offline_access"],
  codeChallenge: "challenge",
  nonce: null,
  since: null,
  wantsConsent: false,
} as const;
const SHOWN: ShownGrant = {
  clientId: "shop",
  redirectUri: REQUEST.redirectUri,
  codeChallenge: "challenge",
};
const PAGE = session("page", NOW, { clientId: PAGE_CLIENT });
const SIGNED_IN: UserRecord = { ...EMPTY_USER_RECORD, sessions: [PAGE] };

const grant = (record: UserRecord, id = "code", now = NOW): UserRecord => {
  const fresh = { id: id as CodeId, seed: "c2VlZA", keyId: "k1" };
  const granted = grantCode(record, PAGE, REQUEST, fresh, now);
  if (granted === null) throw new Error("the page's session has ended");
  return granted;
};

const codeOf = (record: UserRecord, id = "code"): AuthorizationCode => {
  const code = record.codes?.find((entry) => entry.id === id);
  if (code === undefined) throw new Error("no such code");
  return code;
};

function redeem(
  record: UserRecord,
  { shown = SHOWN, now = NOW, sid = "client", id = "code" } = {},
) {
  const code = codeOf(record, id);
  const fresh = { sid: sid as SessionId, seed: "c2VlZA", keyId: "k1", userAgent: "" };
  const open = (page: Session) => clientSession(page, code, fresh, SESSION_RULES.idleTtlMs, now);
  return redeemAuthorizationCode(record, code, shown, open, now);
}

/** The record after a use that succeeds. */
function used(record: UserRecord, options: Parameters<typeof redeem>[1] = {}): UserRecord {
  const { outcome, record: next } = redeem(record, options);
  if (!outcome.ok || next === null) throw new Error("refused");
  return next;
}

const sidsOf = ({ sessions }: UserRecord): readonly string[] => sessions.map(({ sid }) => sid);

describe("an authorization code", () => {
  test("an authorization code gives its client a session beside the page's, as old as the page's proof", () => {
    const { outcome, record } = redeem(grant(SIGNED_IN), { now: NOW + 1000 });
    expect(outcome).toMatchObject({
      ok: true,
      value: {
        clientId: "shop",
        openedBy: "page",
        scope: ["offline_access"],
        authenticatedAt: PAGE.authenticatedAt,
        endsAt: PAGE.endsAt,
        device: null,
      },
    });
    expect(sidsOf(record ?? EMPTY_USER_RECORD)).toEqual(["page", "client"]);
  });

  test.each([
    [CODE_TTL_MS - 1, true],
    [CODE_TTL_MS, false],
    [CODE_TTL_MS + 1, false],
  ])("an authorization code is over after a minute, to the millisecond: %d", (after, good) => {
    const { outcome } = redeem(grant(SIGNED_IN), { now: NOW + after });
    expect(outcome.ok).toBe(good);
    if (!outcome.ok) expect(outcome.failure).toEqual({ because: "expired" });
  });

  test.each([
    ["client", { clientId: "other" }],
    ["redirect", { redirectUri: `${REQUEST.redirectUri}/` }],
    ["verifier", { codeChallenge: "another" }],
    ["verifier", { codeChallenge: "" }],
  ])("a code is refused for another %s, and is not spent by that", (because, more) => {
    const record = grant(SIGNED_IN);
    const refused = redeem(record, { shown: { ...SHOWN, ...more } });
    expect(refused).toEqual({ record: null, outcome: { ok: false, failure: { because } } });
    expect(redeem(record).outcome.ok).toBe(true);
  });

  test("an authorization code gives nothing once the page's session has ended", () => {
    const record = withoutSession(grant(SIGNED_IN), "page");
    expect(redeem(record).outcome).toEqual({ ok: false, failure: { because: "page-ended" } });
    expect(grantCode(record, PAGE, REQUEST, { ...codeOf(record) }, NOW)).toBeNull();
  });

  test("an authorization code used a second time, ends the session that it gave and no other", () => {
    const other = grant(used(grant(SIGNED_IN)), "code-2");
    const both = used(other, { id: "code-2", sid: "client-2" });
    expect(sidsOf(both)).toEqual(["page", "client", "client-2"]);
    const { outcome, record } = redeem(both, { sid: "again" });
    expect(outcome).toEqual({ ok: false, failure: { because: "used", gave: "client" } });
    expect(sidsOf(record ?? EMPTY_USER_RECORD)).toEqual(["page", "client-2"]);
  });

  test("an authorization code used a second time long after its end, ends it all the same", () => {
    const record = used(grant(SIGNED_IN));
    const late = redeem(record, { now: NOW + CODE_TTL_MS + 10 * 60_000 - 1, sid: "again" });
    expect(late.outcome).toEqual({ ok: false, failure: { because: "used", gave: "client" } });
    expect(sidsOf(late.record ?? EMPTY_USER_RECORD)).toEqual(["page"]);
  });

  test.each([
    ["client", { clientId: "other" }],
    ["redirect", { redirectUri: "https://other.example/cb" }],
    ["verifier", { codeChallenge: "another" }],
  ])(
    "a code used again with another %s, ends nothing: who reads logs is no second holder",
    (because, more) => {
      const second = redeem(used(grant(SIGNED_IN)), { shown: { ...SHOWN, ...more }, sid: "again" });
      expect(second).toEqual({ record: null, outcome: { ok: false, failure: { because } } });
    },
  );

  test("an authorization code used a third time, has nothing more to end", () => {
    const ended = redeem(used(grant(SIGNED_IN))).record ?? EMPTY_USER_RECORD;
    expect(redeem(ended)).toEqual({
      record: null,
      outcome: { ok: false, failure: { because: "used", gave: "client" } },
    });
  });

  test("an authorization code keeps its record alive for as long as a second use is looked for", () => {
    const short = { ...PAGE, idleUntil: NOW + 1, endsAt: NOW + 1 };
    const record = grant({ ...EMPTY_USER_RECORD, sessions: [short] });
    expect(userRecordEndsAt(record)).toBe(NOW + CODE_TTL_MS + 10 * 60_000);
  });

  test("an authorization code gives way to newer ones, ten being remembered", () => {
    let record = SIGNED_IN;
    for (let made = 0; made < 12; made++) record = grant(record, `code-${made}`);
    expect(record.codes?.map(({ id }) => id)).toEqual(
      Array.from({ length: 10 }, (_, index) => `code-${index + 2}`),
    );
  });
});

describe("sessions that the login page let in", () => {
  const let_in = (name: string, clientId = "shop", openedBy = "page") =>
    session(name, NOW, { clientId, openedBy: openedBy as SessionId, device: null });

  const direct = session("direct", NOW, { device: "another" as DeviceId });

  test("sessions that the login page let in are three of one client in one browser, of which the oldest gives way", () => {
    let record = withSession(SIGNED_IN, let_in("other", "other"), NOW);
    record = withSession(record, let_in("elsewhere", "shop", "page-2"), NOW);
    for (const name of ["a", "b", "c", "d"]) record = withSession(record, let_in(name), NOW);
    expect(sidsOf(record)).toEqual(["page", "other", "elsewhere", "b", "c", "d"]);
  });

  test("sessions that the login page let in end where the page's session is revoked, and where its owner logs out there", () => {
    let record = withSession(withSession(SIGNED_IN, let_in("a"), NOW), direct, NOW);
    record = withSession(record, let_in("elsewhere", "shop", "page-2"), NOW);
    expect(sidsOf(withoutDevice(record, PAGE))).toEqual(["direct", "elsewhere"]);
    expect(sidsOf(loggedOut(record, PAGE))).toEqual(["direct", "elsewhere"]);
    expect(sidsOf(loggedOut(record, direct))).toEqual(["page", "a", "elsewhere"]);
  });

  test("sessions that the login page let in belong to the browser's next session there, so that a log-out ends them", () => {
    const record = withSession(withSession(SIGNED_IN, let_in("a"), NOW), direct, NOW);
    const next = session("next", NOW, { clientId: PAGE_CLIENT });
    const followed = withSession(succeeded(record, "page", next), next, NOW);
    expect(sidsOf(followed)).toEqual(["a", "direct", "next"]);
    expect(sidsOf(loggedOut(followed, next))).toEqual(["direct"]);
    const notThePage = succeeded(record, "page", session("next"));
    expect(notThePage.sessions.find(({ sid }) => sid === "a")?.openedBy).toBe("page");
  });

  test("sessions that the login page let in stay where the same device logs in at the page again", () => {
    const again = { ...PAGE, sid: "again" as SessionId };
    const before = withSession(SIGNED_IN, let_in("a"), NOW);
    const on = device(`${PAGE.device}`);
    const login = { challenge: "c" as ChallengeHandle, session: again, device: on };
    const after = addLogin(before, login, NOW) ?? before;
    expect(sidsOf(after)).toEqual(["a", "again"]);
    expect(sidsOf(loggedOut(after, again))).toEqual([]);
  });
});
