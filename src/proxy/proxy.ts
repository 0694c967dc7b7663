import type { FailureOf } from "../core/failure.ts";
import { fail, ok, type Result } from "../core/result.ts";
import type { Hold } from "../core/shared-room.ts";
import type { Gateway } from "../flows/gateway.ts";
import { isRecentSource } from "../flows/login/recent-sources.ts";
import type { AdmissionFailure } from "../flows/sessions/admit-caller.ts";
import type { Counter } from "../ports/limits.ts";
import { CLIENT_GONE, type Forwarded, type UpstreamFailure } from "../ports/upstream.ts";
import type { Backend } from "./backend.ts";
import { countAll, fieldCounters, sourceCounters } from "./count-requests.ts";
import { type Entered, findRule } from "./find-rule.ts";
import { type JudgedRequest, type JudgeFailure, judgeRequest } from "./judge/judge-request.ts";
import { readJudgedBody } from "./judge/judged-body.ts";
import type { Found, PolicyRule, RuleLimit } from "./policy/policy.ts";
import { headerOf, type ProxiedCall } from "./proxied-call.ts";
import { prepareLogin, settleLogin } from "./proxied-login.ts";
import { reviewFor } from "./review-for.ts";
import { type AnswerSite, sendUpstream } from "./send-upstream.ts";
import { watchWrite } from "./watch-write.ts";
import { refusedFraming } from "./wire/refused-framing.ts";

export type ProxyFailure =
  | AdmissionFailure
  | JudgeFailure
  | UpstreamFailure
  | FailureOf<"rate-limited">;

export interface Proxied {
  /** The pattern of the path, for the log: a path may hold an id. */
  readonly route: string;
  readonly answer: Result<Forwarded, ProxyFailure>;
}

/** For a path without a pattern in the policy. */
const NO_ROUTE = "proxy";
const MALFORMED = fail({ reason: "request-malformed" });

/**
 * Judges a request and forwards it where a rule allows it. The forwarded request is the judged one:
 * the canonical path, and the query and the body as the rule read them.
 */
export async function proxy(gateway: Gateway, at: AnswerSite, call: ProxiedCall): Promise<Proxied> {
  const room = at.backend.judged.hold(call.client.source);
  try {
    return await judgeAndSend(gateway, at, call, room);
  } finally {
    room.leave();
  }
}

/** @param room holds the body that is judged until the upstream has answered */
async function judgeAndSend(
  gateway: Gateway,
  at: AnswerSite,
  call: ProxiedCall,
  room: Hold,
): Promise<Proxied> {
  const { method } = call.client.request;
  const { target } = call;
  if (!target.ok || refusedFraming(call.fields) !== null) {
    return { route: NO_ROUTE, answer: MALFORMED };
  }
  const { path, query } = target.value;
  const found = at.backend.policy.find(method, path);
  const route = found?.pattern ?? NO_ROUTE;
  const entered = await findRule(gateway, found, call);
  if (!entered.ok) return { route, answer: entered };
  const { caller, rule } = entered.value;
  const asks = { rule, caller, query, room, params: found?.params ?? {} };
  const judged = await judge(gateway, at.backend, call, asks);
  if (!judged.ok) return { route, answer: judged };
  const login = await prepareLogin(gateway, rule, judged.value);
  if (!login.ok) return { route, answer: login };
  const review = await reviewFor(gateway, rule, judged.value.fields.ends);
  const { asked, body } = login.value;
  const request = { path, query: judged.value.query, body };
  const watched = review === null ? null : watchWrite(gateway, review);
  const answer = await sendUpstream(gateway, at, call, { rule, caller, request, login: asked });
  if (asked !== null) settleLogin(gateway, call, judged.value, answer);
  watched?.(answer.ok ? answer.value.status : CLIENT_GONE);
  return { route, answer };
}

interface Asked extends Entered {
  readonly params: Found["params"];
  readonly query: string;
  readonly room: Hold;
}

interface Judged extends JudgedRequest {
  /** The counters that counted the request. */
  readonly taken: readonly Counter[];
}

/**
 * Counts address and network before the body is read, and a field of the request as soon as it is known.
 */
async function judge(
  gateway: Gateway,
  { ownership }: Backend,
  call: ProxiedCall,
  { caller, params, query, room, rule }: Asked,
): Promise<Result<Judged, ProxyFailure>> {
  const early = await countAll(gateway, sourceCounters(rule, call.source));
  if (!early.ok) return early;
  const read = rule.judgesBody ? await readJudgedBody(rule, call.client.request, room) : ok(null);
  if (!read.ok) return read;
  const contentType = headerOf(call, "content-type");
  const codings = call.fields.filter(([name]) => name === "content-encoding");
  const contentEncoding = codings.length === 0 ? null : codings.join();
  const parts = { params, query, contentType, contentEncoding, body: read.value };
  const claims = caller && { sub: caller.sub, customer_v2_id: caller.customerId };
  const judged = await judgeRequest(rule, parts, claims, {
    ...ownership,
    phone: gateway.rules.phone,
  });
  if (!judged.ok) return judged;
  const late = await countFields(gateway, call, rule, judged.value.fields.counted);
  return late.ok ? ok({ ...judged.value, taken: [...early.value, ...late.value] }) : late;
}

async function countFields(
  gateway: Gateway,
  call: ProxiedCall,
  rule: PolicyRule,
  counted: ReadonlyMap<string, string>,
) {
  const { source } = call;
  const limits = new Map<string, RuleLimit>(rule.limits.map((limit) => [limit.name, limit]));
  // Strangers can spend an e-mail's limits anywhere except at a source that its owner used.
  const isSpared = async ({ name }: Counter) =>
    rule.login !== null &&
    isRecentSource(gateway, counted.get(name) ?? "", sparing(rule, limits.get(name), source));
  return countAll(gateway, fieldCounters(rule, counted, source), isSpared);
}

/**
 * The sources from which a login of late lifts a limit by e-mail. The owner's address passes the
 * limit of its network, where an attacker may have another address; nothing lifts the limit of an
 * address. A network lifts the limit of all sources together only where it has one of its own,
 * which bounds the guesses of an attacker in that network.
 */
function sparing(
  { limits }: PolicyRule,
  limit: RuleLimit | undefined,
  { address, network }: ProxiedCall["source"],
): readonly string[] {
  if (limit === undefined || limit.per === "address") return [];
  const isBounded = limits.some(({ per }) => per === "network");
  return limit.per === null && isBounded ? [address, network] : [address];
}
