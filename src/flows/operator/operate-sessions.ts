import type { FailureOf } from "../../core/failure.ts";
import type { SessionId, UserId } from "../../core/ids.ts";
import { ok, type Result } from "../../core/result.ts";
import { togetherWith, withoutAll, withoutDevice } from "../../core/sessions/session-end.ts";
import {
  type Device,
  findSession,
  prunedUserRecord,
  type Session,
  type UserRecord,
} from "../../core/sessions/user-record.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { Gateway } from "../gateway.ts";
import { forgetSessions } from "../sessions/standing-sessions.ts";
import { changeUserRecord, readUserRecord } from "../state/change-record.ts";
import { findUsers } from "./reading/find-users.ts";
import type { SpellingSearch } from "./reading/search-spellings.ts";

type OperateSessionsPorts = Pick<
  Gateway,
  "audit" | "directory" | "keyring" | "process" | "rules" | "runtime" | "state"
>;

export type EndSessionPorts = Omit<OperateSessionsPorts, "directory">;

/** Ends every session of a user, here or on a running gateway. */
export interface EndsSessions {
  endSessions(userId: UserId): Promise<void>;
}

/** The sessions and devices of one user. */
export interface OpenedByUser {
  readonly userId: UserId;
  readonly sessions: readonly Session[];
  readonly devices: readonly Device[];
}

export interface OpenSessions {
  /** Whether the text names anybody. */
  readonly anybody: boolean;
  /** Users with a live session or a known device. */
  readonly users: readonly OpenedByUser[];
}

/**
 * The live sessions and known devices of the person that a phone or an id names. For the operator.
 */
export async function listSessions(
  gateway: OperateSessionsPorts,
  who: string,
  search: SpellingSearch,
): Promise<OpenSessions> {
  const { anybody, ids } = await findUsers(gateway, who, search);
  const read = await Promise.all(ids.map((userId) => openedBy(gateway, userId)));
  const users = read.filter(hasAny);
  return { anybody: anybody || users.length > 0, users };
}

async function openedBy(gateway: OperateSessionsPorts, userId: UserId): Promise<OpenedByUser> {
  const { record } = await readUserRecord(gateway, await gateway.keyring.userKey(userId));
  const { devices, sessions } = prunedUserRecord(record, gateway.runtime.now());
  return { userId, sessions, devices };
}

const hasAny = ({ devices, sessions }: OpenedByUser): boolean =>
  sessions.length + devices.length > 0;

export interface Revocation {
  readonly who: string;
  /** One session, with its device; null: every session and device of all users that `who` names. */
  readonly sid: string | null;
  /** False: only reports the sessions that would end, and writes nothing. */
  readonly apply: boolean;
}

/**
 * Ends sessions and forgets their devices, as for a lost phone. For the operator.
 *
 * @returns the ended sessions, or those that would end. Fails after a lost race: sessions that
 * ended before stay ended, and a second call ends the rest.
 */
export async function revokeSessions(
  gateway: OperateSessionsPorts,
  { apply, sid, who }: Revocation,
  search: SpellingSearch,
): Promise<Result<OpenSessions, FailureOf<"rate-limited">>> {
  const { anybody, users } = await listSessions(gateway, who, search);
  const ended: OpenedByUser[] = [];
  for (const user of users) {
    const ends = apply ? await end(gateway, user.userId, sid) : ok(narrowed(user, sid));
    if (!ends.ok) return ends;
    if (hasAny(ends.value)) ended.push(ends.value);
  }
  return ok({ anybody, users: ended });
}

/** The part of a user's sessions and devices that a revocation ends. */
function narrowed({ devices, sessions, userId }: OpenedByUser, sid: string | null): OpenedByUser {
  if (sid === null) return { userId, sessions, devices };
  const named = sessions.find((session) => session.sid === sid);
  const one = named === undefined ? [] : togetherWith(sessions, named);
  const onIt = devices.filter(({ id }) => one.some(({ device }) => device === id));
  return { userId, sessions: one, devices: onIt };
}

/** Ends every session of a user and forgets the devices, after a change of who may log in. */
export async function endSessionsOf(gateway: EndSessionPorts, userId: UserId): Promise<void> {
  const ended = await end(gateway, userId, null);
  // A record that twelve tries could not write is a store in trouble: the command must say so.
  if (!ended.ok) {
    throw new AdapterError("sessions", "end-all", "unavailable", { cause: undefined });
  }
}

/** Decides on the current record: a login since the listing ends with the others. */
async function end(
  gateway: EndSessionPorts,
  userId: UserId,
  sid: string | null,
): Promise<Result<OpenedByUser, FailureOf<"rate-limited">>> {
  const userKey = await gateway.keyring.userKey(userId);
  const ended = await changeUserRecord(gateway, userKey, (before, now) => {
    const record = prunedUserRecord(before, now);
    const ends = narrowed({ userId, ...record }, sid);
    return { record: hasAny(ends) ? without(record, sid, now) : null, outcome: ok(ends) };
  });
  if (ended.ok && hasAny(ended.value)) {
    forgetSessions(gateway, ended.value.sessions);
    gateway.audit.record({
      name: "sessions.revoked",
      by: "operator",
      userId,
      ...(sid === null ? {} : { sessionId: sid as SessionId }),
      detail: sid === null ? "all" : "one",
    });
  }
  return ended;
}

function without(record: UserRecord, sid: string | null, now: number): UserRecord {
  if (sid === null) return withoutAll(record);
  const session = findSession(record, sid, now);
  return session === null ? record : withoutDevice(record, session);
}
