import { toBase64url } from "../../core/bytes.ts";
import type { Gateway } from "../../flows/gateway.ts";
import type { HeaderList } from "../../ports/upstream.ts";
import { crossOriginHead } from "../../proxy/wire/cross-origin-head.ts";
import { securityHead } from "../../proxy/wire/security-head.ts";
import { countAddress } from "../middleware/address-limit.ts";
import type { PagesAllowed } from "../middleware/cross-origin.ts";
import { logRequest } from "../middleware/request-log.ts";
import { errorAnswer, type OwnAnswer } from "../problems/error-response.ts";
import { asError, failureOfThrown } from "../problems/failure-of-thrown.ts";
import type { AnyFailure } from "../problems/problems.ts";
import type { ClientReader } from "../proxied/client-reader.ts";
import type { AnswerComing, ComingAnswer, ComingRequest } from "../proxied/coming-request.ts";
import { joinedField, pathIn } from "../proxied/raw-head.ts";
import { type Call, callerOf, type Route, type Site } from "../route.ts";
import { replyAnswer } from "./reply-answer.ts";

export interface OwnOptions {
  readonly gateway: Gateway;
  readonly site: Site;
  readonly routes: readonly Route[];
  readonly clientOf: ClientReader;
  readonly pages: PagesAllowed;
}

/**
 * The gateway's own routes by their raw head, without a `Request` and without hono: those with one
 * spelling, asked for in that spelling. Every other request is hono's, which runs the same routes: a
 * preflight, HEAD, another method, a path with parameters or with escapes, and the pages that no
 * other page may read.
 */
export function answerOwn(options: OwnOptions): AnswerComing {
  const { pages, routes } = options;
  const plain = routes.filter(({ path }) => !path.includes(":") && !pages.isClosed(path));
  const byName = new Map(plain.map((route) => [`${route.method} ${route.path}`, route]));
  return (coming) => {
    const { isAmbiguous, method, target } = coming.head;
    const route = byName.get(`${method} ${pathIn(target)}`);
    // A URL ends before its fragment, which no client sends.
    if (route === undefined || isAmbiguous || target.includes("#")) return null;
    return answerRoute(options, route, coming);
  };
}

/** The result of a route, with the values of its line in the log. */
interface Told {
  readonly answer: OwnAnswer;
  readonly failure: AnyFailure | null;
  readonly thrown: unknown;
}

async function answerRoute(
  options: OwnOptions,
  route: Route,
  coming: ComingRequest,
): Promise<ComingAnswer> {
  const { gateway } = options;
  const { now, randomBytes } = gateway.runtime;
  const startedAt = now();
  const requestId = toBase64url(randomBytes(12));
  const limitHead: HeaderList[number][] = [];
  const call = callFor(options, route, coming, { requestId, limitHead });
  const { answer, failure, thrown } = await told(options, route, call);
  const { status } = answer;
  const { method } = coming.head;
  const durationMs = now() - startedAt;
  const line = { requestId, method, route: route.path, status, durationMs, failure, thrown };
  logRequest(gateway.log, line);
  const headers = wholeHead(options, route, call, [...answer.headers, ...limitHead]);
  return { kind: "own", head: { status, headers }, body: answer.body };
}

async function told({ site }: OwnOptions, route: Route, call: Call): Promise<Told> {
  const { publicUrl } = site;
  const refused = (failure: AnyFailure, thrown: unknown): Told => ({
    answer: errorAnswer(route.errors, failure, { publicUrl, requestId: call.requestId }),
    failure,
    thrown,
  });
  try {
    const result = await route.run(call);
    if (!result.ok) return refused(result.failure, undefined);
    const { failure = null, thrown } = result.value;
    return { answer: replyAnswer(result.value, route.cache), failure, thrown };
  } catch (thrown) {
    return refused(failureOfThrown(thrown), asError(thrown));
  }
}

interface Named {
  readonly requestId: string;
  /** Gets the headers of the address limit. */
  readonly limitHead: HeaderList[number][];
}

function callFor(
  { clientOf, gateway, site }: OwnOptions,
  { limit }: Route,
  { body, head, peer }: ComingRequest,
  { limitHead, requestId }: Named,
): Call {
  const header = (name: string) => joinedField(head, name.toLowerCase());
  const { source } = clientOf(peer, () => header("x-forwarded-for"));
  return {
    gateway,
    site,
    header,
    body,
    requestId,
    peer,
    source,
    method: head.method,
    url: `http://client.invalid${head.target}`,
    params: {},
    caller: callerOf(gateway, header("authorization")),
    async overLimit(own: Route["limit"] = limit) {
      if (own === null) return null;
      const counted = await countAddress(gateway, source, own);
      limitHead.push(...counted.headers);
      return counted.refusal;
    },
  };
}

/** What stands on every answer: who may read it, what a browser may do with it, and its id. */
function wholeHead(
  { pages, site }: OwnOptions,
  { path }: Route,
  { header, requestId }: Call,
  told: HeaderList,
): HeaderList {
  const cookies = told.filter(([name]) => name === "set-cookie");
  const head = new Map(told.filter(([name]) => name !== "set-cookie"));
  const allowedOrigins = pages.allowedAt(path);
  const origin = header("origin") ?? null;
  for (const [name, value] of crossOriginHead({ origin, allowedOrigins })) head.set(name, value);
  if (!allowedOrigins.includes("*")) {
    const vary = head.get("vary");
    head.set("vary", vary === undefined ? "Origin" : `${vary}, Origin`);
  }
  for (const [name, value] of securityHead({ isHttps: site.publicUrl.isHttps, isPrivate: true })) {
    if (!head.has(name)) head.set(name, value);
  }
  head.set("x-request-id", requestId);
  return [...head, ...cookies];
}
