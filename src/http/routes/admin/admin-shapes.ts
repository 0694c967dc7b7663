import * as z from "zod/mini";

/**
 * The answers for an operator, on the wire and by `doorstep ... --json` alike. They hold no secret:
 * no seed, key, token or code. present-person.ts fills them.
 */

const text = z.string();
const time = z.nullable(text);
/** A stored field of any type; left out where the document has none. */
const stored = z.optional(z.unknown());

const lane = z.object({
  /** The customer of the lane's known devices; null: the phone's common lane. */
  customer_id: z.nullable(text),
  failures: z.int(),
  wrong_codes: z.int(),
  locked_until: time,
  sends: z.int(),
  send_allowed_at: time,
});

const session = z.object({
  sid: text,
  client_id: text,
  customer_id: z.nullable(text),
  user_agent: text,
  created_at: text,
  last_used_at: text,
  expires_at: text,
});

const user = z.object({
  key: text,
  id: z.nullable(text),
  name: text,
  stored: z.object({ id: stored, role: stored, phone: stored, customer_v2_id: stored }),
  rank: z.nullable(text),
  ties: z.array(text),
  faults: z.array(text),
  sessions: z.array(session),
});

export const personShape = z.object({
  phones: z.array(z.object({ phone: text, locked_until: time, lanes: z.array(lane) })),
  customers: z.array(
    z.object({
      key: text,
      id: text,
      name: text,
      status: text,
      stored: z.object({ phone: stored, user_id: stored }),
      users: z.array(user),
      login: text,
      because: text,
    }),
  ),
  others: z.array(user),
  broken: z.array(
    z.object({ key: text, stored: z.object({ id: stored, phone: stored, user_id: stored }) }),
  ),
  /** False where the search ended before every record was read. */
  complete: z.boolean(),
  /** Whether a person was found, with nothing to fix. */
  clean: z.boolean(),
});

export const unlockedShape = z.object({
  phone: text,
  applied: z.boolean(),
  /** The lanes that were cleared or would be, with their former counters. */
  lanes: z.array(lane),
});

const openedByUsers = {
  /** Whether the text names anybody. */
  anybody: z.boolean(),
  users: z.array(z.object({ user_id: text, sessions: z.array(session), known_devices: z.int() })),
  complete: z.boolean(),
};

export const openSessionsShape = z.object(openedByUsers);
export const revokedShape = z.object({ ...openedByUsers, applied: z.boolean() });

export type Person = z.output<typeof personShape>;
export type PersonUser = z.output<typeof user>;
export type UnlockReport = z.output<typeof unlockedShape>;
export type SessionsReport = z.output<typeof openSessionsShape>;
export type Revoked = z.output<typeof revokedShape>;
export type LaneReport = z.output<typeof lane>;
export type SessionReport = z.output<typeof session>;
