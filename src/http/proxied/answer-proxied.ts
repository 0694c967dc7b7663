import { toBase64url } from "../../core/bytes.ts";
import { andThen, unlessThrown } from "../../core/maybe.ts";
import type { Gateway } from "../../flows/gateway.ts";
import { isOwnPath } from "../../proxy/policy/own-paths.ts";
import type { ProxiedCall } from "../../proxy/proxied-call.ts";
import { type Proxied, proxy } from "../../proxy/proxy.ts";
import { type AnswerSite, answerContext } from "../../proxy/send-upstream.ts";
import { answerHead } from "../../proxy/wire/answer-head.ts";
import { canonicalOf } from "../../proxy/wire/canonical-target.ts";
import { logRequest } from "../middleware/request-log.ts";
import { compatProblem, errorAnswer } from "../problems/error-response.ts";
import { failureOfThrown } from "../problems/failure-of-thrown.ts";
import type { AnyFailure } from "../problems/problems.ts";
import type { ClientReader } from "./client-reader.ts";
import type { AnswerComing, ComingAnswer } from "./coming-request.ts";
import { forwardedFor } from "./raw-head.ts";

export interface ProxiedOptions {
  readonly gateway: Gateway;
  readonly at: AnswerSite;
  readonly clientOf: ClientReader;
}

/**
 * The one way of a request to the legacy backend: takes every request that is not for the gateway's
 * own routes. OPTIONS is one of them: the gateway answers preflights. An own path in a spelling that
 * no rule may see is refused there.
 */
export function answerProxied({ at, clientOf, gateway }: ProxiedOptions): AnswerComing {
  return ({ body, head, peer, platform, request }) => {
    const { fields, isAmbiguous, method } = head;
    if (method === "OPTIONS" || isAmbiguous) return null;
    const target = canonicalOf(head.target);
    if (isOwnPath(target.ok ? target.value.path : pathOf(head.target))) return null;
    const startedAt = gateway.runtime.now();
    const requestId = toBase64url(gateway.runtime.randomBytes(12));
    const { address, source } = clientOf(peer, () => forwardedFor(head));
    const client = { request, platform, source: source.address };
    const site = { publicUrl: at.publicUrl, requestId };
    const call: ProxiedCall = {
      client,
      method,
      target,
      fields,
      body,
      address,
      source,
      requestId,
      upstreamProblem: (status) =>
        JSON.stringify(compatProblem({ reason: "upstream-failed", status }, site)),
    };
    const asked = { gateway, at, call, startedAt };
    const decide = () => {
      const { answer, route } = proxy(gateway, at, call);
      return andThen(answer, (answered) => finish(asked, route, answered));
    };
    return unlessThrown(decide, (thrown) => broken(asked, thrown));
  };
}

interface Asked {
  readonly gateway: Gateway;
  readonly at: AnswerSite;
  readonly call: ProxiedCall;
  /** Epoch ms. */
  readonly startedAt: number;
}

function finish(asked: Asked, route: string, answer: Awaited<Proxied["answer"]>): ComingAnswer {
  if (!answer.ok) return refused(asked, route, answer.failure, undefined);
  const { response, status } = answer.value;
  logLine(asked, { route, status, failure: null, thrown: undefined });
  return { kind: "forwarded", response };
}

const broken = (asked: Asked, thrown: unknown): ComingAnswer =>
  refused(asked, "proxy", failureOfThrown(thrown), thrown);

/** An answer of our own in the web app's form (LEGACY 5), with the same head as the backend's. */
function refused(asked: Asked, route: string, failure: AnyFailure, thrown: unknown): ComingAnswer {
  const { at, call } = asked;
  const site = { publicUrl: at.publicUrl, requestId: call.requestId };
  const { body, ...told } = errorAnswer("compat", failure, site);
  const { status } = told;
  logLine(asked, { route, status, failure, thrown });
  return { kind: "own", head: answerHead(told, answerContext(at, call, true)), body };
}

function logLine(
  { call: { method, requestId }, gateway: { log, runtime }, startedAt }: Asked,
  told: Pick<Parameters<typeof logRequest>[1], "route" | "status" | "failure" | "thrown">,
): void {
  logRequest(log, { requestId, method, durationMs: runtime.now() - startedAt, ...told });
}

/** Of a target that no rule may see. */
const pathOf = (target: string): string => new URL(`http://client.invalid${target}`).pathname;
