import type { Context } from "hono";
import { equalBytes, utf8 } from "../../core/bytes.ts";
import type { ProxyFamily } from "../../core/proxy-family.ts";
import { fail } from "../../core/result.ts";
import type { Gateway } from "../../flows/gateway.ts";
import { readAsked, VERIFY_PATH, type VerifyCall } from "../../proxy/forward/asked-request.ts";
import {
  decideForward,
  type ForwardFailure,
  type ForwardRules,
} from "../../proxy/forward/decide-forward.ts";
import { headerOf } from "../../proxy/proxied-call.ts";
import { type Fields, listOf } from "../../proxy/wire/header-rules.ts";
import { carriedId } from "../../proxy/wire/request-head.ts";
import { type ErrorSite, errorResponse } from "../problems/error-response.ts";
import { failureOfThrown } from "../problems/failure-of-thrown.ts";
import type { AnyFailure } from "../problems/problems.ts";
import type { Carried } from "./carried.ts";
import type { ClientAddress } from "./client-address.ts";

/** FORWARD_AUTH: the other proxy that asks for decisions, and the rules behind them. */
export interface ForwardAuth extends ForwardRules {
  readonly family: ProxyFamily;
  /** FORWARD_AUTH_SECRET, which the proxy shows and no client knows. */
  readonly secret: string;
}

export interface ForwardAuthOptions {
  readonly gateway: Gateway;
  readonly forwardAuth: ForwardAuth;
  readonly site: Pick<ErrorSite, "publicUrl">;
  clientOf(c: Context<Carried>): ClientAddress;
  /** The raw head, with repeated names; null where the platform has none. */
  fieldsOf(platform: unknown): Fields | null;
  isAmbiguous(platform: unknown): boolean;
}

const MALFORMED = { reason: "request-malformed" } as const;
const SECRET_HEADER = "x-forward-auth-secret";
const REASON_HEADER = "X-Forward-Auth-Reason";
const LOGIN_HEADER = "X-Forward-Auth-Login";
/** A revocation reaches the proxy's cache after this and the gateway's own ten seconds. */
const KEEP_SECONDS = 5;

/**
 * Answers another proxy: 200 with the caller's identity, or 401 or 403 with the reason. nginx turns
 * any other status into 500, which is meant for stores that are down alone. A caller without the
 * secret gets 404, as if there were no such route.
 */
export function forwardAuth(options: ForwardAuthOptions) {
  const { clientOf, fieldsOf, forwardAuth: rules, gateway, isAmbiguous, site } = options;
  const secret = utf8(rules.secret);
  return async function forwardAuth(c: Context<Carried>, next: () => Promise<void>) {
    const fields = listOf(fieldsOf(c.env) ?? c.req.raw.headers);
    const shown = headerOf({ fields }, SECRET_HEADER);
    if (shown === null || !equalBytes(utf8(shown), secret)) return next();
    c.set("route", VERIFY_PATH);
    const call: VerifyCall = { method: c.req.method, url: c.req.url, fields };
    const refuse = (failure: AnyFailure) => {
      c.set("failure", failure);
      return refusal(failure, { ...site, requestId: c.var.requestId }, call);
    };
    const asked = isAmbiguous(c.env) ? fail(MALFORMED) : readAsked(rules.family, call);
    if (!asked.ok) return refuse(asked.failure);
    try {
      const question = { asked: asked.value, fields, source: clientOf(c).source };
      const { answer, route } = await decideForward(gateway, rules, question);
      if (route !== null) c.set("route", `${VERIFY_PATH} ${route}`);
      if (!answer.ok) return refuse(answer.failure);
      return await allowed(answer.value);
    } catch (thrown) {
      c.set("thrown", thrown);
      return refuse(failureOfThrown(thrown));
    }
  };
}

type Allowed = Extract<Awaited<ReturnType<typeof decideForward>>["answer"], { ok: true }>["value"];

async function allowed({ caller, mayBeKept }: Allowed): Promise<Response> {
  const headers = new Headers({
    "Cache-Control": mayBeKept ? `max-age=${KEEP_SECONDS}` : "no-store",
    Vary: "Authorization",
  });
  if (caller !== null) {
    headers.set("X-User-Id", carriedId(caller.sub));
    headers.set("X-User-Role", caller.role);
    if (caller.customerId !== null) {
      headers.set("X-Customer-Id", carriedId(caller.customerId));
    }
    if (caller.sessionId !== null) headers.set("X-Session-Id", caller.sessionId);
    headers.set("X-Upstream-Authorization", `Bearer ${await caller.upstreamToken()}`);
  }
  return new Response(null, { status: 200, headers });
}

/** 401 where a token is missing or refused, 503 where a store is down, else 403. */
function refusal(failure: AnyFailure, site: ErrorSite, call: VerifyCall): Response {
  const problem = errorResponse("compat", failure, site);
  const isOurs = problem.status >= 500;
  const status = problem.status === 401 || isOurs ? problem.status : 403;
  const headers = new Headers(problem.headers);
  headers.set("Cache-Control", "no-store");
  headers.set(REASON_HEADER, reasonOf(failure));
  const wantsPage = (headerOf(call, "accept") ?? "").includes("text/html");
  if (status === 401 && wantsPage) headers.set(LOGIN_HEADER, `${site.publicUrl}/login`);
  return new Response(problem.body, { status, headers });
}

function reasonOf(failure: ForwardFailure | AnyFailure): string {
  return "needsProxy" in failure && failure.needsProxy !== undefined
    ? `needs-proxy-for-${failure.needsProxy}`
    : failure.reason;
}
