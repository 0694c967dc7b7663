import type { FailureOf } from "../../core/failure.ts";
import type { Session } from "../../core/sessions/user-record.ts";
import type { Gateway } from "../gateway.ts";
import { createMemory, type Memory } from "../state/timed-cache.ts";

/** A session that was ended, on whatever node, is refused after this long at most. */
const SESSION_GOOD_MS = 10_000;
/** How long customer and user need not be read again (LINKING "Around it"). */
export const LINK_GOOD_MS = 15 * 60_000;
const MAX_SESSIONS = 10_000;

type Ended = FailureOf<"customer-stopped" | "user-inactive" | "token-invalid">;

interface Standing {
  /** The session as the store had it, or null where it had ended; by sid. */
  readonly sessions: Memory<Session | null>;
  /** What became of the link when it was last confirmed; null: it stands. */
  readonly links: Memory<Ended | null>;
}

const standings = new WeakMap<Gateway, Standing>();

/** What this process remembers of the sessions in use. */
export function standingOf(gateway: Gateway): Standing {
  const known = standings.get(gateway);
  if (known !== undefined) return known;
  const { runtime } = gateway;
  const standing: Standing = {
    sessions: createMemory(runtime, MAX_SESSIONS, (readAt) => readAt + SESSION_GOOD_MS),
    // A link that does not stand is not remembered: the session has ended, and says so itself.
    links: createMemory(runtime, MAX_SESSIONS, (readAt, ended) =>
      ended === null ? readAt + LINK_GOOD_MS : readAt,
    ),
  };
  standings.set(gateway, standing);
  return standing;
}

/** A session that was ended here is refused here at once; other nodes have their ten seconds. */
export function forgetSessions(gateway: Gateway, sessions: readonly Pick<Session, "sid">[]): void {
  const standing = standingOf(gateway);
  for (const { sid } of sessions) standing.sessions.forget(sid);
}
