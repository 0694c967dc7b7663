import type { Gateway } from "../../flows/gateway.ts";
import type { ForwardAuth } from "../../http/proxied/answer-forward.ts";
import { cachedOwnership } from "../../proxy/judge/cached-ownership.ts";
import type { Policy } from "../../proxy/policy/policy.ts";
import type { CompleteSettings } from "./complete-settings.ts";

/** Whether the policy is needed: for our own proxy, or for another one that asks. */
export const needsPolicy = ({ proxy }: Pick<CompleteSettings, "proxy">): boolean =>
  proxy.upstreamUrl !== null || proxy.forwardAuthFamily !== null;

/** The answers for the proxy of FORWARD_AUTH, or null. */
export function openForwardAuth(
  { proxy }: Pick<CompleteSettings, "proxy">,
  policy: Policy | null,
  { ownership, runtime }: Pick<Gateway, "ownership" | "runtime">,
): ForwardAuth | null {
  const { forwardAuthFamily: family, forwardAuthSecret: secret } = proxy;
  if (family === null || secret === null || policy === null) return null;
  return { family, secret, policy, ownership: cachedOwnership(ownership, runtime.now) };
}
