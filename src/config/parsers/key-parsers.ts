import { fromBase64url } from "../../core/bytes.ts";
import { fail, ok } from "../../core/result.ts";
import type { SecretKey } from "../../core/secrets/keyring.ts";
import { isDistinct, list } from "../../core/text-list.ts";
import { PrivateJwksError, readPrivateJwks, type SigningJwk } from "../../tokens/private-jwks.ts";
import type { Parser } from "../setting.ts";

const KEY_BYTES = 32;
const MAX_KEYS = 16;

/** 32 bytes or more in base64 or base64url (RFC 4648), with or without padding. */
export const key: Parser<Uint8Array<ArrayBuffer>> = (text) => {
  const url = text
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/={1,2}$/, "");
  const bytes = fromBase64url(url);
  return bytes !== null && bytes.length >= KEY_BYTES
    ? ok(bytes)
    : fail(`must be at least ${KEY_BYTES} bytes in base64`);
};

const secretKey: Parser<SecretKey> = (text) => {
  const [, id, encoded] = /^([a-z0-9-]{1,16}):(.*)$/.exec(text) ?? [];
  if (id === undefined || encoded === undefined) {
    return fail("must be id:base64, the id of 1 to 16 lower-case letters, digits and hyphens");
  }
  const secret = key(encoded);
  return secret.ok ? ok({ id, secret: secret.value }) : secret;
};

/** `id:base64,id:base64`: the first key makes new secrets, all are accepted. */
export const secretKeys: Parser<readonly [SecretKey, ...SecretKey[]]> = (text) => {
  const keys = list(secretKey, MAX_KEYS)(text);
  if (!keys.ok) return keys;
  const [first, ...others] = keys.value;
  // A key under two names would survive its own rotation.
  if (!isDistinct(keys.value.map(({ secret }) => secret.join()))) {
    return fail("must not hold one key under two ids");
  }
  return first !== undefined && isDistinct(keys.value.map(({ id }) => id))
    ? ok([first, ...others])
    : fail("must not use a key id twice");
};

/** An RFC 7517 set of private keys. */
export const privateJwks: Parser<readonly SigningJwk[]> = (text) => {
  try {
    return ok(readPrivateJwks(text));
  } catch (error) {
    if (!(error instanceof PrivateJwksError)) throw error;
    return fail(error.message.replace(/^JWT_PRIVATE_JWKS /, ""));
  }
};

/** `b64token` of RFC 6750 section 2.1: the characters after `Bearer ` in a header. */
export function bearerToken(min: number): Parser<string> {
  return (text) =>
    /^[\w.~+/-]{1,510}={0,2}$/.test(text) && text.length >= min
      ? ok(text)
      : fail(`must be ${min} to 512 letters, digits and -._~+/`);
}
