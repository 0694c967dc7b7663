import type { ClientSource } from "../../core/address/client-source.ts";
import type { FailureOf } from "../../core/failure.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Gateway } from "../../flows/gateway.ts";
import type { AdmissionFailure } from "../../flows/sessions/admit-caller.ts";
import type { Admitted } from "../../flows/sessions/admitted.ts";
import { CLIENT_GONE, type HeaderList } from "../../ports/upstream.ts";
import { countAll, fieldCounters, sourceCounters } from "../count-requests.ts";
import { findRule } from "../find-rule.ts";
import type { CachedOwnership } from "../judge/cached-ownership.ts";
import { type JudgedRequest, type JudgeFailure, judgeRequest } from "../judge/judge-request.ts";
import { readQuery, writeQuery } from "../judge/judged-query.ts";
import type { Policy, PolicyRule } from "../policy/policy.ts";
import { reviewFor } from "../review-for.ts";
import { watchWrite } from "../watch-write.ts";
import type { AskedRequest } from "./asked-request.ts";

/** What the decisions rest on. */
export interface ForwardRules {
  readonly policy: Policy;
  /** Cached for a few seconds by `cachedOwnership`. */
  readonly ownership: CachedOwnership;
}

/** One question of a proxy about a client's request. */
export interface ForwardQuestion {
  readonly asked: AskedRequest;
  /** The client's own head, of which only `Authorization` is read. */
  readonly fields: HeaderList;
  readonly source: ClientSource;
}

/** The part of a request or answer that only a proxy of our own could judge. */
export type NeedsProxy = "body" | "query" | "answer" | "login";

export type ForwardFailure =
  | AdmissionFailure
  | JudgeFailure
  | FailureOf<"rate-limited">
  | { readonly reason: "route-denied"; readonly needsProxy?: NeedsProxy };

export interface ForwardDecision {
  /** The pattern of the path, for the log; null where the policy knows none. */
  readonly route: string | null;
  readonly answer: Result<Allowed, ForwardFailure>;
}

interface Allowed {
  /** Null on a public route. */
  readonly caller: Admitted | null;
  /** Whether the same answer holds for a few seconds: nothing was counted, nothing is watched. */
  readonly mayBeKept: boolean;
}

/**
 * Decides for another proxy by the rules of our own. That proxy forwards the request as it came
 * and its answer as it comes: a rule that judges a body, an answer or a login, or that overwrites
 * a part of the query, is a refusal here.
 */
export async function decideForward(
  gateway: Gateway,
  { ownership, policy }: ForwardRules,
  { asked, fields, source }: ForwardQuestion,
): Promise<ForwardDecision> {
  const found = policy.find(asked.method, asked.path);
  const route = found?.pattern ?? null;
  const entered = await findRule(gateway, found, { fields });
  if (!entered.ok) return { route, answer: entered };
  const { caller, rule } = entered.value;
  const needsProxy = neededProxy(rule);
  if (needsProxy !== null) {
    return { route, answer: fail({ reason: "route-denied", needsProxy }) };
  }
  const early = await countAll(gateway, sourceCounters(rule, source));
  if (!early.ok) return { route, answer: early };
  const params = found?.params ?? {};
  const parts = {
    params,
    query: asked.query,
    contentType: null,
    contentEncoding: null,
    body: null,
  };
  const claims = caller && { sub: caller.sub, customer_v2_id: caller.customerId };
  const lookUps = { ...ownership, phone: gateway.rules.phone };
  const judged = await judgeRequest(rule, parts, claims, lookUps);
  if (!judged.ok) return { route, answer: judged };
  if (!isSentAsJudged(rule, asked, judged.value)) {
    return { route, answer: fail({ reason: "request-malformed" }) };
  }
  const { counted, ends } = judged.value.fields;
  const late = await countAll(gateway, fieldCounters(rule, counted, source));
  if (!late.ok) return { route, answer: late };
  // The write comes later and its outcome is unknown here, as if the connection had broken off.
  const review = await reviewFor(gateway, rule, ends);
  if (review !== null) watchWrite(gateway, review)(CLIENT_GONE);
  const mayBeKept = rule.limits.length === 0 && review === null;
  return { route, answer: ok({ caller, mayBeKept }) };
}

function neededProxy(rule: PolicyRule): NeedsProxy | null {
  if (rule.login !== null) return "login";
  if (rule.judgesBody) return "body";
  if (rule.judgesAnswer) return "answer";
  return rule.set.length > 0 ? "query" : null;
}

/** The proxy forwards the query as it came: it must be the one that was judged. */
function isSentAsJudged(rule: PolicyRule, asked: AskedRequest, judged: JudgedRequest): boolean {
  if (!rule.judgesQuery) return true;
  const pairs = readQuery(asked.query);
  if (pairs === null || writeQuery(pairs) !== judged.query) return false;
  const spelled = asked.query.replaceAll("+", "%20");
  return spelled === judged.query || pairs.length === 0;
}
