import { concat, storedBytes, toBase64url } from "../../core/bytes.ts";
import type { ChallengeHandle, PhoneKey } from "../../core/ids.ts";
import { find } from "../../core/otp/challenge.ts";
import type { Challenge, PhoneRecord } from "../../core/otp/phone-record.ts";
import { entryOf } from "../../core/otp/shared-code.ts";
import { mintBearer, provesSeed, readBearer } from "../../core/secrets/bearer.ts";
import type { Gateway } from "../gateway.ts";

const PHONE_KEY_BYTES = 16;
export const HANDLE_BYTES = 9;
const LOCATOR_BYTES = PHONE_KEY_BYTES + HANDLE_BYTES;

/**
 * `challenge` may try codes; `selection`, issued after the proof, may choose a customer; `voice`
 * names the code in the provider's signed request for it.
 */
type Kind = "challenge" | "selection" | "voice";

/**
 * The challenge that a client's challenge id or selection token names, before any store is read.
 */
export interface ChallengeReference {
  readonly phoneKey: PhoneKey;
  readonly handle: ChallengeHandle;
  /** The code in the record, if one of its challenges has the seed that made this reference. */
  in(record: PhoneRecord): Promise<Challenge | null>;
}

/** @returns null where the challenge's key has left SECRET_KEYS */
export function mintReference(
  { keyring }: Pick<Gateway, "keyring">,
  kind: Kind,
  phoneKey: PhoneKey,
  { handle, keyId, seed }: Pick<Challenge, "handle" | "keyId" | "seed">,
): Promise<string | null> {
  const locator = concat(storedBytes(phoneKey), storedBytes(handle));
  return mintBearer(keyring, kind, keyId, locator, storedBytes(seed));
}

/** @returns null for a reference that this gateway never made, without a read of the store */
export async function readReference(
  { keyring }: Pick<Gateway, "keyring">,
  kind: Kind,
  text: string,
): Promise<ChallengeReference | null> {
  const bearer = await readBearer(keyring, kind, LOCATOR_BYTES, text);
  if (bearer === null) return null;
  const phoneKey = toBase64url(bearer.locator.subarray(0, PHONE_KEY_BYTES)) as PhoneKey;
  const handle = toBase64url(bearer.locator.subarray(PHONE_KEY_BYTES)) as ChallengeHandle;
  return {
    phoneKey,
    handle,
    async in(record) {
      const challenge = find(record, handle);
      const entry = challenge && entryOf(challenge, handle);
      if (challenge === undefined || entry === undefined) return null;
      const proven = await provesSeed(keyring, kind, bearer, storedBytes(entry.seed));
      return proven ? challenge : null;
    },
  };
}
