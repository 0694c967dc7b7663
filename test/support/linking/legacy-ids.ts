import { createHash } from "node:crypto";
import type { RawDocument } from "../../contract/directory/directory-instance.ts";

/** All documents of the legacy collections, in relaxed Extended JSON, each with its `_id`. */
export interface LegacyState {
  readonly customers_v2: readonly RawDocument[];
  readonly users: readonly RawDocument[];
}

export const NATIONALS = ["9876500001", "9876500002", "9876500003"] as const;
export const CUSTOMER_IDS = ["c-1", "c-2", "c-3", "c-4"] as const;
/** What a client may have sent as `id`: the name of a prototype, a phone, an e-mail, a users `_id`. */
export const ODD_IDS = [
  "__proto__",
  "a b",
  "x@y.in",
  NATIONALS[0],
  hexId("users", 1),
  "u-1",
] as const;

/** What U* and O* of LINKING are, worked out apart from `src/core/linking/made-user.ts`. */
export function madeFor(customerId: string): {
  readonly userId: string;
  readonly objectId: string;
} {
  const namespace = Buffer.from("6f7c3d1e5b0a4c629d2ed0035e9a11b7", "hex");
  const sha1 = createHash("sha1").update(namespace).update(customerId, "utf8").digest();
  const hex = sha1.toString("hex");
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  const sha256 = createHash("sha256").update(`doorstep/user/${customerId}`, "utf8").digest("hex");
  return {
    userId: `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20, 32)}`,
    objectId: sha256.slice(0, 24),
  };
}

export function hexId(collection: keyof LegacyState, index: number): string {
  return `65a1b2c3d4e5f6${collection === "users" ? "01" : "02"}0000000${index}`;
}
