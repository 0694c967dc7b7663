/** HMAC-SHA-256 of a message under one key; synchronous where the platform can. */
export type Mac = (
  message: Uint8Array<ArrayBuffer>,
) => Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>>;

/**
 * Makes the Mac under the 32 bytes that HKDF (RFC 5869, SHA-256, empty salt) derives from a secret.
 */
export type DeriveMac = (
  secret: Uint8Array<ArrayBuffer>,
  info: Uint8Array<ArrayBuffer>,
) => Mac | Promise<Mac>;

/** By WebCrypto, which every platform has. Its keys cannot be exported. */
export const webcryptoMac: DeriveMac = async (secret, info) => {
  const material = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
  const key = await crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info },
    material,
    { name: "HMAC", hash: "SHA-256", length: 256 },
    false,
    ["sign"],
  );
  return async (message) => new Uint8Array(await crypto.subtle.sign("HMAC", key, message));
};
