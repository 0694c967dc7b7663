import { ok, type Result } from "../../core/result.ts";
import type { AnswerPlan, Forwarded, Head, UpstreamFailure } from "../../ports/upstream.ts";
import { collect, TooLargeError, watchedBody } from "./bodies.ts";
import { type Exchange, unreachable } from "./exchange.ts";
import { headersOf, judgedHeaders } from "./heads.ts";

type Body = ReadableStream<Uint8Array<ArrayBuffer>> | Uint8Array<ArrayBuffer> | null;

/**
 * The client's answer by plan. Throws the errors of `judge`, and for a head that cannot be written.
 */
export async function passOn(
  answer: Response,
  plan: AnswerPlan,
  exchange: Exchange,
): Promise<Result<Forwarded, UpstreamFailure>> {
  const body = answer.body && watchedBody(answer.body, exchange);
  if (plan.kind === "stream") return ok(answerOf(plan.head, headersOf(plan.head.headers), body));
  let whole: Uint8Array<ArrayBuffer>;
  try {
    whole = body === null ? new Uint8Array() : await collect(body, plan.maxBytes);
  } catch (error) {
    // First: ending the read cancels the body, and would look like a client that hung up.
    if (error instanceof TooLargeError) return unreachable("unjudgeable-answer");
    return exchange.outcome() ?? unreachable("broken-answer");
  } finally {
    exchange.leave();
  }
  const judged = await plan.judge(whole);
  if (!judged.ok) return judged;
  const { head } = judged.value;
  return ok(answerOf(head, judgedHeaders(head.headers), judged.value.body));
}

/** A status without a body (RFC 9110 section 15): `Response` throws if given one. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

function answerOf({ status }: Head, headers: Headers, body: Body): Forwarded {
  const given = WITHOUT_BODY.has(status) ? null : body;
  return { status, response: new Response(given, { status, headers }) };
}
