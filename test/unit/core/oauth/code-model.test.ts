import fc from "fast-check";
import { expect, it } from "vitest";
import type { CodeId, DeviceId, SessionId } from "../../../../src/core/ids.ts";
import {
  clientSession,
  grantCode,
  redeemAuthorizationCode,
} from "../../../../src/core/oauth/authorization-code.ts";
import { loggedOut, withoutDevice } from "../../../../src/core/sessions/session-end.ts";
import {
  EMPTY_USER_RECORD,
  findSession,
  PAGE_CLIENT,
  type Session,
  type UserRecord,
} from "../../../../src/core/sessions/user-record.ts";
import { NOW, SECOND } from "../../../support/core/challenge-fixture.ts";
import { publicClient } from "../../../support/core/oauth-client-fixture.ts";
import { SESSION_RULES, session } from "../../../support/core/session-fixture.ts";

const MINUTE = 60 * SECOND;
const GOOD = { clientId: "shop", redirectUri: "https://shop.example/cb", codeChallenge: "right" };
/** Fewer than a record remembers, so that no code gives way to a newer one. */
const MOST_CODES = 10;

const wait = fc.constantFrom(0, 0, 1, SECOND, MINUTE - 1, MINUTE, MINUTE + 1, 11 * MINUTE);
const page = fc.constantFrom("page-1", "page-2");
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ does: fc.constant("grant"), wait, page }) },
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant("redeem"),
      wait,
      /** Counted back from the newest. */
      back: fc.nat(3),
      wrong: fc.constantFrom(null, null, null, "clientId", "redirectUri", "codeChallenge"),
    }),
  },
  fc.record({ does: fc.constantFrom("log-out", "revoke"), wait, page }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const WORDS = { clientId: "client", redirectUri: "redirect", codeChallenge: "verifier" } as const;

/** What the history knows of one code. */
interface Known {
  readonly id: CodeId;
  readonly page: string;
  readonly at: number;
  gave: SessionId | null;
  ended: boolean;
}

class World {
  record: UserRecord = {
    ...EMPTY_USER_RECORD,
    sessions: ["page-1", "page-2"].map((sid) =>
      session(sid, NOW, { clientId: PAGE_CLIENT, device: `device-of-${sid}` as DeviceId }),
    ),
  };
  now = NOW;
  readonly codes: Known[] = [];
  readonly gone = new Set<string>();

  run(does: Step): void {
    this.now += does.wait;
    if (does.does === "grant" && "page" in does) this.grant(does.page);
    else if ("back" in does) this.redeem(does.back, does.wrong);
    else if ("page" in does) this.end(does.page, does.does === "revoke");
    this.check();
  }

  private grant(sid: string): void {
    if (this.codes.length === MOST_CODES) return;
    const id = `code-${this.codes.length}` as CodeId;
    const client = publicClient();
    const { codeChallenge, redirectUri } = GOOD;
    const request = { client, codeChallenge, redirectUri, redirectKind: "https" } as const;
    const asked = {
      ...request,
      state: null,
      scope: [],
      nonce: null,
      since: null,
      wantsConsent: false,
    };
    const fresh = { id, seed: "c2VlZA", keyId: "k1" };
    const next = grantCode(this.record, { sid: sid as SessionId }, asked, fresh, this.now);
    expect(next === null).toBe(this.gone.has(sid));
    if (next === null) return;
    this.record = next;
    this.codes.push({ id, page: sid, at: this.now, gave: null, ended: false });
  }

  private redeem(back: number, wrong: keyof typeof WORDS | null): void {
    const known = this.codes.at(-1 - back);
    const code = this.record.codes?.find(({ id }) => id === known?.id);
    if (known === undefined || code === undefined) return;
    const shown = wrong === null ? GOOD : { ...GOOD, [wrong]: "another" };
    const sid = `session-of-${known.id}` as SessionId;
    const fresh = { sid, seed: "c2VlZA", keyId: "k1", userAgent: "" };
    const open = (from: Session) =>
      clientSession(from, code, fresh, SESSION_RULES.idleTtlMs, this.now);
    const { outcome, record } = redeemAuthorizationCode(this.record, code, shown, open, this.now);
    expect(outcome.ok ? "good" : outcome.failure.because).toBe(this.judge(known, wrong));
    if (!outcome.ok && outcome.failure.because === "used") known.ended = true;
    if (outcome.ok) known.gave = sid;
    else if (outcome.failure.because !== "used") expect(record).toBeNull();
    this.record = record ?? this.record;
  }

  /** What must come of a use, told from the history alone. */
  private judge({ at, gave, page: from }: Known, wrong: keyof typeof WORDS | null): string {
    if (wrong !== null) return WORDS[wrong];
    if (gave !== null) return "used";
    if (this.now - at >= MINUTE) return "expired";
    return this.gone.has(from) ? "page-ended" : "good";
  }

  private end(sid: string, revoked: boolean): void {
    const standing = findSession(this.record, sid, this.now);
    if (standing === null) return;
    this.gone.add(sid);
    this.record = revoked ? withoutDevice(this.record, standing) : loggedOut(this.record, standing);
    for (const known of this.codes.filter((one) => one.page === sid)) known.ended = true;
  }

  /** A session of a client comes of one use of one code, and an ended one never comes back. */
  private check(): void {
    const live = this.record.sessions.filter(({ openedBy }) => openedBy !== undefined);
    const given = this.codes.filter(({ ended, gave }) => gave !== null && !ended);
    const sids = given.map(({ gave }) => gave);
    expect(new Set(live.map(({ sid }) => sid)).size).toBe(live.length);
    expect(live.filter(({ sid }) => !sids.includes(sid))).toEqual([]);
    for (const from of ["page-1", "page-2"]) {
      expect(live.filter(({ openedBy }) => openedBy === from).length).toBeLessThanOrEqual(3);
    }
  }
}

it("whatever is granted, used, used again, logged out and revoked, a code gives one session at most", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const world = new World();
      for (const one of steps) world.run(one);
    }),
    { numRuns: 1_000 },
  );
});
