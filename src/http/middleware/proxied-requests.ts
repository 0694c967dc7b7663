import type { Context } from "hono";
import type { Gateway } from "../../flows/gateway.ts";
import { isOwnPath } from "../../proxy/policy/own-paths.ts";
import type { ProxiedCall } from "../../proxy/proxied-call.ts";
import { proxy } from "../../proxy/proxy.ts";
import { type AnswerSite, answerContext } from "../../proxy/send-upstream.ts";
import { answerHead } from "../../proxy/wire/answer-head.ts";
import { canonicalTarget } from "../../proxy/wire/canonical-target.ts";
import { type Fields, listOf } from "../../proxy/wire/header-rules.ts";
import { compatProblem, type ErrorSite, errorResponse } from "../problems/error-response.ts";
import { failureOfThrown } from "../problems/failure-of-thrown.ts";
import type { AnyFailure } from "../problems/problems.ts";
import type { Carried } from "./carried.ts";
import type { ClientAddress } from "./client-address.ts";

export interface ProxiedOptions {
  readonly gateway: Gateway;
  readonly at: AnswerSite;
  clientOf(c: Context<Carried>): ClientAddress;
  /** The raw head, with repeated names; null where the platform has none. */
  fieldsOf(platform: unknown): Fields | null;
  isAmbiguous(platform: unknown): boolean;
}

/**
 * Takes every request that is not for the gateway's own routes, before any header of its answer is
 * set: the answer's head is computed as a value, and may be written past this app
 * (ports/upstream.ts).
 */
export function proxiedRequests(options: ProxiedOptions) {
  const { at, clientOf, fieldsOf, gateway, isAmbiguous } = options;
  return async function proxiedRequests(c: Context<Carried>, next: () => Promise<void>) {
    const target = canonicalTarget(c.req.url);
    if (c.req.method === "OPTIONS" || isAmbiguous(c.env)) return next();
    if (isOwn(c.req.url, target)) return next();
    const { requestId } = c.var;
    const { address, source } = clientOf(c);
    const client = { request: c.req.raw, platform: c.env, source: source.address };
    const fields = listOf(fieldsOf(c.env) ?? client.request.headers);
    const counted = { address, source };
    const upstreamProblem = (status: number) =>
      JSON.stringify(compatProblem({ reason: "upstream-failed", status }, siteOf(at, requestId)));
    const call = { client, target, fields, requestId, ...counted, upstreamProblem };
    try {
      const { answer, route } = await proxy(gateway, at, call);
      c.set("route", route);
      if (!answer.ok) return refusal(c, at, call, answer.failure);
      c.set("status", answer.value.status);
      return answer.value.response;
    } catch (thrown) {
      c.set("route", "proxy");
      c.set("thrown", thrown);
      return refusal(c, at, call, failureOfThrown(thrown));
    }
  };
}

/** An answer of our own in the web app's form (LEGACY 5), with the same head as the backend's. */
function refusal(
  c: Context<Carried>,
  at: AnswerSite,
  call: ProxiedCall,
  failure: AnyFailure,
): Response {
  c.set("failure", failure);
  const site = siteOf(at, call.requestId);
  const { body, headers, status } = errorResponse("compat", failure, site);
  const head = answerHead({ status, headers: [...headers] }, answerContext(at, call, true));
  return new Response(body, {
    status,
    headers: head.headers.map(([name, value]) => [name, value]),
  });
}

const siteOf = ({ publicUrl }: AnswerSite, requestId: string): ErrorSite => ({
  publicUrl,
  requestId,
});

/** An own path in a spelling that no rule may see is refused by the gateway's own routes. */
const isOwn = (url: string, target: ReturnType<typeof canonicalTarget>): boolean =>
  isOwnPath(target.ok ? target.value.path : new URL(url).pathname);
