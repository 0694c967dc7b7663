import { createHash } from "node:crypto";

/**
 * The same digests without a trip to the thread pool, which takes most of a model's time: each
 * login works out U* and O*, and a model logs in a hundred thousand times.
 */
crypto.subtle.digest = async (algorithm, data) => {
  const name = typeof algorithm === "string" ? algorithm : algorithm.name;
  const bytes = ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
  return new Uint8Array(createHash(name.replace("-", "")).update(bytes).digest()).buffer;
};
