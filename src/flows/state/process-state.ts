import { LRUCache } from "lru-cache";
import type { ClientSource } from "../../core/address/client-source.ts";
import type { FailureOf } from "../../core/failure.ts";
import type { Phone, PhoneKey } from "../../core/ids.ts";
import type { Customer } from "../../core/linking/documents.ts";
import type { Session } from "../../core/sessions/user-record.ts";
import type { Runtime } from "../../ports/runtime.ts";
import type { LegacyTokens, StaffClaims, VerifiedAccess } from "../../ports/tokens.ts";
import { createProbeLimit, type ProbeLimit } from "./probe-limit.ts";
import { createReadiness, type Readiness } from "./readiness.ts";
import { createTimedCache, type TimedCache } from "./timed-cache.ts";

/** A session that ended on any node is refused on this one after this time at the latest. */
const SESSION_GOOD_MS = 10_000;
/** A change to a staff member's record takes effect after this time at the latest. */
const STAFF_GOOD_MS = 10_000;
/** Customer and user of a session are read again after this time (LINKING "Around it"). */
export const LINK_GOOD_MS = 15 * 60_000;
/** A legacy token with less time left is made anew, because the backend may be slow to read it. */
const LEAST_LEFT_MS = 60_000;

/** The stand-in's staff e-mail is looked up again after this time. */
const STAFF_EMAIL_GOOD_MS = 10 * 60_000;

const MAX_TOKENS = 10_000;
const MAX_SESSIONS = 10_000;
const MAX_STAFF = 1_000;
const MAX_REFUSALS = 10_000;

/** The claims of a token with a valid signature. */
export type KnownToken =
  | { readonly by: "gateway"; readonly claims: VerifiedAccess }
  | { readonly by: "backend"; readonly claims: StaffClaims };

/** The one users document of an active member of staff. */
export interface StaffMember {
  readonly role: unknown;
  readonly email: string | null;
}

/** The reason why a session's link does not stand. */
export type SessionEnd = FailureOf<"customer-stopped" | "user-inactive" | "token-invalid">;

/** One pass through all customers, shared by every caller that asked before the pass began. */
export interface ScanPass {
  readonly phones: Set<Phone>;
  /** Epoch ms. */
  readonly askedAt: number;
  /** Null: the store failed. */
  readonly found: Promise<ScanFound | null>;
}

/** The outcome of one pass. */
export interface ScanFound {
  readonly customers: readonly Customer[];
  /** False where a bound may have ended the pass before it saw every customer. */
  readonly isWhole: boolean;
}

/** A look-up of several phones at once, shared by every caller that asked before it began. */
export interface LookUpBatch {
  readonly phones: Set<Phone>;
  readonly customers: Promise<readonly Customer[]>;
}

/** The look-ups by index of this process. */
export interface LookUpState {
  /** The place of each look-up that waits, with its source; oldest first. */
  readonly places: Map<symbol, ClientSource & { readonly at: number }>;
  /** The batch that has not begun to look. */
  next: LookUpBatch | null;
  /** The batch that was begun last. */
  last: LookUpBatch | null;
}

/** The passes through the customers of this process. */
export interface ScanState {
  /** The pass that has not begun. */
  next: ScanPass | null;
  /** The pass that began last. */
  last: ScanPass | null;
  /** Epoch ms until which the data counts as free of unlisted spellings. */
  normalUntil: number;
}

/**
 * Everything that one process caches between two requests. No entry is the truth: each is an
 * expiring copy of a store's record, or a note about this process's own work.
 */
export interface ProcessState {
  /** Tokens with a valid signature, by SHA-256, so that a memory dump yields no usable token. */
  readonly tokens: LRUCache<string, KnownToken>;
  /** Members of staff by `users.id`; null: no such active person. */
  readonly staff: TimedCache<StaffMember | null>;
  /** Under its one key, an e-mail that a member of staff logs in with; null: there is none. */
  readonly staffEmail: TimedCache<string | null>;
  /** Sessions by `sid`, as the store had them; null: ended. */
  readonly sessions: TimedCache<Session | null>;
  /** By `sid`, the generation with a recorded receipt. */
  readonly receipts: LRUCache<string, number>;
  /** The last confirmation of a session's link, by `sid`; null: the link stands. */
  readonly links: TimedCache<SessionEnd | null>;
  /** Legacy tokens for the upstream, by the person that they name. */
  readonly minted: TimedCache<Awaited<ReturnType<LegacyTokens["mint"]>>>;
  readonly scan: ScanState;
  readonly lookUps: LookUpState;
  /** Epoch ms at which the codes in a phone's record are over, by phone; oldest first. */
  readonly codesEnd: Map<PhoneKey, number>;
  /** Whether a dependency passed its last check for readiness, by its name. */
  readonly readiness: Readiness;
  readonly probes: ProbeLimit;
  /** Until when a source waits that showed too many wrong secrets of a client; epoch ms. */
  readonly secretRefusals: LRUCache<string, number>;
  /** Windows of the service's ceilings that this process has reported as full; end in epoch ms. */
  readonly fullWindows: Map<string, number>;
  /** The result of the last use or check of the directory. */
  directory: { readonly isUp: boolean; readonly at: number };
  /** The result of the last probe of the message provider, and the start of the last one. */
  provider: { readonly isUp: boolean; readonly probedAt: number };
}

/** The memory of a process that has just started. One for each process: gateways may share it. */
export function createProcessState(
  runtime: Pick<Runtime, "now" | "outlivesClients">,
): ProcessState {
  return {
    tokens: new LRUCache({ max: MAX_TOKENS }),
    staff: createTimedCache(runtime, MAX_STAFF, (readAt) => readAt + STAFF_GOOD_MS),
    staffEmail: createTimedCache(runtime, 1, (readAt) => readAt + STAFF_EMAIL_GOOD_MS),
    sessions: createTimedCache(runtime, MAX_SESSIONS, (readAt) => readAt + SESSION_GOOD_MS),
    receipts: new LRUCache({ max: MAX_SESSIONS }),
    // A link that does not stand is not cached: its session has ended, and answers so itself.
    links: createTimedCache(runtime, MAX_SESSIONS, (readAt, ended) =>
      ended === null ? readAt + LINK_GOOD_MS : readAt,
    ),
    minted: createTimedCache(runtime, MAX_TOKENS, (_, { expiresAt }) => expiresAt - LEAST_LEFT_MS),
    directory: { isUp: true, at: 0 },
    provider: { isUp: true, probedAt: 0 },
    readiness: createReadiness(),
    probes: createProbeLimit(),
    lookUps: { places: new Map(), next: null, last: null },
    codesEnd: new Map(),
    scan: { next: null, last: null, normalUntil: 0 },
    secretRefusals: new LRUCache({ max: MAX_REFUSALS }),
    fullWindows: new Map(),
  };
}
