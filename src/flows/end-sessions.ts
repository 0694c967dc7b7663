import type { FailureOf } from "../core/failure.ts";
import { fail, ok, type Result } from "../core/result.ts";
import {
  findSession,
  type UserRecord,
  withoutAll,
  withoutDevice,
  withoutSession,
} from "../core/user-record.ts";
import type { Caller } from "./authenticate.ts";
import { changeUserRecord } from "./change-record.ts";
import type { Gateway } from "./gateway.ts";

type Ended = Result<void, FailureOf<"rate-limited">>;

/** Ends this device's session. The device stays known: its owner is likely to come back. */
export async function logOut(gateway: Gateway, { session, userKey }: Caller): Promise<Ended> {
  const ended = await change(gateway, userKey, (record) => withoutSession(record, session.sid));
  const { sid: sessionId, userId } = session;
  gateway.audit.record({ name: "session.ended", sessionId, userId, detail: "logged out" });
  return ended;
}

/** Ends every session of the user and forgets every device. */
export async function revokeAllSessions(gateway: Gateway, caller: Caller): Promise<Ended> {
  const ended = await change(gateway, caller.userKey, withoutAll);
  gateway.audit.record({ name: "sessions.revoked", userId: caller.session.userId, detail: "all" });
  return ended;
}

/** Ends one session of the same user and forgets its device, as when a phone was lost. */
export async function revokeSession(
  gateway: Gateway,
  caller: Caller,
  sid: string,
): Promise<Result<void, FailureOf<"rate-limited" | "not-found">>> {
  const session = findSession(caller.record, sid, gateway.runtime.now());
  if (session === null) return fail({ reason: "not-found" });
  const ended = await change(gateway, caller.userKey, (record) => withoutDevice(record, session));
  const { sid: sessionId, userId } = session;
  gateway.audit.record({ name: "sessions.revoked", sessionId, userId, detail: "one" });
  return ended;
}

function change(
  gateway: Gateway,
  userKey: Caller["userKey"],
  without: (record: UserRecord) => UserRecord,
): Promise<Ended> {
  return changeUserRecord(gateway, userKey, (record) => ({
    record: without(record),
    outcome: ok(undefined),
  }));
}
