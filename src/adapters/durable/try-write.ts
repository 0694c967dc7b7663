import type { ObjectStorage } from "./platform.ts";

const PROBE = "probe";

/** A write and its removal: a full or lost storage refuses them. */
export function tryWrite(kv: ObjectStorage["kv"]): void {
  kv.put(PROBE, true);
  kv.delete(PROBE);
}
