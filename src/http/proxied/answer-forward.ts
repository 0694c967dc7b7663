import { equalTexts, toBase64url } from "../../core/bytes.ts";
import { andThen, type Maybe, unlessThrown } from "../../core/maybe.ts";
import type { ProxyFamily } from "../../core/proxy-family.ts";
import { fail } from "../../core/result.ts";
import type { Gateway } from "../../flows/gateway.ts";
import type { Admitted } from "../../flows/sessions/admitted.ts";
import type { HeaderList } from "../../ports/upstream.ts";
import { isVerifyTarget, readAsked, VERIFY_PATH } from "../../proxy/forward/asked-request.ts";
import {
  type Allowed,
  decideForward,
  type ForwardFailure,
  type ForwardRules,
} from "../../proxy/forward/decide-forward.ts";
import { headerOf } from "../../proxy/proxied-call.ts";
import { carriedId } from "../../proxy/wire/request-head.ts";
import { securityHead } from "../../proxy/wire/security-head.ts";
import { logRequest } from "../middleware/request-log.ts";
import { type ErrorSite, errorAnswer } from "../problems/error-response.ts";
import { failureOfThrown } from "../problems/failure-of-thrown.ts";
import type { AnyFailure } from "../problems/problems.ts";
import type { ClientReader } from "./client-reader.ts";
import type { AnswerComing, ComingAnswer } from "./coming-request.ts";
import { forwardedFor, type RawHead } from "./raw-head.ts";

/** FORWARD_AUTH: the other proxy that asks for decisions, and the rules behind them. */
export interface ForwardAuth extends ForwardRules {
  readonly family: ProxyFamily;
  /** FORWARD_AUTH_SECRET, which the proxy shows and no client knows. */
  readonly secret: string;
}

export interface ForwardAuthOptions {
  readonly gateway: Gateway;
  readonly forwardAuth: ForwardAuth;
  readonly publicUrl: ErrorSite["publicUrl"];
  readonly clientOf: ClientReader;
}

const MALFORMED = { reason: "request-malformed" } as const;
const SECRET_HEADER = "x-forward-auth-secret";
const REASON_HEADER = "x-forward-auth-reason";
const LOGIN_HEADER = "x-forward-auth-login";
/** A revocation reaches the proxy's cache after this and the gateway's own ten seconds. */
const KEEP_SECONDS = 5;

/** One question of the proxy, which has shown the secret. */
interface Question {
  readonly gateway: Gateway;
  readonly publicUrl: ErrorSite["publicUrl"];
  readonly head: RawHead;
  readonly requestId: string;
  /** Epoch ms. */
  readonly startedAt: number;
}

/**
 * Answers another proxy: 200 with the caller's identity, or 401 or 403 with the reason. nginx turns
 * any other status into 500, which is meant for stores that are down alone. A caller without the
 * secret gets 404, as if there were no such route: the gateway's own routes answer it.
 *
 * OPTIONS is judged too: some proxies take any 2xx for a yes.
 */
export function answerForward(options: ForwardAuthOptions): AnswerComing {
  const { clientOf, forwardAuth: rules, gateway, publicUrl } = options;
  return ({ head, peer }) => {
    if (!isVerifyTarget(head.target)) return null;
    const shown = headerOf(head, SECRET_HEADER);
    if (shown === null || !equalTexts(shown, rules.secret)) return null;
    const startedAt = gateway.runtime.now();
    const requestId = toBase64url(gateway.runtime.randomBytes(12));
    const question = { gateway, publicUrl, head, requestId, startedAt };
    const decide = (): Maybe<ComingAnswer> => {
      const asked = head.isAmbiguous ? fail(MALFORMED) : readAsked(rules.family, head);
      if (!asked.ok) return refused(question, VERIFY_PATH, asked.failure, undefined);
      const { source } = clientOf(peer, () => forwardedFor(head));
      const decided = decideForward(gateway, rules, {
        asked: asked.value,
        fields: head.fields,
        source,
      });
      return andThen(decided, ({ answer, route }): Maybe<ComingAnswer> => {
        const logged = route === null ? VERIFY_PATH : `${VERIFY_PATH} ${route}`;
        if (!answer.ok) return refused(question, logged, answer.failure, undefined);
        const { value } = answer;
        return unlessThrown(() => allowed(question, logged, value), broken(question, logged));
      });
    };
    return unlessThrown(decide, broken(question, VERIFY_PATH));
  };
}

function allowed(question: Question, route: string, { caller, mayBeKept }: Allowed) {
  return andThen(caller === null ? NO_IDENTITY : identityOf(caller), (identity): ComingAnswer => {
    logLine(question, { route, status: 200, failure: null, thrown: undefined });
    return own(question, 200, [mayBeKept ? KEPT : NO_STORE, VARY, ...identity], "");
  });
}

const KEPT = ["cache-control", `max-age=${KEEP_SECONDS}`] as const;
const NO_STORE = ["cache-control", "no-store"] as const;
const VARY = ["vary", "Authorization"] as const;
const NO_IDENTITY: HeaderList = [];

function identityOf({ customerId, role, sessionId, sub, upstreamToken }: Admitted) {
  return andThen(upstreamToken(), (token): HeaderList => {
    const identity: HeaderList[number][] = [["x-user-id", carriedId(sub)]];
    identity.push(["x-user-role", role]);
    if (customerId !== null) identity.push(["x-customer-id", carriedId(customerId)]);
    if (sessionId !== null) identity.push(["x-session-id", sessionId]);
    identity.push(["x-upstream-authorization", `Bearer ${token}`]);
    return identity;
  });
}

const broken = (question: Question, route: string) => (thrown: unknown) =>
  refused(question, route, failureOfThrown(thrown), thrown);

/** 401 where a token is missing or refused, 503 where a store is down, else 403. */
function refused(
  question: Question,
  route: string,
  failure: AnyFailure,
  thrown: unknown,
): ComingAnswer {
  const { head, publicUrl } = question;
  const { body, headers, status: usual } = errorAnswer("compat", failure, question);
  const status = usual === 401 || usual >= 500 ? usual : 403;
  logLine(question, { route, status, failure, thrown });
  const wantsPage = (headerOf(head, "accept") ?? "").includes("text/html");
  const login = status === 401 && wantsPage ? [[LOGIN_HEADER, `${publicUrl}/login`] as const] : [];
  return own(question, status, [...headers, [REASON_HEADER, reasonOf(failure)], ...login], body);
}

function own(
  { publicUrl, requestId }: Question,
  status: number,
  told: HeaderList,
  body: string,
): ComingAnswer {
  const security = securityHead({ isHttps: publicUrl.isHttps, isPrivate: true });
  const headers: HeaderList = [...told, ...security, ["x-request-id", requestId]];
  return { kind: "own", head: { status, headers }, body };
}

function logLine(
  { gateway: { log, runtime }, head: { method }, requestId, startedAt }: Question,
  told: Pick<Parameters<typeof logRequest>[1], "route" | "status" | "failure" | "thrown">,
): void {
  logRequest(log, { requestId, method, durationMs: runtime.now() - startedAt, ...told });
}

function reasonOf(failure: ForwardFailure | AnyFailure): string {
  return "needsProxy" in failure && failure.needsProxy !== undefined
    ? `needs-proxy-for-${failure.needsProxy}`
    : failure.reason;
}
