import { hash } from "node:crypto";
import type { HashNow } from "../../core/linking/made-user.ts";

/** Node's own hash, without a promise. */
export const hashNow: HashNow = (algorithm, bytes) => hash(algorithm, bytes, "hex");
