import { andThen, type Maybe } from "../../core/maybe.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { findSession, type Session, sessionEndsAt } from "../../core/sessions/user-record.ts";
import type { VerifiedAccess } from "../../ports/tokens.ts";
import type { Gateway } from "../gateway.ts";
import { readUserRecord } from "../state/change-record.ts";
import type { SessionEnd } from "../state/process-state.ts";
import type { Admitted } from "./admitted.ts";
import type { ConfirmPorts } from "./confirm-link.ts";
import { mintForUpstream } from "./mint-for-upstream.ts";
import { noteReceipt } from "./note-receipt.ts";
import { reconfirm } from "./reconfirm.ts";

export type AdmitSessionPorts = ConfirmPorts & Pick<Gateway, "legacyTokens">;

/** The live session behind an access token, read from the store every ten seconds. */
export function admitSession(
  gateway: AdmitSessionPorts,
  claims: VerifiedAccess,
): Maybe<Result<Admitted, SessionEnd>> {
  const { sid, sub } = claims;
  const userKey = () => gateway.keyring.userKey(sub);
  const read = gateway.process.sessions.of(sid, async () => {
    const { record } = await readUserRecord(gateway, await userKey());
    return findSession(record, sid, gateway.runtime.now());
  });
  return andThen(read, (session): ReturnType<typeof admitSession> => {
    if (session === null || !isOf(session, claims) || hasEnded(gateway, session)) {
      return fail({ reason: "token-invalid" });
    }
    return andThen(reconfirm(gateway, session), (ended): ReturnType<typeof admitSession> => {
      if (ended !== null) return fail(ended);
      const noted = noteReceipt(gateway, userKey, session, claims);
      return andThen(noted, () => ok(admitted(gateway, session)));
    });
  });
}

function admitted(gateway: AdmitSessionPorts, session: Session): Admitted {
  const { customerId, sid, userId } = session;
  const role = "customer";
  return {
    role,
    sub: userId,
    customerId,
    sessionId: sid,
    upstreamToken: () =>
      mintForUpstream(gateway, sid, async () => ({
        role,
        sub: userId,
        customer_v2_id: customerId,
        email: await emailOf(gateway, session),
      })),
  };
}

/**
 * A stolen signing key can put any `sid` into a token, but it must be one of the token's own user.
 */
const isOf = ({ clientId, customerId, userId }: Session, claims: VerifiedAccess): boolean =>
  userId === claims.sub && customerId === claims.customer_v2_id && clientId === claims.client_id;

const hasEnded = ({ runtime }: Pick<Gateway, "runtime">, session: Session): boolean =>
  sessionEndsAt(session) <= runtime.now();

/** For the backend only. The e-mail is optional there, and left out where it is not clear. */
async function emailOf(
  { directory }: Pick<Gateway, "directory">,
  { userId }: Session,
): Promise<string | null> {
  const [document, duplicate] = await directory.findUsers({ ids: [userId] });
  const { email, role } = duplicate === undefined ? (document?.fields ?? {}) : {};
  return role === "customer" && typeof email === "string" && email !== "" ? email : null;
}
