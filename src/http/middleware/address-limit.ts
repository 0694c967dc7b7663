import type { ClientSource } from "../../core/address/client-source.ts";
import { type FailureOf, rateLimited } from "../../core/failure.ts";
import type { Gateway } from "../../flows/gateway.ts";
import type { LimitState } from "../../ports/limits.ts";
import type { HeaderList } from "../../ports/upstream.ts";

/** The limits that a route can count a client's address by. */
export type AddressLimit = "code-per-address" | "verify-per-address";

/** The count of one request, as headers, and why it is refused, or null. */
export interface CountedAddress {
  readonly headers: HeaderList;
  readonly refusal: FailureOf<"rate-limited"> | null;
}

/** Counts the client's address: a flood costs one counter a request. */
export async function countAddress(
  { limits, runtime }: Pick<Gateway, "limits" | "runtime">,
  { address, network }: ClientSource,
  limit: AddressLimit,
): Promise<CountedAddress> {
  const state = await limits.take({ name: limit, key: address, network });
  const now = runtime.now();
  const refusal = state.allowed ? null : rateLimited("address-limit", now + state.resetMs, now);
  return { headers: rateLimitHeaders(state), refusal };
}

/**
 * The state of an address limit, for the client (draft-ietf-httpapi-ratelimit-headers-10). Never
 * that of the phone's budgets: it would tell a stranger what others did with the number.
 */
function rateLimitHeaders({ remaining, resetMs, window }: LimitState): HeaderList {
  const seconds = Math.max(1, Math.ceil(resetMs / 1000));
  return [
    ["ratelimit-policy", `"address";q=${window.limit};w=${window.windowMs / 1000}`],
    ["ratelimit", `"address";r=${remaining};t=${seconds}`],
  ];
}
