import type { FailureOf } from "../failure.ts";
import { fail, ok, type Result } from "../result.ts";
import type { Session, SessionRules } from "./user-record.ts";

/** `rotated`: a new generation, to be written; `repeated`: the current one once more. */
export interface Refresh {
  readonly kind: "rotated" | "repeated";
  readonly session: Session;
}

/**
 * The effect of a genuine refresh token of `generation` on its session (RFC 9700 section 4.14.2).
 *
 * The current generation moves the session one generation on. On a mobile network the answer may
 * get lost, and then the client has only the previous token. So the previous token gives the
 * current token again, however late, until its receipt is known (`withReceipt`). From then on it
 * does so for the grace time, for two tabs that sent one token. After that, and for any older
 * generation at once, two parties hold the session: it must end.
 */
export function refreshSession(
  session: Session,
  generation: number,
  keyId: string,
  rules: SessionRules,
  now: number,
): Result<Refresh, FailureOf<"refresh-reused" | "token-invalid">> {
  if (generation > session.generation) return fail({ reason: "token-invalid" });
  if (generation === session.generation) {
    const rotated: Session = {
      ...session,
      keyId,
      generation: generation + 1,
      rotatedAt: now,
      receivedAt: null,
      idleUntil: now + rules.idleTtlMs,
    };
    return ok({ kind: "rotated", session: rotated });
  }
  const isPrevious = generation === session.generation - 1;
  return isPrevious && maybeLost(session, rules, now)
    ? ok({ kind: "repeated", session })
    : fail({ reason: "refresh-reused" });
}

/** Whether the client may still need the current token. */
function maybeLost(
  { receivedAt, rotatedAt }: Session,
  { graceMs }: SessionRules,
  now: number,
): boolean {
  if (receivedAt === null) return true;
  // Sessions from before receipts were stored have only the grace time.
  return Math.abs(now - (receivedAt ?? rotatedAt)) <= graceMs;
}

/**
 * The session after an access token of `generation` passed the gateway: it came in one answer with
 * the refresh token of that generation, so its client has both.
 *
 * @returns null where that is not new. The first generation has no previous one
 */
export function withReceipt(session: Session, generation: number, now: number): Session | null {
  const isNew = awaitsReceipt(session) && session.generation === generation;
  return isNew ? { ...session, receivedAt: now } : null;
}

export const awaitsReceipt = ({ generation, receivedAt }: Session): boolean =>
  generation > 0 && receivedAt === null;
