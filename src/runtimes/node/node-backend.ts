import type { Gateway } from "../../flows/gateway.ts";
import type { Backend } from "../../proxy/backend.ts";
import { cachedOwnership } from "../../proxy/judge/cached-ownership.ts";
import { judgedRoom } from "../../proxy/judge/judged-room.ts";
import type { Policy } from "../../proxy/policy/policy.ts";
import { policyOf } from "../shared/backend-policy.ts";
import type { CompleteSettings } from "../shared/complete-settings.ts";
import { needsPolicy } from "../shared/open-forward-auth.ts";
import { baseReader, readPolicyText } from "./policy-source.ts";

/** For bodies and answers that are judged, in all. */
const JUDGED_BYTES = 256 * 1024 * 1024;

/** The rules of the proxy, or null where no request is judged. Throws StartError. */
export function nodePolicy(settings: CompleteSettings): Policy | null {
  const { policyFile } = settings.proxy;
  return needsPolicy(settings)
    ? policyOf(readPolicyText(policyFile), baseReader(policyFile))
    : null;
}

/** The legacy backend for Node; null where nothing is forwarded. undici is loaded only where the gateway forwards. */
export async function openBackend(
  { proxy }: CompleteSettings,
  policy: Policy | null,
  { ownership: stored, runtime }: Gateway,
): Promise<Backend | null> {
  const { keepAliveMs, maxUploadBytes, timeoutMs, upstreamUrl: origin } = proxy;
  if (origin === null || policy === null) return null;
  const { undiciUpstream } = await import("../../adapters/undici/upstream.ts");
  const ownership = cachedOwnership(stored, runtime.now);
  const upstream = undiciUpstream({ origin: origin.text, timeoutMs, keepAliveMs });
  const judged = judgedRoom(JUDGED_BYTES, timeoutMs, runtime.now);
  return { policy, origin, ownership, judged, maxUploadBytes, upstream };
}
