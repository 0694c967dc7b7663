import { createHmac, createSecretKey, hkdfSync } from "node:crypto";
import type { DeriveMac } from "../../core/secrets/mac.ts";

const KEY_BYTES = 32;

/**
 * By Node's own crypto, at once: WebCrypto sends each message to a thread and back, which costs
 * several times the HMAC itself.
 */
export const nodeMac: DeriveMac = (secret, info) => {
  const derived = hkdfSync("sha256", secret, new Uint8Array(), info, KEY_BYTES);
  const key = createSecretKey(new Uint8Array(derived));
  return (message) => new Uint8Array(createHmac("sha256", key).update(message).digest());
};
