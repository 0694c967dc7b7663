import { COMPAT_CLIENT, type Session, sessionEndsAt } from "../../core/sessions/user-record.ts";
import type { VerifiedAccess } from "../../ports/tokens.ts";
import type { Gateway } from "../gateway.ts";
import type { ConfirmPorts } from "../sessions/confirm-link.ts";
import { reconfirm } from "../sessions/reconfirm.ts";
import { readToken } from "./read-token.ts";

/** An active token. */
export interface Introspected {
  readonly session: Session;
  /** Null for a refresh token. */
  readonly access: VerifiedAccess | null;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/**
 * What a client with a secret may know about a token (RFC 7662). A service may ask about every
 * customer's access token, because it gets them from other clients; about refresh tokens each client
 * knows its own alone. A token of the old web app is for the gateway only, and never active here.
 *
 * @returns null for an inactive token
 */
export async function introspectToken(
  gateway: ConfirmPorts & Pick<Gateway, "tokens">,
  clientId: string,
  token: string,
): Promise<Introspected | null> {
  const read = await readToken(gateway, token);
  if (!read?.isCurrent || read.session.clientId === COMPAT_CLIENT) return null;
  const { access, session } = read;
  if (access === null && session.clientId !== clientId) return null;
  if ((await reconfirm(gateway, session)) !== null) return null;
  return { session, access, expiresAt: access?.expiresAt ?? sessionEndsAt(session) };
}
