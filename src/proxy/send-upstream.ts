import type { Origin } from "../core/address/origin.ts";
import { andThen, type Maybe } from "../core/maybe.ts";
import { fail, ok, type Result } from "../core/result.ts";
import type { Hold } from "../core/shared-room.ts";
import type { Gateway } from "../flows/gateway.ts";
import type { Admitted } from "../flows/sessions/admitted.ts";
import type { AnswerPlan, Forwarded, Head, UpstreamFailure } from "../ports/upstream.ts";
import type { Backend } from "./backend.ts";
import { type Judging, judgeAnswer, MAX_JUDGED_ANSWER_BYTES } from "./judge/judge-answer.ts";
import type { AskedLogin } from "./judge/judge-password-login.ts";
import type { PolicyRule } from "./policy/policy.ts";
import { headerOf, type ProxiedCall } from "./proxied-call.ts";
import { type AnswerContext, answerHead } from "./wire/answer-head.ts";
import { type ForwardedIdentity, requestHead } from "./wire/request-head.ts";
import { TRACE_RANDOM_BYTES, traceOf } from "./wire/trace-context.ts";

/** The gateway's values for the heads of proxied answers. */
export interface AnswerSite {
  readonly backend: Backend;
  readonly publicUrl: Origin;
  readonly allowedOrigins: readonly string[];
}

/** The judged request, and its caller. */
export interface JudgedCall {
  readonly rule: PolicyRule;
  readonly caller: Admitted | null;
  readonly request: {
    readonly path: string;
    readonly query: string;
    readonly body: Uint8Array<ArrayBuffer> | null;
  };
  readonly login: AskedLogin | null;
}

const refusedToken = (room: Hold): AnswerPlan => ({
  kind: "buffer",
  maxBytes: MAX_JUDGED_ANSWER_BYTES,
  room,
  judge: async () => fail({ reason: "upstream-unreachable", cause: "refused-our-token" }),
});

/** Forwards the judged request, with a head of the gateway's own, and answers with one. */
export function sendUpstream(
  gateway: Gateway,
  at: AnswerSite,
  call: ProxiedCall,
  judged: JudgedCall,
): Maybe<Result<Forwarded, UpstreamFailure>> {
  const { caller } = judged;
  if (caller === null) return exchange(gateway, at, call, judged, null);
  return andThen(caller.upstreamToken(), (token) => {
    const { customerId, role, sessionId, sub: userId } = caller;
    const identity = { token, userId, customerId, role, sessionId };
    return exchange(gateway, at, call, judged, identity);
  });
}

function exchange(
  gateway: Gateway,
  at: AnswerSite,
  call: ProxiedCall,
  { caller, login, request, rule }: JudgedCall,
  identity: ForwardedIdentity | null,
): Promise<Result<Forwarded, UpstreamFailure>> {
  const { client, fields, method, requestId } = call;
  const random = gateway.runtime.randomBytes(TRACE_RANDOM_BYTES);
  const headers = requestHead(fields, {
    identity,
    requestId,
    trace: traceOf(headerOf(call, "traceparent"), headerOf(call, "tracestate"), random),
    clientAddress: call.address,
    publicUrl: at.publicUrl,
    judgesAnswer: rule.judgesAnswer,
    added: rule.headers,
  });
  const context = answerContext(at, call, !rule.mayBeKept);
  return at.backend.upstream.exchange(
    client,
    {
      method,
      target: request.path + request.query,
      headers,
      body: bodyOf(method, rule, request.body),
      maxBodyBytes: at.backend.maxUploadBytes,
    },
    (head) => {
      // On any 401 the web app throws its login away (LEGACY 5). The backend refused our token, not
      // the caller's: the operator must fix that.
      const isRefused = caller !== null && head.status === 401;
      if (!isRefused && !rule.judgesAnswer) {
        return { kind: "stream", head: answerHead(head, context) };
      }
      const room = at.backend.judged.hold(client.source);
      if (isRefused) return refusedToken(room);
      const judging = { login, problem: call.upstreamProblem };
      return judgedPlan(rule, head, { context, judging, room });
    },
  );
}

/** The values for the head of an answer, the backend's or our own. */
export function answerContext(
  { allowedOrigins, backend, publicUrl }: AnswerSite,
  call: ProxiedCall,
  isPrivate: boolean,
): AnswerContext {
  return {
    requestId: call.requestId,
    upstream: backend.origin,
    isHttps: publicUrl.isHttps,
    isPrivate,
    isJudged: false,
    origin: headerOf(call, "origin"),
    allowedOrigins,
  };
}

/** A body of GET or HEAD has no meaning (RFC 9110 section 9.3.1), and no rule has judged it. */
function bodyOf(
  method: string,
  { judgesBody }: PolicyRule,
  judged: Uint8Array<ArrayBuffer> | null,
) {
  if (method === "GET" || method === "HEAD") return null;
  return judgesBody ? judged : "stream";
}

interface Planned {
  readonly context: AnswerContext;
  readonly judging: Judging;
  readonly room: Hold;
}

function judgedPlan(rule: PolicyRule, head: Head, { context, judging, room }: Planned): AnswerPlan {
  return {
    kind: "buffer",
    maxBytes: MAX_JUDGED_ANSWER_BYTES,
    room,
    async judge(body) {
      const judged = await judgeAnswer(rule, head, body, judging);
      if (!judged.ok) return judged;
      const { body: passed, head: upstreams } = judged.value;
      const isJudged = passed !== body;
      return ok({ head: answerHead(upstreams, { ...context, isJudged }), body: passed });
    },
  };
}
