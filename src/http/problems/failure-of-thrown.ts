import { AdapterError } from "../../ports/adapter-error.ts";
import type { AnyFailureOf } from "./problems.ts";

/** A client may ask again for a store that is down after this time. */
export const RETRY_AFTER_SECONDS = 5;

/** Any value can be thrown; log and hono know only errors. */
export const asError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error("not an error", { cause: thrown });

/** A thrown value is a store that is down, or a fault of ours: a client learns no more. */
export function failureOfThrown(thrown: unknown): AnyFailureOf<"store-unavailable" | "internal"> {
  const isDown = thrown instanceof AdapterError && thrown.kind === "unavailable";
  return isDown
    ? { reason: "store-unavailable", retryAfterSeconds: RETRY_AFTER_SECONDS }
    : { reason: "internal" };
}
