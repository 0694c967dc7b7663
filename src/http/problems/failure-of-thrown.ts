import { AdapterError } from "../../ports/adapter-error.ts";
import type { AnyFailureOf } from "./problems.ts";

/** A store that is down is asked for again after this long. */
export const RETRY_AFTER_SECONDS = 5;

/** What was thrown is a store that is down, or a fault of ours: a client learns no more. */
export function failureOfThrown(thrown: unknown): AnyFailureOf<"store-unavailable" | "internal"> {
  const isDown = thrown instanceof AdapterError && thrown.kind === "unavailable";
  return isDown
    ? { reason: "store-unavailable", retryAfterSeconds: RETRY_AFTER_SECONDS }
    : { reason: "internal" };
}
