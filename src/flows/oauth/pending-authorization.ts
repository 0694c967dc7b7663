import {
  equalBytes,
  fromBase64url,
  fromUtf8,
  storedBytes,
  toBase64url,
  utf8,
} from "../../core/bytes.ts";
import { parsedJson } from "../../core/json.ts";
import type { AuthorizationRequest } from "../../core/oauth/authorization-request.ts";
import { findClient, registeredRedirect } from "../../core/oauth/client.ts";
import { formActionOf, needsConfirmation } from "../../core/oauth/redirect-uri.ts";
import type { Gateway } from "../gateway.ts";

/** An authorization that waits for the customer to log in, or to confirm it. */
export interface PendingAuthorization extends AuthorizationRequest {
  /**
   * The whole request as one signed text of at most 2,280 characters. No store keeps it, so that
   * any number of requests fills none. It is no secret: it holds what the client's link held.
   */
  readonly handle: string;
  readonly expiresAt: number;
  /** Whether the customer must confirm, signed in or not. */
  readonly needsConfirmation: boolean;
  /** The source that the page's `form-action` must name beside `'self'`. */
  readonly formAction: string;
}

/** Time for the login: find the phone, wait for the SMS, choose a customer. */
const PENDING_TTL_MS = 3_600_000;
/** A step of the login page keeps the handle in its cookie, and a browser keeps none above 4 KB. */
const MAX_LENGTH = 2_280;
/** A handle of version 1 has no nonce and no `since`. */
const VERSION = 2;

type Sealed = readonly [
  version: number,
  expiresAt: number,
  clientId: string,
  redirectUri: string,
  state: string | null,
  scope: readonly string[],
  codeChallenge: string,
  nonce?: string | null,
  since?: number | null,
  wantsConsent?: 0 | 1,
];

export async function sealAuthorization(
  { keyring, runtime }: Pick<Gateway, "keyring" | "runtime">,
  request: AuthorizationRequest,
): Promise<PendingAuthorization> {
  const { client, codeChallenge, nonce, redirectUri, scope, since, state, wantsConsent } = request;
  const expiresAt = runtime.now() + PENDING_TTL_MS;
  const asked = [state, scope, codeChallenge, nonce, since, wantsConsent ? 1 : 0] as const;
  const sealed: Sealed = [VERSION, expiresAt, client.clientId, redirectUri, ...asked];
  const keyId = keyring.currentId;
  const text = toBase64url(utf8(JSON.stringify(sealed)));
  const mac = await keyring.mac("authorization-request", keyId, utf8(text));
  if (mac === null) throw new TypeError("the current key is in the keyring");
  return pending(request, `${keyId}.${text}.${toBase64url(mac)}`, expiresAt);
}

/**
 * Reads a handle back.
 *
 * @returns null for a changed, forged or old handle, and for a client or a redirect URI that is no
 *   longer registered
 */
export async function readAuthorization(
  { keyring, rules, runtime }: Pick<Gateway, "keyring" | "rules" | "runtime">,
  handle: string,
): Promise<PendingAuthorization | null> {
  const match =
    handle.length <= MAX_LENGTH ? /^([a-z0-9-]{1,16})\.([\w-]+)\.([\w-]{43})$/.exec(handle) : null;
  const [, keyId = "", text = "", shown = ""] = match ?? [];
  const mac = match && (await keyring.mac("authorization-request", keyId, utf8(text)));
  const shownMac = fromBase64url(shown);
  if (!mac || shownMac === null || !equalBytes(mac, shownMac)) return null;
  const sealed = parsedJson(fromUtf8(storedBytes(text)) ?? "") as Sealed;
  const [version, expiresAt, clientId, redirectUri, state, ...more] = sealed;
  const [scope, codeChallenge, nonce = null, since = null, asks = 0] = more;
  if (version > VERSION || expiresAt <= runtime.now()) return null;
  const client = findClient(rules.oauth.clients, clientId);
  const registered = client && registeredRedirect(client, redirectUri);
  if (client === undefined || registered === undefined) return null;
  const redirectKind = registered.kind;
  const wishes = { nonce, scope, since, state, wantsConsent: asks === 1 };
  return pending(
    { client, codeChallenge, redirectKind, redirectUri, ...wishes },
    handle,
    expiresAt,
  );
}

const pending = (
  request: AuthorizationRequest,
  handle: string,
  expiresAt: number,
): PendingAuthorization => ({
  ...request,
  handle,
  expiresAt,
  needsConfirmation: request.wantsConsent || needsConfirmation({ kind: request.redirectKind }),
  formAction: formActionOf(request.redirectUri),
});
