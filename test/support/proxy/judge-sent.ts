import type { OwnershipQuestion } from "../../../src/core/linking/ownership.ts";
import { judgeRequest } from "../../../src/proxy/judge/judge-request.ts";
import { compilePolicy } from "../../../src/proxy/policy/compile-policy.ts";
import type { PolicyRule } from "../../../src/proxy/policy/policy.ts";
import { claims, lookUps } from "./earlybird-policy.ts";

export const utf8 = (text: string) => new TextEncoder().encode(text);

/** The one rule of a policy for customers. */
export function ruleOf(match: string, more: Readonly<Record<string, unknown>>): PolicyRule {
  const policy = compilePolicy({ rules: [{ match, allow: ["customer"], ...more }] });
  const rule = policy.ok ? policy.value.rules[0] : undefined;
  if (rule === undefined) throw new Error(JSON.stringify(policy));
  return rule;
}

interface Sent {
  readonly id?: string;
  readonly query?: string;
  readonly body?: string | Uint8Array<ArrayBuffer> | null;
  readonly contentType?: string | null;
  readonly contentEncoding?: string | null;
}

/** The verdict on a request of the customer c-1. */
export async function judge(
  rule: PolicyRule,
  {
    body = null,
    contentEncoding = null,
    contentType = "application/json",
    id = "c-1",
    query = "",
  }: Sent,
  who = claims("c-1"),
  owns: (question: OwnershipQuestion) => boolean = () => true,
) {
  const bytes = typeof body === "string" ? utf8(body) : body;
  const parts = { params: { id }, query, contentType, contentEncoding, body: bytes };
  return judgeRequest(rule, parts, who, lookUps(owns));
}
export const failure = (reason: string, more = {}) => ({ ok: false, failure: { reason, ...more } });
export const MALFORMED = failure("request-malformed");
export const notOwner = (field: string) => failure("not-owner", { field });
