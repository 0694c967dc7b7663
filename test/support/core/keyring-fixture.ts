import { createHmac, hkdfSync } from "node:crypto";
import { createKeyring, type SecretKey } from "../../../src/core/secrets/keyring.ts";

/** A key of 32 bytes that are all the same: tests need different keys, not good ones. */
export const keyOf = (id: string, byte: number): SecretKey => ({
  id,
  secret: new Uint8Array(32).fill(byte),
});

export const OLD = keyOf("k1", 1);
export const NEW = keyOf("k2", 2);
export const INDEX_KEY = new Uint8Array(32).fill(9);

/** Makes under k1 and knows no other. */
export const keyring = createKeyring([OLD], INDEX_KEY);
/** Makes under k2 and still accepts k1. */
export const rotated = createKeyring([NEW, OLD], INDEX_KEY);
/** Has forgotten k1. */
export const forgetful = createKeyring([NEW], INDEX_KEY);

/** What node:crypto, which shares no code with WebCrypto's caller, makes of a purpose and parts. */
export function expectedMac(secret: Uint8Array, label: string, ...parts: Uint8Array[]): Buffer {
  const key = hkdfSync("sha256", secret, new Uint8Array(), `doorstep/1/${label}`, 32);
  const hmac = createHmac("sha256", Buffer.from(key));
  for (const part of parts) {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(part.length);
    hmac.update(length).update(part);
  }
  return hmac.digest();
}

/** Bytes that are the same in every run, all different. */
export const bytes = (length: number, first = 0): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length }, (_, index) => (first + index * 7) & 255);
