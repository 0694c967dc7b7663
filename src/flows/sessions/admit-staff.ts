import { readUser } from "../../core/linking/documents.ts";
import { andThen, type Maybe } from "../../core/maybe.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { StaffClaims } from "../../ports/tokens.ts";
import type { Gateway } from "../gateway.ts";
import type { SessionEnd, StaffMember } from "../state/process-state.ts";
import type { Admitted } from "./admitted.ts";
import { mintForUpstream } from "./mint-for-upstream.ts";

type AdmitStaffPorts = Pick<Gateway, "directory" | "legacyTokens" | "process" | "rules">;

/**
 * A member of staff by the backend's own token. The backend never looks up a token's owner, and
 * gives tokens a day to live; the gateway reads the users document every ten seconds.
 */
export function admitStaff(
  gateway: AdmitStaffPorts,
  { role, sub }: StaffClaims,
): Maybe<Result<Admitted, SessionEnd>> {
  const read = gateway.process.staff.of(sub, () => readMember(gateway, sub));
  return andThen(read, (member) => {
    if (member?.role !== role) return fail({ reason: "token-invalid" });
    const { email } = member;
    const claims = { sub, role, email, customer_v2_id: null };
    // The name holds all claims of the token, so that a new role or e-mail takes effect at once.
    const name = JSON.stringify([sub, role, email]);
    return ok({
      role,
      sub,
      customerId: null,
      sessionId: null,
      upstreamToken: () => mintForUpstream(gateway, name, async () => claims),
    });
  });
}

/** @returns null for no document, an inactive one, or one `id` on several documents */
async function readMember(
  { directory, rules }: Pick<Gateway, "directory" | "rules">,
  sub: StaffClaims["sub"],
): Promise<StaffMember | null> {
  const [document, duplicate] = await directory.findUsers({ ids: [sub] });
  if (document === undefined || duplicate !== undefined) return null;
  const { active, email } = readUser(document, rules.phone);
  return active && !document.idShared ? { role: document.fields["role"], email } : null;
}
