import { fail, ok, type Result } from "../../core/result.ts";
import type { SharedRoom } from "../../core/shared-room.ts";
import {
  type AnswerPlan,
  type ClientExchange,
  type Forwarded,
  type Head,
  NO_ROOM,
  type UpstreamFailure,
} from "../../ports/upstream.ts";
import { NoRoomError, TooLargeError, wholeBody } from "./bodies.ts";
import { type Exchange, upstreamUnreachable } from "./exchange.ts";
import { headersOf, judgedHeaders } from "./heads.ts";
import { readAhead } from "./read-ahead.ts";
import { takenBody, takenBytes } from "./taken-body.ts";

type Bytes = Uint8Array<ArrayBuffer>;
type Body = ReadableStream<Bytes> | Bytes | null;
type BufferPlan = Extract<AnswerPlan, { kind: "buffer" }>;

/** How an answer goes to its client. */
export interface Passage {
  readonly client: ClientExchange;
  readonly exchange: Exchange;
  /** A client that takes nothing for so long is let go. */
  readonly stallMs: number;
  /** For what is read ahead of clients, by source. */
  readonly ahead: SharedRoom;
}

/** A connection takes so much at once. What is larger is held until the client has it. */
const AT_ONCE_BYTES = 64 * 1024;

/**
 * The client's answer by plan. Throws the errors of `judge`, and for a head that cannot be written.
 */
export async function passOn(
  { body: answered }: Response,
  plan: AnswerPlan,
  passage: Passage,
): Promise<Result<Forwarded, UpstreamFailure>> {
  const { ahead, client, exchange, stallMs } = passage;
  const room = ahead.hold(client.source);
  if (answered === null) exchange.whole();
  const next = answered && readAhead(answered, exchange, room);
  if (plan.kind === "buffer") return judged(next, plan, passage);
  const body =
    next &&
    takenBody(next, {
      stallMs,
      ended(how) {
        room.leave();
        if (how !== "taken") exchange.stop(how === "gone" ? "client-gone" : "client-stalled");
      },
    });
  return ok(answerOf(plan.head, headersOf(plan.head.headers), body));
}

async function judged(
  next: (() => Promise<Bytes | null>) | null,
  { judge, maxBytes, room }: BufferPlan,
  { exchange, stallMs }: Passage,
): Promise<Result<Forwarded, UpstreamFailure>> {
  let whole: Bytes;
  try {
    whole = next === null ? new Uint8Array() : await wholeBody(next, maxBytes, room);
  } catch (error) {
    room.leave();
    // First: ending the read cancels the body, and would look like a client that hung up.
    if (error instanceof TooLargeError) return upstreamUnreachable("unjudgeable-answer");
    if (error instanceof NoRoomError) return fail(NO_ROOM);
    return exchange.outcome() ?? upstreamUnreachable("broken-answer");
  } finally {
    exchange.leave();
  }
  let isHeld = false;
  try {
    const result = await judge(whole);
    if (!result.ok) return result;
    const { body, head } = result.value;
    isHeld = body !== null && body.byteLength > AT_ONCE_BYTES;
    const ended = () => room.leave();
    const given = isHeld && body !== null ? takenBytes(body, { ended, stallMs }) : body;
    return ok(answerOf(head, judgedHeaders(head.headers), given));
  } finally {
    if (!isHeld) room.leave();
  }
}

/** A status without a body (RFC 9110 section 15): `Response` throws if given one. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

function answerOf({ status }: Head, headers: Headers, body: Body): Forwarded {
  const given = WITHOUT_BODY.has(status) ? null : body;
  return { status, response: new Response(given, { status, headers }) };
}
