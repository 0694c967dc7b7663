import type { FailureOf } from "../../core/failure.ts";
import type { UserKey } from "../../core/ids.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { loggedOut, withoutAll, withoutDevice } from "../../core/sessions/session-end.ts";
import {
  findSession,
  type Session,
  succeeded,
  type UserRecord,
  withoutSession,
} from "../../core/sessions/user-record.ts";
import type { AuditEvent } from "../../ports/audit.ts";
import type { Gateway } from "../gateway.ts";
import { changeUserRecord } from "../state/change-record.ts";
import type { Caller } from "./read-caller.ts";
import { forgetSessions } from "./standing-sessions.ts";

type EndSessionsPorts = Pick<Gateway, "audit" | "process" | "rules" | "runtime" | "state">;

/**
 * Ends this device's sessions, and those of the apps that the login page let in from it. The device
 * stays known: its owner is likely to return.
 */
export async function logOut(
  gateway: EndSessionsPorts,
  caller: Caller,
): Promise<Result<void, FailureOf<"rate-limited">>> {
  const { session } = caller;
  const { sid: sessionId, userId } = session;
  const event = { name: "session.ended", sessionId, userId, detail: "logged out" } as const;
  return change(gateway, caller, event, (record) => loggedOut(record, session));
}

/**
 * Ends a browser's former session at the login page after a new login there. The apps that it let
 * in stay logged in: they are the new session's, where both are of one user.
 *
 * @param next in the record of the user with this key
 */
export async function replaceSession(
  gateway: EndSessionsPorts,
  former: Caller,
  next: { readonly session: Session; readonly userKey: UserKey },
): Promise<void> {
  const { sid: sessionId, userId } = former.session;
  const isSameUser = former.userKey === next.userKey;
  const event = { name: "session.ended", sessionId, userId, detail: "logged in anew" } as const;
  await change(gateway, former, event, (record) =>
    isSameUser ? succeeded(record, sessionId, next.session) : withoutSession(record, sessionId),
  );
}

/** Ends every session of the user and forgets every device. */
export async function revokeAllSessions(
  gateway: EndSessionsPorts,
  caller: Caller,
): Promise<Result<void, FailureOf<"rate-limited">>> {
  const { userId } = caller.session;
  const event = { name: "sessions.revoked", userId, detail: "all" } as const;
  return change(gateway, caller, event, withoutAll);
}

/** Ends one session of the same user and forgets its device, as when a phone was lost. */
export async function revokeSession(
  gateway: EndSessionsPorts,
  caller: Caller,
  sid: string,
): Promise<Result<void, FailureOf<"rate-limited" | "not-found">>> {
  const session = findSession(caller.stored.record, sid, gateway.runtime.now());
  if (session === null) return fail({ reason: "not-found" });
  const { sid: sessionId, userId } = session;
  const event = { name: "sessions.revoked", sessionId, userId, detail: "one" } as const;
  return change(gateway, caller, event, (record) => withoutDevice(record, session));
}

async function change(
  gateway: EndSessionsPorts,
  { stored, userKey }: Caller,
  event: AuditEvent,
  without: (record: UserRecord) => UserRecord,
): Promise<Result<void, FailureOf<"rate-limited">>> {
  const decide = (record: UserRecord) => ({ record: without(record), outcome: ok(undefined) });
  const ended = await changeUserRecord(gateway, userKey, decide, stored);
  if (ended.ok) gateway.audit.record(event);
  forgetSessions(gateway, stored.record.sessions);
  return ended;
}
