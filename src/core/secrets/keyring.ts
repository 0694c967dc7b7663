import { toBase64url, utf8 } from "../bytes.ts";
import type { Phone, PhoneKey, UserId, UserKey } from "../ids.ts";
import { type DeriveMac, type Mac, webcryptoMac } from "./mac.ts";

/** One HKDF label each: a secret derived for one purpose is useless for another. */
export type Purpose =
  | "otp-code"
  | "token-generation"
  | "login-step"
  | "login-choice"
  | "authorization-request"
  | BearerKind
  | `${BearerKind}-check`;

/** The bearer secrets that a client holds; none is stored (docs/architecture.md#derived-secrets). */
export type BearerKind =
  | "challenge"
  | "selection"
  | "voice"
  | "refresh"
  | "device"
  | "page"
  | "code";

export interface SecretKey {
  readonly id: string;
  /** At least 32 bytes. */
  readonly secret: Uint8Array<ArrayBuffer>;
}

/**
 * The keys outside the store. Records hold random seeds and the id of their key, so neither the
 * store nor the keys alone derive a secret, and keys rotate without ending a session.
 */
export interface Keyring {
  /** The key that makes new secrets. */
  readonly currentId: string;
  /** HMAC-SHA-256 over the framed parts, or null where no key has this id. */
  mac(
    purpose: Purpose,
    keyId: string,
    ...parts: Uint8Array[]
  ): Promise<Uint8Array<ArrayBuffer> | null>;
  /** Names a phone's record; does not rotate. */
  phoneKey(phone: Phone): Promise<PhoneKey>;
  /** Names the counter of an address or session; does not rotate. */
  limitKey(text: string): Promise<string>;
  /** Names a user's record; does not rotate. */
  userKey(user: UserId): Promise<UserKey>;
}

const INDEX_KEY_BYTES = 16;

/**
 * @param keys the first makes, all are accepted (SECRET_KEYS)
 * @param indexKey INDEX_KEY
 * @param derive how this platform computes an HMAC; each key is derived once
 */
export function createKeyring(
  keys: readonly [SecretKey, ...SecretKey[]],
  indexKey: Uint8Array<ArrayBuffer>,
  derive: DeriveMac = webcryptoMac,
): Keyring {
  const secrets = new Map(keys.map(({ id, secret }) => [id, secret]));
  const derived = new Map<string, Mac>();

  const macOf = async (label: string, keyId: string, secret: Uint8Array<ArrayBuffer>) => {
    const name = `${label}/${keyId}`;
    // Caches the key and not its promise: on Workers the first caller's request may be cancelled.
    const known = derived.get(name) ?? (await derive(secret, utf8(`doorstep/1/${label}`)));
    derived.set(name, known);
    return known;
  };
  const index = async (label: string, value: string) => {
    const mac = await macOf(`index-${label}`, "", indexKey);
    return toBase64url((await mac(framed([utf8(value)]))).subarray(0, INDEX_KEY_BYTES));
  };

  return {
    currentId: keys[0].id,
    async mac(purpose, keyId, ...parts) {
      const secret = secrets.get(keyId);
      if (secret === undefined) return null;
      const mac = await macOf(purpose, keyId, secret);
      return mac(framed(parts));
    },
    phoneKey: async (phone) => (await index("phone", phone)) as PhoneKey,
    limitKey: (text) => index("limit", text),
    userKey: async (user) => (await index("user", user)) as UserKey,
  };
}

/** The length precedes each part, so that no two lists of parts give one message. */
function framed(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let size = 0;
  for (const part of parts) size += LENGTH_BYTES + part.length;
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all[at++] = part.length >> 8;
    all[at++] = part.length & 255;
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const LENGTH_BYTES = 2;
