import type { FailureOf } from "../failure.ts";
import { fail, ok, type Result } from "../result.ts";
import type { Session, SessionRules } from "./user-record.ts";

/** `rotated`: a new generation, to be written; `repeated`: the same successor once more. */
export type Refresh = { readonly kind: "rotated" | "repeated"; readonly session: Session };

/**
 * What a genuine refresh token of `generation` does to its session (RFC 9700 section 4.14.2).
 *
 * Two tabs may show one token within the grace time: both get the same successor, as long as
 * nobody has used that successor (then the shown generation is two behind). Any later use of an
 * old token means that two parties hold the session, and it ends.
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
      idleUntil: now + rules.idleTtlMs,
    };
    return ok({ kind: "rotated", session: rotated });
  }
  const inGrace =
    generation === session.generation - 1 && Math.abs(now - session.rotatedAt) <= rules.graceMs;
  return inGrace ? ok({ kind: "repeated", session }) : fail({ reason: "refresh-reused" });
}
