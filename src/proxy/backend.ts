import type { Origin } from "../core/address/origin.ts";
import type { SharedRoom } from "../core/shared-room.ts";
import type { Upstream } from "../ports/upstream.ts";
import type { CachedOwnership } from "./judge/cached-ownership.ts";
import type { Policy } from "./policy/policy.ts";

/** The legacy backend, and the rules in front of it. */
export interface Backend {
  readonly policy: Policy;
  readonly upstream: Upstream;
  /** `http://127.0.0.1:9885`: no answer may name it. */
  readonly origin: Origin;
  /** Bound on the bytes of a body that is forwarded without being judged. */
  readonly maxUploadBytes: number;
  /** The memory for bodies and answers that are judged: `judgedRoom`. */
  readonly judged: SharedRoom;
  /** Cached for a few seconds by `cachedOwnership`. */
  readonly ownership: CachedOwnership;
}
