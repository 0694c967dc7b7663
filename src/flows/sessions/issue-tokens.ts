import { concat, storedBytes, toBase64url, uint32 } from "../../core/bytes.ts";
import type { SessionId, UserKey } from "../../core/ids.ts";
import type { Customer, UsableUser } from "../../core/linking/documents.ts";
import { mintBearer, provesSeed, readBearer } from "../../core/secrets/bearer.ts";
import { type Session, sessionEndsAt } from "../../core/sessions/user-record.ts";
import type { IssueOptions } from "../../ports/tokens.ts";
import type { Gateway } from "../gateway.ts";
import { generationJti, JTI_RANDOM_BYTES } from "./token-generation.ts";

export const SESSION_ID_BYTES = 16;

/** The tokens of a login and of every refresh. */
export interface TokenSet {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  readonly refreshToken: string;
  readonly refreshExpiresInSeconds: number;
  /** The scopes of a client of OAUTH_CLIENTS; undefined for direct logins. */
  readonly scope: readonly string[] | undefined;
  /** For a client with the scope `openid`. */
  readonly idToken?: string;
  readonly user: UsableUser;
  readonly customer: Customer | null;
}

/** @returns null where the session's key has left SECRET_KEYS */
export async function issueTokens(
  gateway: Pick<Gateway, "keyring" | "runtime" | "tokens">,
  userKey: UserKey,
  session: Session,
  customer: Customer | null,
  user: UsableUser,
): Promise<TokenSet | null> {
  const { keyring, runtime } = gateway;
  const locator = refreshLocator(userKey, session);
  const seed = storedBytes(session.seed);
  const refreshToken = await mintBearer(keyring, "refresh", session.keyId, locator, seed);
  if (refreshToken === null) return null;
  return {
    ...(await issueAccessToken(gateway, session)),
    refreshToken,
    refreshExpiresInSeconds: Math.ceil((sessionEndsAt(session) - runtime.now()) / 1000),
    scope: session.scope,
    user,
    customer,
  };
}

/** Only the session's access token. @param options a life other than ACCESS_TOKEN_TTL */
export async function issueAccessToken(
  { keyring, runtime, tokens }: Pick<Gateway, "keyring" | "runtime" | "tokens">,
  session: Session,
  options: Pick<IssueOptions, "ttlSeconds"> = {},
): Promise<Pick<TokenSet, "accessToken" | "expiresInSeconds">> {
  const claims = {
    sub: session.userId,
    client_id: session.clientId,
    customer_v2_id: session.customerId,
    role: "customer",
    sid: session.sid,
    auth_time: Math.floor(session.authenticatedAt / 1000),
    amr: session.amr,
  } as const;
  const jti = await generationJti(keyring, session, runtime.randomBytes(JTI_RANDOM_BYTES));
  const named = jti === null ? options : { ...options, jti };
  const { expiresInSeconds, token } = await tokens.issue(claims, named);
  return { accessToken: token, expiresInSeconds };
}

const USER_KEY_BYTES = 16;
const LOCATOR_BYTES = USER_KEY_BYTES + SESSION_ID_BYTES + 4;

/** The session that a refresh token names, before any store is read. */
export interface RefreshReference {
  readonly userKey: UserKey;
  readonly sid: SessionId;
  readonly generation: number;
  /** Whether this session's seed made the token. */
  isOf(session: Session): Promise<boolean>;
}

/** @returns null for a token that this gateway never made, without a read of the store */
export async function readRefreshToken(
  { keyring }: Pick<Gateway, "keyring">,
  token: string,
): Promise<RefreshReference | null> {
  const bearer = await readBearer(keyring, "refresh", LOCATOR_BYTES, token);
  if (bearer === null) return null;
  const { locator } = bearer;
  const sidEnd = USER_KEY_BYTES + SESSION_ID_BYTES;
  return {
    userKey: toBase64url(locator.subarray(0, USER_KEY_BYTES)) as UserKey,
    sid: toBase64url(locator.subarray(USER_KEY_BYTES, sidEnd)) as SessionId,
    generation: new DataView(locator.buffer, locator.byteOffset).getUint32(sidEnd),
    isOf: ({ seed }) => provesSeed(keyring, "refresh", bearer, storedBytes(seed)),
  };
}

/** The user's record, the session in it, and the generation. */
const refreshLocator = (userKey: UserKey, { sid, generation }: Session) =>
  concat(storedBytes(userKey), storedBytes(sid), uint32(generation));
