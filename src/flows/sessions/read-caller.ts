import type { FailureOf } from "../../core/failure.ts";
import type { UserKey } from "../../core/ids.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { findSession, type Session, type UserRecord } from "../../core/sessions/user-record.ts";
import type { Gateway } from "../gateway.ts";
import { readUserRecord, type Stored } from "../state/change-record.ts";
import { noteReceipt } from "./note-receipt.ts";

type ReadCallerPorts = Pick<
  Gateway,
  "keyring" | "process" | "rules" | "runtime" | "state" | "tokens"
>;

/** The caller: a live session, in the record it was read from. */
export interface Caller {
  readonly userKey: UserKey;
  readonly session: Session;
  readonly stored: Stored<UserRecord>;
}

/**
 * The caller of one of the gateway's own routes: the session behind an access token, read from the
 * store at every call, so that no token outlives an ended session. `admitCaller` does the same for
 * the proxy, from data that this process read within ten seconds, and also knows staff.
 */
export async function readCaller(
  gateway: ReadCallerPorts,
  accessToken: string | undefined,
): Promise<Result<Caller, FailureOf<"token-missing" | "token-invalid" | "token-expired">>> {
  if (accessToken === undefined) return fail({ reason: "token-missing" });
  const verified = await gateway.tokens.verify(accessToken);
  if (!verified.ok) return verified;
  const { sub, sid } = verified.value;
  const userKey = await gateway.keyring.userKey(sub);
  const stored = await readUserRecord(gateway, userKey);
  const session = findSession(stored.record, sid, gateway.runtime.now());
  if (session === null) return fail({ reason: "token-invalid" });
  await noteReceipt(gateway, async () => userKey, session, verified.value, stored);
  return ok({ userKey, session, stored });
}
