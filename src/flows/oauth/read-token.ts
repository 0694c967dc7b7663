import { findSession } from "../../core/sessions/user-record.ts";
import type { VerifiedAccess } from "../../ports/tokens.ts";
import type { Gateway } from "../gateway.ts";
import { readRefreshToken } from "../sessions/issue-tokens.ts";
import type { Caller } from "../sessions/read-caller.ts";
import { readUserRecord } from "../state/change-record.ts";

/** The live session of a token that a client shows. */
export interface ReadToken extends Caller {
  /** Null for a refresh token. */
  readonly access: VerifiedAccess | null;
  /** Whether it is an access token, or the session's current refresh token. */
  readonly isCurrent: boolean;
}

type ReadTokenPorts = Pick<Gateway, "keyring" | "rules" | "runtime" | "state" | "tokens">;

/** @returns null for every other text, for an expired token, and for a session that has ended */
export async function readToken(gateway: ReadTokenPorts, token: string): Promise<ReadToken | null> {
  const { keyring, runtime, tokens } = gateway;
  const reference = await readRefreshToken(gateway, token);
  const verified = reference === null ? await tokens.verify(token) : null;
  const access = verified?.ok ? verified.value : null;
  const sid = reference?.sid ?? access?.sid;
  if (sid === undefined) return null;
  const userKey = access === null ? reference?.userKey : await keyring.userKey(access.sub);
  if (userKey === undefined) return null;
  const stored = await readUserRecord(gateway, userKey);
  const session = findSession(stored.record, sid, runtime.now());
  if (session === null) return null;
  const isGenuine = reference?.isOf(session) ?? access?.client_id === session.clientId;
  if (!(await isGenuine)) return null;
  const isCurrent = reference === null || reference.generation === session.generation;
  return { userKey, stored, session, access, isCurrent };
}
