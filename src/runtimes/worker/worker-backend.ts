import earlybird from "../../../policy/earlybird.json" with { type: "json" };
import { fetchUpstream } from "../../adapters/fetch/upstream.ts";
import type { Gateway } from "../../flows/gateway.ts";
import type { Backend } from "../../proxy/backend.ts";
import { cachedOwnership } from "../../proxy/judge/cached-ownership.ts";
import { judgedRoom } from "../../proxy/judge/judged-room.ts";
import type { Policy } from "../../proxy/policy/policy.ts";
import { policyOf } from "../shared/backend-policy.ts";
import type { CompleteSettings } from "../shared/complete-settings.ts";

/**
 * For bodies and answers that are judged, in one isolate. An isolate has 128 MB, and what is judged
 * stands there some four times: as bytes, as text, as what is left of it, and as bytes again. Half of
 * the room takes the largest body or answer that a rule allows, 8 MiB.
 */
const JUDGED_BYTES = 24 * 1024 * 1024;

/** The policy in the bundle: a Worker has no files. */
export const bundledPolicy = (): Policy => policyOf(JSON.stringify(earlybird));

/** The legacy backend for a Worker; null where nothing is forwarded. */
export function workerBackend(
  { proxy }: CompleteSettings,
  policy: Policy | null,
  { ownership: stored, runtime }: Gateway,
): Backend | null {
  const { maxUploadBytes, timeoutMs, upstreamUrl: origin } = proxy;
  if (origin === null || policy === null) return null;
  return {
    policy,
    origin,
    ownership: cachedOwnership(stored, runtime.now),
    judged: judgedRoom(JUDGED_BYTES, timeoutMs, runtime.now),
    maxUploadBytes,
    upstream: fetchUpstream({ origin: origin.text, timeoutMs, cache: "no-store" }),
  };
}
