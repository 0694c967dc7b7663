import type { ClientSource } from "../../core/address/client-source.ts";
import type { FailureOf } from "../../core/failure.ts";
import { andThen, type Maybe } from "../../core/maybe.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Gateway } from "../../flows/gateway.ts";
import type { AdmissionFailure } from "../../flows/sessions/admit-caller.ts";
import type { Admitted } from "../../flows/sessions/admitted.ts";
import { CLIENT_GONE, type HeaderList } from "../../ports/upstream.ts";
import { countAll, fieldCounters, sourceCounters } from "../count-requests.ts";
import { type Entered, findRule } from "../find-rule.ts";
import type { CachedOwnership } from "../judge/cached-ownership.ts";
import { type JudgedRequest, type JudgeFailure, judgeRequest } from "../judge/judge-request.ts";
import { readQuery, writeQuery } from "../judge/judged-query.ts";
import type { Found, Policy, PolicyRule } from "../policy/policy.ts";
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

export interface Allowed {
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
export function decideForward(
  gateway: Gateway,
  rules: ForwardRules,
  question: ForwardQuestion,
): Maybe<ForwardDecision> {
  const { fields } = question;
  const found = rules.policy.find(question.asked.method, question.asked.path);
  const params = found?.params ?? {};
  const answer = andThen(findRule(gateway, found, { fields }), (entered): Maybe<Answer> => {
    if (!entered.ok) return entered;
    const needsProxy = neededProxy(entered.value.rule);
    if (needsProxy !== null) return fail({ reason: "route-denied", needsProxy });
    return judge(gateway, rules, question, { ...entered.value, params });
  });
  const route = found?.pattern ?? null;
  return andThen(answer, (answered) => ({ route, answer: answered }));
}

type Answer = ForwardDecision["answer"];

interface Asked extends Entered {
  readonly params: Found["params"];
}

/** Counts what the rule counts, and judges the target. */
function judge(
  gateway: Gateway,
  { ownership }: ForwardRules,
  { asked, source }: ForwardQuestion,
  { caller, params, rule }: Asked,
): Maybe<Answer> {
  return andThen(countAll(gateway, sourceCounters(rule, source)), (early): Maybe<Answer> => {
    if (!early.ok) return early;
    const parts = {
      params,
      query: asked.query,
      contentType: null,
      contentEncoding: null,
      body: null,
    };
    const claims = caller && { sub: caller.sub, customer_v2_id: caller.customerId };
    const lookUps = { ...ownership, phone: gateway.rules.phone };
    return andThen(judgeRequest(rule, parts, claims, lookUps), (judged): Maybe<Answer> => {
      if (!judged.ok) return judged;
      if (!isSentAsJudged(rule, asked, judged.value)) return fail({ reason: "request-malformed" });
      const { counted, ends } = judged.value.fields;
      const late = countAll(gateway, fieldCounters(rule, counted, source));
      return andThen(late, (all) => (all.ok ? letThrough(gateway, rule, caller, ends) : all));
    });
  });
}

function letThrough(
  gateway: Gateway,
  rule: PolicyRule,
  caller: Admitted | null,
  ends: string | null,
): Maybe<Answer> {
  return andThen(reviewFor(gateway, rule, ends), (review) => {
    // The write comes later and its outcome is unknown here, as if the connection had broken off.
    if (review !== null) watchWrite(gateway, review)(CLIENT_GONE);
    return ok({ caller, mayBeKept: rule.limits.length === 0 && review === null });
  });
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
