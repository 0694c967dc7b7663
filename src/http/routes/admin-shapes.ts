import * as z from "zod/mini";

/**
 * What an operator is told, on the wire and by `doorstep ... --json` alike. No secret is in it: no
 * seed, no key, no token, no code. present-person.ts fills it.
 */

const text = z.string();
const time = z.nullable(text);
/** A field as it is stored, whatever its type; left out where the document has none. */
const stored = z.optional(z.unknown());

const lane = z.object({
  /** Whose known devices it is for; null: the phone as such. */
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
  /** Whether there is somebody, and nothing to mend. */
  clean: z.boolean(),
});

export const unlockedShape = z.object({
  phone: text,
  applied: z.boolean(),
  /** What was held against the phone, and is forgiven or would be. */
  lanes: z.array(lane),
});

const openedByUsers = {
  /** Whether there is anybody whom the text names. */
  anybody: z.boolean(),
  users: z.array(z.object({ user_id: text, sessions: z.array(session), known_devices: z.int() })),
  complete: z.boolean(),
};

export const openSessionsShape = z.object(openedByUsers);
export const revokedShape = z.object({ ...openedByUsers, applied: z.boolean() });

export type Person = z.output<typeof personShape>;
export type PersonUser = z.output<typeof user>;
export type UnlockedPhone = z.output<typeof unlockedShape>;
export type OpenSessions = z.output<typeof openSessionsShape>;
export type Revoked = z.output<typeof revokedShape>;
export type LaneReport = z.output<typeof lane>;
export type SessionReport = z.output<typeof session>;
