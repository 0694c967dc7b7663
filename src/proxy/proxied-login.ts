import type { Maybe } from "../core/maybe.ts";
import { fail, ok, type Result } from "../core/result.ts";
import type { Gateway } from "../flows/gateway.ts";
import { preparePasswordLogin } from "../flows/login/password-login.ts";
import { rememberSource } from "../flows/login/recent-sources.ts";
import type { Counter } from "../ports/limits.ts";
import type { Forwarded, UpstreamFailure } from "../ports/upstream.ts";
import { giveBackAll } from "./count-requests.ts";
import { type AskedLogin, loginBody, readCredentials } from "./judge/judge-password-login.ts";
import type { JudgedRequest } from "./judge/judge-request.ts";
import type { PolicyRule } from "./policy/policy.ts";
import type { ProxiedCall } from "./proxied-call.ts";

export interface PreparedLogin {
  /** Null where the rule is no password login. */
  readonly asked: AskedLogin | null;
  readonly body: JudgedRequest["body"];
}

/** The body for the backend: under a rule for the password login it differs from the sent one. */
export function prepareLogin(
  gateway: Gateway,
  { login }: PolicyRule,
  { body }: JudgedRequest,
): Maybe<Prepared> {
  return login === null ? ok({ asked: null, body }) : replaceBody(gateway, login, body);
}

type Prepared = Result<PreparedLogin, { readonly reason: "request-malformed" }>;

async function replaceBody(
  gateway: Gateway,
  login: NonNullable<PolicyRule["login"]>,
  body: JudgedRequest["body"],
): Promise<Prepared> {
  const typed = readCredentials(body);
  if (typed === null) return fail({ reason: "request-malformed" });
  const prepared = await preparePasswordLogin(gateway, typed);
  const asked = { refuse: login.refuse, isStaff: prepared.isStaff };
  return ok({ asked, body: loginBody(prepared) });
}

interface CountedLogin {
  readonly fields: JudgedRequest["fields"];
  /** The counters that counted the login. */
  readonly taken: readonly Counter[];
}

/**
 * Only refused logins stay counted: the staff of an office share one address, and log in all day. A
 * login that the backend could not decide is given back as well, except after an answer that came
 * too late: the backend did the work. After a success address and network are remembered as
 * the owner's.
 */
export function settleLogin(
  gateway: Gateway,
  { source }: ProxiedCall,
  { fields, taken }: CountedLogin,
  answer: Result<Forwarded, UpstreamFailure>,
): void {
  const isBroken = answer.ok
    ? answer.value.status >= 500
    : answer.failure.reason === "upstream-unreachable";
  const isLogin = answer.ok && answer.value.status < 300;
  if (isLogin || isBroken) giveBackAll(gateway, taken);
  if (!isLogin) return;
  for (const email of new Set(fields.counted.values())) rememberSource(gateway, email, source);
}
