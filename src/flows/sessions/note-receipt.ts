import type { UserKey } from "../../core/ids.ts";
import type { Maybe } from "../../core/maybe.ts";
import { ok } from "../../core/result.ts";
import { awaitsReceipt, withReceipt } from "../../core/sessions/refresh.ts";
import { findSession, type Session, type UserRecord } from "../../core/sessions/user-record.ts";
import type { VerifiedAccess } from "../../ports/tokens.ts";
import type { Gateway } from "../gateway.ts";
import { changeUserRecord, type Stored } from "../state/change-record.ts";
import { isOfGeneration } from "./token-generation.ts";

type NoteReceiptPorts = Pick<Gateway, "keyring" | "process" | "rules" | "runtime" | "state">;

/**
 * Records after the answer that an access token of the session's current generation passed: its
 * client has the refresh token of the same answer, and no longer needs the previous one.
 *
 * Once a generation: the record is written only where the receipt is missing, and this process asks
 * the record once. The next call repeats a lost note.
 *
 * @param session as it was read, perhaps some seconds ago
 * @param start the record, where the caller has just read it
 */
export function noteReceipt(
  gateway: NoteReceiptPorts,
  userKey: () => Promise<UserKey>,
  session: Session,
  access: VerifiedAccess,
  start?: Stored<UserRecord>,
): Maybe<void> {
  if (!awaitsReceipt(session)) return;
  if (gateway.process.receipts.get(session.sid) === session.generation) return;
  return noteFirst(gateway, userKey, session, access, start);
}

async function noteFirst(
  gateway: NoteReceiptPorts,
  userKey: () => Promise<UserKey>,
  session: Session,
  { jti }: VerifiedAccess,
  start?: Stored<UserRecord>,
): Promise<void> {
  const { generation, sid } = session;
  const { receipts } = gateway.process;
  if (!(await isOfGeneration(gateway.keyring, session, jti))) return;
  receipts.set(sid, generation);
  gateway.runtime.defer("note-receipt", async () => {
    try {
      await writeReceipt(gateway, await userKey(), session, start);
    } catch (error) {
      receipts.delete(sid);
      throw error;
    }
  });
}

async function writeReceipt(
  gateway: Pick<Gateway, "rules" | "runtime" | "state">,
  userKey: UserKey,
  { generation, sid }: Session,
  start?: Stored<UserRecord>,
): Promise<void> {
  const decide = (record: UserRecord, now: number) => {
    const standing = findSession(record, sid, now);
    const noted = standing && withReceipt(standing, generation, now);
    if (noted === null) return { record: null, outcome: ok(undefined) };
    const sessions = record.sessions.map((other) => (other === standing ? noted : other));
    return { record: { ...record, sessions }, outcome: ok(undefined) };
  };
  await changeUserRecord(gateway, userKey, decide, start);
}
