import type { FailureOf } from "../core/failure.ts";
import { andThen, type Maybe } from "../core/maybe.ts";
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
import { type PreparedLogin, prepareLogin, settleLogin } from "./proxied-login.ts";
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
  readonly answer: Maybe<Answer>;
}

type Answer = Result<Forwarded, ProxyFailure>;

/** For a path without a pattern in the policy. */
const NO_ROUTE = "proxy";
const MALFORMED = fail({ reason: "request-malformed" });

/**
 * Judges a request and forwards it where a rule allows it. The forwarded request is the judged one:
 * the canonical path, and the query and the body as the rule read them.
 */
export function proxy(gateway: Gateway, at: AnswerSite, call: ProxiedCall): Proxied {
  const { target } = call;
  if (!target.ok || refusedFraming(call.fields) !== null) {
    return { route: NO_ROUTE, answer: MALFORMED };
  }
  const found = at.backend.policy.find(call.method, target.value.path);
  const route = found?.pattern ?? NO_ROUTE;
  const { path, query } = target.value;
  const answer = andThen(findRule(gateway, found, call), (entered): Maybe<Answer> => {
    if (!entered.ok) return entered;
    const { caller, rule } = entered.value;
    const asked = { rule, caller, path, query, params: found?.params ?? {} };
    return rule.judgesBody
      ? holdAndForward(gateway, at, call, asked)
      : judgeAndForward(gateway, at, call, asked, null);
  });
  return { route, answer };
}

interface Asked extends Entered {
  readonly path: string;
  readonly query: string;
  readonly params: Found["params"];
}

/** The room holds the body that is judged until the upstream has answered. */
async function holdAndForward(
  gateway: Gateway,
  at: AnswerSite,
  call: ProxiedCall,
  asked: Asked,
): Promise<Answer> {
  const room = at.backend.judged.hold(call.client.source);
  try {
    return await judgeAndForward(gateway, at, call, asked, room);
  } finally {
    room.leave();
  }
}

/** @param room null where the rule judges no body */
function judgeAndForward(
  gateway: Gateway,
  at: AnswerSite,
  call: ProxiedCall,
  asked: Asked,
  room: Hold | null,
): Maybe<Answer> {
  const judged = judge(gateway, at.backend, call, asked, room);
  return andThen(judged, (request): Maybe<Answer> => {
    if (!request.ok) return request;
    const login = prepareLogin(gateway, asked.rule, request.value);
    return andThen(login, (prepared): Maybe<Answer> => {
      if (!prepared.ok) return prepared;
      return forward(gateway, at, call, { asked, judged: request.value, login: prepared.value });
    });
  });
}

interface Prepared {
  readonly asked: Asked;
  readonly judged: Judged;
  readonly login: PreparedLogin;
}

function forward(
  gateway: Gateway,
  at: AnswerSite,
  call: ProxiedCall,
  { asked: { caller, path, rule }, judged, login: { asked: login, body } }: Prepared,
): Maybe<Answer> {
  return andThen(reviewFor(gateway, rule, judged.fields.ends), (review) => {
    const request = { path, query: judged.query, body };
    const watched = review === null ? null : watchWrite(gateway, review);
    const sent = sendUpstream(gateway, at, call, { rule, caller, request, login });
    if (login === null && watched === null) return sent;
    return andThen(sent, (answer) => {
      if (login !== null) settleLogin(gateway, call, judged, answer);
      watched?.(answer.ok ? answer.value.status : CLIENT_GONE);
      return answer;
    });
  });
}

interface Judged extends JudgedRequest {
  /** The counters that counted the request. */
  readonly taken: readonly Counter[];
}

type Verdict = Result<Judged, ProxyFailure>;

/**
 * Counts address and network before the body is read, and a field of the request as soon as it is known.
 */
function judge(
  gateway: Gateway,
  backend: Backend,
  call: ProxiedCall,
  asked: Asked,
  room: Hold | null,
): Maybe<Verdict> {
  const { rule } = asked;
  return andThen(countAll(gateway, sourceCounters(rule, call.source)), (early): Maybe<Verdict> => {
    if (!early.ok) return early;
    const read: Maybe<Result<JudgedRequest["body"], ProxyFailure>> =
      room === null ? NO_BODY : readJudgedBody(rule, call.body, room);
    return andThen(read, (body): Maybe<Verdict> => {
      if (!body.ok) return body;
      const judged = judgeParts(gateway, backend, call, asked, body.value);
      return andThen(judged, (request): Maybe<Verdict> => {
        if (!request.ok) return request;
        const { counted: values } = request.value.fields;
        const late = values.size === 0 ? NOTHING_COUNTED : countFields(gateway, call, rule, values);
        return andThen(late, (counted) =>
          counted.ok
            ? ok({ ...request.value, taken: [...early.value, ...counted.value] })
            : counted,
        );
      });
    });
  });
}

const NO_BODY: Result<JudgedRequest["body"], never> = ok(null);
/** Under a rule without limits by a field. */
const NOTHING_COUNTED: Result<readonly Counter[], never> = ok([]);

function judgeParts(
  { rules }: Gateway,
  { ownership }: Backend,
  call: ProxiedCall,
  { caller, params, query, rule }: Asked,
  body: JudgedRequest["body"],
) {
  const sent = rule.judgesBody ? { ...contentOf(call), body } : UNJUDGED;
  const { contentEncoding, contentType } = sent;
  const parts = { params, query, contentType, contentEncoding, body: sent.body };
  const claims = caller && { sub: caller.sub, customer_v2_id: caller.customerId };
  const { isOwner, readField } = ownership;
  return judgeRequest(rule, parts, claims, { isOwner, readField, phone: rules.phone });
}

const UNJUDGED = { contentType: null, contentEncoding: null, body: null };

function contentOf(call: ProxiedCall) {
  const codings = call.fields.flatMap(([name, value]) =>
    name === "content-encoding" ? [value] : [],
  );
  const contentEncoding = codings.length === 0 ? null : codings.join(", ");
  return { contentType: headerOf(call, "content-type"), contentEncoding };
}

function countFields(
  gateway: Gateway,
  call: ProxiedCall,
  rule: PolicyRule,
  counted: ReadonlyMap<string, string>,
) {
  const { source } = call;
  // Strangers can spend an e-mail's limits anywhere except at a source that its owner used.
  const isSpared = async ({ name }: Counter) => {
    if (rule.login === null) return false;
    const limit = rule.limits.find((one) => one.name === name);
    return isRecentSource(gateway, counted.get(name) ?? "", sparing(rule, limit, source));
  };
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
