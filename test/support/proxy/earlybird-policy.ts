import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CustomerId, UserId } from "../../../src/core/ids.ts";
import type { FieldQuestion, OwnershipQuestion } from "../../../src/core/linking/ownership.ts";
import type { Role } from "../../../src/core/roles.ts";
import type { LookUps } from "../../../src/proxy/judge/judge-documents.ts";
import { type JudgedParts, judgeRequest } from "../../../src/proxy/judge/judge-request.ts";
import { OWN_PATHS } from "../../../src/proxy/policy/own-paths.ts";
import {
  type Claims,
  type Policy,
  type PolicyRule,
  ruleFor,
} from "../../../src/proxy/policy/policy.ts";
import { readPolicy } from "../../../src/proxy/policy/read-policy.ts";
import { canonicalTarget } from "../../../src/proxy/wire/canonical-target.ts";

/** policy/earlybird.json, compiled as the gateway does it. */
export function earlybirdPolicy(): Policy {
  const text = readFileSync(join(import.meta.dirname, "../../../policy/earlybird.json"), "utf8");
  const policy = readPolicy(text, { ownPaths: OWN_PATHS });
  if (!policy.ok) throw new Error(JSON.stringify(policy.failure));
  return policy.value;
}

export const claims = (customer: string | null, user = "u-1"): Claims => ({
  sub: user as UserId,
  customer_v2_id: customer as CustomerId | null,
});

/** What a test's store says; a field is what no document has, unless `stored` says otherwise. */
export const lookUps = (
  owns: (question: OwnershipQuestion) => boolean,
  stored: (question: FieldQuestion) => { readonly value: unknown } | null = () => null,
): LookUps => ({
  isOwner: async (question) => owns(question),
  readField: async (question) => stored(question),
  phone: { defaultRegion: "IN", allowedCountries: ["IN"] },
});

export interface SentCall {
  readonly method: string;
  /** Path and query, as a client spells them. */
  readonly target: string;
  readonly role: Role | null;
  readonly claims: Claims | null;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly contentType?: string | null;
  readonly contentEncoding?: string;
}

/** A call from its spelling to what would be forwarded, as the proxy puts the parts together. */
export async function judgeCall(
  policy: Policy,
  call: SentCall,
  owns: (question: OwnershipQuestion) => boolean = () => false,
  stored?: (question: FieldQuestion) => { readonly value: unknown } | null,
) {
  const target = canonicalTarget(`http://door.example${call.target}`);
  if (!target.ok) return target;
  const { path, query } = target.value;
  const found = policy.find(call.method, path);
  const rule = found && ruleFor(found, call.role);
  if (!rule) return { ok: false, failure: { reason: "route-denied" } } as const;
  const asked: OwnershipQuestion[] = [];
  const verdict = await judgeRequest(
    rule,
    partsOf(call, found.params, query),
    call.claims,
    lookUps((question) => {
      asked.push(question);
      return owns(question);
    }, stored),
  );
  return verdict.ok
    ? ({ ok: true, value: { ...verdict.value, path, rule, asked } } as const)
    : verdict;
}

/** The rule for a call, or null: denied. */
export function decided(
  policy: Policy,
  method: string,
  path: string,
  role: Role | null,
): PolicyRule | null {
  const found = policy.find(method, path);
  return found && ruleFor(found, role);
}

function partsOf(call: SentCall, params: JudgedParts["params"], query: string): JudgedParts {
  const { body = null, contentEncoding = null, contentType = "application/json" } = call;
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  return {
    params,
    query,
    contentType: body === null ? null : contentType,
    contentEncoding,
    body: bytes,
  };
}
