import { readUser } from "../../core/linking/documents.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { StaffClaims } from "../../ports/tokens.ts";
import type { Gateway } from "../gateway.ts";
import { createMemory, type Memory } from "../state/timed-cache.ts";
import type { Admitted } from "./admitted.ts";
import type { EndedBecause } from "./confirm-link.ts";
import { mintForUpstream } from "./mint-for-upstream.ts";

/** What was taken from a member of staff takes effect after this long at most. */
const STAFF_GOOD_MS = 10_000;
const MAX_STAFF = 1_000;

/** The one users document of an active person. */
interface StaffMember {
  readonly role: unknown;
  readonly email: string | null;
}

const staffMembers = new WeakMap<Gateway, Memory<StaffMember | null>>();

/**
 * A member of staff by the backend's own token. The backend never looks a token's person up, and
 * gives tokens a day to live; the gateway reads the users document every ten seconds.
 */
export async function admitStaff(
  gateway: Gateway,
  { role, sub }: StaffClaims,
): Promise<Result<Admitted, EndedBecause>> {
  const member = await membersOf(gateway).of(sub, () => readMember(gateway, sub));
  if (member?.role !== role) return fail({ reason: "token-invalid" });
  const { email } = member;
  const claims = { sub, role, email, customer_v2_id: null };
  // Named by all that the token will say: a new role or e-mail is told at once.
  const name = JSON.stringify([sub, role, email]);
  return ok({
    ...{ role, sub, customerId: null, sessionId: null },
    upstreamToken: () => mintForUpstream(gateway, name, async () => claims),
  });
}

/** @returns null where there is none, an inactive one, or one `id` on several documents */
async function readMember(
  { directory, rules }: Gateway,
  sub: StaffClaims["sub"],
): Promise<StaffMember | null> {
  const [document, twin] = await directory.findUsers({ ids: [sub] });
  if (document === undefined || twin !== undefined) return null;
  const { active, email } = readUser(document, rules.phone);
  return active && !document.idShared ? { role: document.fields["role"], email } : null;
}

function membersOf(gateway: Gateway): Memory<StaffMember | null> {
  const known = staffMembers.get(gateway);
  if (known !== undefined) return known;
  const made = createMemory<StaffMember | null>(
    gateway.runtime,
    MAX_STAFF,
    (readAt) => readAt + STAFF_GOOD_MS,
  );
  staffMembers.set(gateway, made);
  return made;
}
