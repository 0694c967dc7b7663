import {
  concat,
  equalBytes,
  fromBase64url,
  storedBytes,
  toBase64url,
  uint32,
} from "../../core/bytes.ts";
import type { Keyring } from "../../core/secrets/keyring.ts";
import type { Session } from "../../core/sessions/user-record.ts";

/** Random bytes of a `jti`: enough to make it unique. */
export const JTI_RANDOM_BYTES = 12;
const MARK_BYTES = 12;

type Marked = Pick<Session, "generation" | "keyId" | "seed">;

/**
 * The `jti` of an access token, which tells only the gateway the session's generation at its issue:
 * random bytes, and an HMAC over them and the generation under the session's seed. Without seed and
 * key the `jti` looks random. A claim of its own would tell every service how often a customer
 * comes; `iat` counts seconds, and two generations may share one.
 *
 * @param random JTI_RANDOM_BYTES
 * @returns null where the session's key has left SECRET_KEYS
 */
export async function generationJti(
  keyring: Pick<Keyring, "mac">,
  session: Marked,
  random: Uint8Array,
): Promise<string | null> {
  const mark = await markOf(keyring, session, random);
  return mark && toBase64url(concat(random, mark));
}

/** Whether a `jti` was made with the session's current generation. */
export async function isOfGeneration(
  keyring: Pick<Keyring, "mac">,
  session: Marked,
  jti: string,
): Promise<boolean> {
  const bytes = fromBase64url(jti);
  if (bytes?.length !== JTI_RANDOM_BYTES + MARK_BYTES) return false;
  const mark = await markOf(keyring, session, bytes.subarray(0, JTI_RANDOM_BYTES));
  return mark !== null && equalBytes(mark, bytes.subarray(JTI_RANDOM_BYTES));
}

async function markOf(
  keyring: Pick<Keyring, "mac">,
  { generation, keyId, seed }: Marked,
  random: Uint8Array,
): Promise<Uint8Array | null> {
  const parts = [storedBytes(seed), random, uint32(generation)];
  const mac = await keyring.mac("token-generation", keyId, ...parts);
  return mac?.subarray(0, MARK_BYTES) ?? null;
}
