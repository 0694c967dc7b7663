import { concat, toBase64url, utf8 } from "../bytes.ts";
import type { Phone, PhoneKey, UserId, UserKey } from "../ids.ts";

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

/** @param keys the first makes, all are accepted (SECRET_KEYS); @param indexKey INDEX_KEY */
export function createKeyring(
  keys: readonly [SecretKey, ...SecretKey[]],
  indexKey: Uint8Array<ArrayBuffer>,
): Keyring {
  const secrets = new Map(keys.map(({ id, secret }) => [id, secret]));
  const derived = new Map<string, CryptoKey>();

  const keyFor = async (label: string, keyId: string, secret: Uint8Array<ArrayBuffer>) => {
    const name = `${label}/${keyId}`;
    // Caches the key and not its promise: on Workers the first caller's request may be cancelled.
    const known = derived.get(name) ?? (await deriveHmacKey(secret, label));
    derived.set(name, known);
    return known;
  };
  const index = async (label: string, value: string) => {
    const key = await keyFor(`index-${label}`, "", indexKey);
    return toBase64url((await hmac(key, [utf8(value)])).subarray(0, INDEX_KEY_BYTES));
  };

  return {
    currentId: keys[0].id,
    async mac(purpose, keyId, ...parts) {
      const secret = secrets.get(keyId);
      return secret ? hmac(await keyFor(purpose, keyId, secret), parts) : null;
    },
    phoneKey: async (phone) => (await index("phone", phone)) as PhoneKey,
    limitKey: (text) => index("limit", text),
    userKey: async (user) => (await index("user", user)) as UserKey,
  };
}

/** RFC 5869 with an empty salt; the label is the `info`. */
async function deriveHmacKey(secret: Uint8Array<ArrayBuffer>, label: string): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
  return crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: utf8(`doorstep/1/${label}`) },
    material,
    { name: "HMAC", hash: "SHA-256", length: 256 },
    false,
    ["sign"],
  );
}

/** The length precedes each part, so that no two lists of parts give one message. */
async function hmac(
  key: CryptoKey,
  parts: readonly Uint8Array[],
): Promise<Uint8Array<ArrayBuffer>> {
  const framed = parts.flatMap((part) => [
    Uint8Array.of(part.length >> 8, part.length & 255),
    part,
  ]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, concat(...framed)));
}
