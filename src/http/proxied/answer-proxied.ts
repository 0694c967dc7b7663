import { toBase64url } from "../../core/bytes.ts";
import type { Maybe } from "../../core/maybe.ts";
import type { Gateway } from "../../flows/gateway.ts";
import type { Head } from "../../ports/upstream.ts";
import { isOwnPath } from "../../proxy/policy/own-paths.ts";
import type { ProxiedCall } from "../../proxy/proxied-call.ts";
import { type Proxied, proxy } from "../../proxy/proxy.ts";
import { type AnswerSite, answerContext } from "../../proxy/send-upstream.ts";
import { answerHead } from "../../proxy/wire/answer-head.ts";
import type { ClientBody } from "../../proxy/wire/bounded-body.ts";
import { canonicalOf } from "../../proxy/wire/canonical-target.ts";
import { logRequest } from "../middleware/request-log.ts";
import { compatAnswer, compatProblem } from "../problems/error-response.ts";
import { failureOfThrown } from "../problems/failure-of-thrown.ts";
import type { AnyFailure } from "../problems/problems.ts";
import type { ClientReader } from "./client-reader.ts";
import type { RawHead } from "./raw-head.ts";

/** One request as it came in at an entrance. */
export interface ComingRequest {
  readonly head: RawHead;
  readonly body: ClientBody;
  /** The other end of the connection. */
  readonly peer: string | null;
  /** For the upstream's adapter, which reads one of the two. */
  readonly request: Request | null;
  readonly platform: unknown;
}

export type ProxiedAnswer =
  /** The upstream's, as its adapter passes it on. */
  | { readonly kind: "forwarded"; readonly response: Response }
  /** Ours; names of its head are in lower case. */
  | { readonly kind: "refused"; readonly head: Head; readonly body: string };

/**
 * The one way of a request to the legacy backend, whichever entrance it takes: every rule, limit and
 * header is decided here, and its line of the log is written here.
 *
 * @returns null for a request that is the gateway's own routes' to answer
 */
export type AnswerProxied = (request: ComingRequest) => Maybe<ProxiedAnswer> | null;

export interface ProxiedOptions {
  readonly gateway: Gateway;
  readonly at: AnswerSite;
  readonly clientOf: ClientReader;
}

/**
 * Takes every request that is not for the gateway's own routes. OPTIONS is one of them: the gateway
 * answers preflights. An own path in a spelling that no rule may see is refused there.
 */
export function answerProxied({ at, clientOf, gateway }: ProxiedOptions): AnswerProxied {
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
    try {
      const proxied = proxy(gateway, at, call);
      return proxied instanceof Promise
        ? proxied.then((value) => finish(asked, value)).catch((thrown) => broken(asked, thrown))
        : finish(asked, proxied);
    } catch (thrown) {
      return broken(asked, thrown);
    }
  };
}

interface Asked {
  readonly gateway: Gateway;
  readonly at: AnswerSite;
  readonly call: ProxiedCall;
  /** Epoch ms. */
  readonly startedAt: number;
}

function finish(asked: Asked, { answer, route }: Proxied): ProxiedAnswer {
  if (!answer.ok) return refused(asked, route, answer.failure, undefined);
  const { response, status } = answer.value;
  logLine(asked, { route, status, failure: null, thrown: undefined });
  return { kind: "forwarded", response };
}

const broken = (asked: Asked, thrown: unknown): ProxiedAnswer =>
  refused(asked, "proxy", failureOfThrown(thrown), thrown);

/** An answer of our own in the web app's form (LEGACY 5), with the same head as the backend's. */
function refused(asked: Asked, route: string, failure: AnyFailure, thrown: unknown): ProxiedAnswer {
  const { at, call } = asked;
  const site = { publicUrl: at.publicUrl, requestId: call.requestId };
  const { body, ...told } = compatAnswer(failure, site);
  const { status } = told;
  logLine(asked, { route, status, failure, thrown });
  return { kind: "refused", head: answerHead(told, answerContext(at, call, true)), body };
}

function logLine(
  { call: { method, requestId }, gateway: { log, runtime }, startedAt }: Asked,
  told: Pick<Parameters<typeof logRequest>[1], "route" | "status" | "failure" | "thrown">,
): void {
  logRequest(log, { requestId, method, durationMs: runtime.now() - startedAt, ...told });
}

/** Of a target that no rule may see. */
const pathOf = (target: string): string => new URL(`http://client.invalid${target}`).pathname;

/** The values of every such field, as one list (RFC 9110 section 5.3). */
function forwardedFor({ fields }: RawHead): string | undefined {
  const values = fields.flatMap(([name, value]) => (name === "x-forwarded-for" ? [value] : []));
  return values.length === 0 ? undefined : values.join(", ");
}
