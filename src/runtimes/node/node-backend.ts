import type { Gateway } from "../../flows/gateway.ts";
import type { Backend } from "../../proxy/backend.ts";
import { cachedOwnership } from "../../proxy/judge/cached-ownership.ts";
import { judgedRoom } from "../../proxy/judge/judged-room.ts";
import type { Policy } from "../../proxy/policy/policy.ts";
import { policyOf } from "../shared/backend-policy.ts";
import type { CompleteSettings } from "../shared/complete-settings.ts";
import { readPolicyText } from "./policy-source.ts";

/** For bodies and answers that are judged, in all. */
const JUDGED_BYTES = 256 * 1024 * 1024;

/** The rules of the proxy, or null where nothing is forwarded. Throws StartError. */
export function nodePolicy({ proxy }: CompleteSettings): Policy | null {
  return proxy.upstreamUrl === null ? null : policyOf(readPolicyText(proxy.policyFile));
}

/** The legacy backend for Node. undici is loaded only where the gateway forwards. */
export async function openBackend(
  { proxy }: CompleteSettings,
  policy: Policy,
  { ownership: stored, runtime }: Gateway,
): Promise<Backend> {
  const { keepAliveMs, maxUploadBytes, timeoutMs, upstreamUrl: origin } = proxy;
  if (origin === null) throw new TypeError("there is no LEGACY_UPSTREAM_URL");
  const { undiciUpstream } = await import("../../adapters/undici/upstream.ts");
  const ownership = cachedOwnership(stored, runtime.now);
  const upstream = undiciUpstream({ origin: origin.text, timeoutMs, keepAliveMs });
  const judged = judgedRoom(JUDGED_BYTES, timeoutMs, runtime.now);
  return { policy, origin, ownership, judged, maxUploadBytes, upstream };
}
