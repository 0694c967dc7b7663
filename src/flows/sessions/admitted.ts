import type { CustomerId, SessionId, UserId } from "../../core/ids.ts";
import type { Maybe } from "../../core/maybe.ts";
import type { Role } from "../../core/roles.ts";

/** The identity behind a request that will be forwarded. */
export interface Admitted {
  readonly role: Role;
  readonly sub: UserId;
  /** Null for staff, and for a session without a customer. */
  readonly customerId: CustomerId | null;
  /** Null for staff: the backend's own tokens have no session. */
  readonly sessionId: SessionId | null;
  /**
   * The legacy token for the backend, valid for at least a minute. Throws TypeError where
   * `gateway.legacyTokens` is null, AdapterError where a store is down.
   */
  upstreamToken(): Maybe<string>;
}
