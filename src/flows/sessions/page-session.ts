import { concat, storedBytes, toBase64url } from "../../core/bytes.ts";
import type { UserKey } from "../../core/ids.ts";
import { ok } from "../../core/result.ts";
import { mintBearer, provesSeed, readBearer } from "../../core/secrets/bearer.ts";
import {
  findSession,
  PAGE_CLIENT,
  type Session,
  type UserRecord,
} from "../../core/sessions/user-record.ts";
import type { Gateway } from "../gateway.ts";
import { changeUserRecord, readUserRecord } from "../state/change-record.ts";
import type { ConfirmPorts } from "./confirm-link.ts";
import { SESSION_ID_BYTES } from "./issue-tokens.ts";
import type { Caller } from "./read-caller.ts";
import { reconfirm } from "./reconfirm.ts";

/**
 * A live session of the login page, as it was read. An access token never stands for one: a client
 * must not be able to let other clients in.
 */
export interface PageSession extends Caller {
  readonly shownBy: "page-cookie";
}

const USER_KEY_BYTES = 16;
/** Use is noted at most this often, so that not every page view costs a write. */
const NOTED_EVERY_MS = 3_600_000;

/** The cookie's value. @returns null where the session's key has left SECRET_KEYS */
export function mintPageCookie(
  { keyring }: Pick<Gateway, "keyring">,
  userKey: UserKey,
  { keyId, seed, sid }: Session,
): Promise<string | null> {
  const locator = concat(storedBytes(userKey), storedBytes(sid));
  return mintBearer(keyring, "page", keyId, locator, storedBytes(seed));
}

/**
 * The session of the login page's cookie. It ends like every session: idle, at its absolute end, by
 * its owner, or where customer and user no longer stand, which is read again every 15 minutes.
 *
 * @returns null for a forged cookie, an ended session, and a key that has left SECRET_KEYS
 */
export async function readPageSession(
  gateway: ConfirmPorts,
  cookie: string | undefined,
): Promise<PageSession | null> {
  const { keyring, runtime } = gateway;
  const length = USER_KEY_BYTES + SESSION_ID_BYTES;
  const bearer = cookie === undefined ? null : await readBearer(keyring, "page", length, cookie);
  if (bearer === null) return null;
  const userKey = toBase64url(bearer.locator.subarray(0, USER_KEY_BYTES)) as UserKey;
  const sid = toBase64url(bearer.locator.subarray(USER_KEY_BYTES));
  const stored = await readUserRecord(gateway, userKey);
  const session = findSession(stored.record, sid, runtime.now());
  if (session === null || session.clientId !== PAGE_CLIENT) return null;
  if (!(await provesSeed(keyring, "page", bearer, storedBytes(session.seed)))) return null;
  if ((await reconfirm(gateway, session)) !== null) return null;
  noteUse(gateway, userKey, session);
  return { shownBy: "page-cookie", userKey, session, stored };
}

/** Extends the idle life, after the answer. The next call repeats a lost note. */
function noteUse(
  gateway: Pick<Gateway, "rules" | "runtime" | "state">,
  userKey: UserKey,
  { rotatedAt, sid }: Session,
): void {
  const { rules, runtime } = gateway;
  if (runtime.now() < rotatedAt + NOTED_EVERY_MS) return;
  const decide = (record: UserRecord, now: number) => {
    const standing = findSession(record, sid, now);
    if (standing === null) return { record: null, outcome: ok(undefined) };
    const used = { ...standing, rotatedAt: now, idleUntil: now + rules.session.idleTtlMs };
    const sessions = record.sessions.map((other) => (other === standing ? used : other));
    return { record: { ...record, sessions }, outcome: ok(undefined) };
  };
  runtime.defer("note-page-use", async () => {
    await changeUserRecord(gateway, userKey, decide);
  });
}
