import type { IncomingMessage } from "node:http";
import type { Bindings } from "../../../adapters/undici/bindings.ts";
import { sendJudged } from "../../../adapters/undici/responses.ts";
import type { AnswerComing, ComingAnswer } from "../../../http/proxied/coming-request.ts";
import type { RawHead } from "../../../http/proxied/raw-head.ts";
import { headOfIncoming } from "../server/request-head.ts";
import { atEndOfTurn } from "./end-of-turn.ts";
import { IncomingBody } from "./incoming-body.ts";

/** @returns false for a request that must take the full way, of which nothing was read or counted */
export type ShortWay = (exchange: Bindings) => boolean;

/**
 * Node's own entrance of proxied requests and of another proxy's questions: from the socket to the
 * answer without a `Request`, without hono, and without a promise where everything that decides is
 * remembered. What it may do, `answer` alone decides. Requests that are not plain take the full way,
 * through hono.
 *
 * @param onFault told of an error that costs its own connection
 */
export function shortWay(answer: AnswerComing, onFault: (thrown: unknown) => void): ShortWay {
  // A listener of the server runs this: an error that left here would end the process.
  const broken = ({ outgoing }: Bindings, thrown: unknown) => {
    onFault(thrown);
    outgoing.destroy();
  };
  const writeLater = atEndOfTurn<Written>(({ answer, exchange }) => {
    try {
      sendJudged(exchange, { head: answer.head, body: Buffer.from(answer.body) });
    } catch (error) {
      broken(exchange, error);
    }
  });
  /** The backend's answer is written by its adapter; an answer of ours is written here. */
  const written = (exchange: Bindings, answer: ComingAnswer) => {
    if (answer.kind === "own") writeLater({ exchange, answer });
  };
  return (exchange) => {
    try {
      const answered = asked(answer, exchange);
      if (answered === null) return false;
      if (answered instanceof Promise) {
        const fault = (error: unknown) => broken(exchange, error);
        answered.then((value) => written(exchange, value)).catch(fault);
      } else written(exchange, answered);
    } catch (error) {
      broken(exchange, error);
    }
    return true;
  };
}

interface Written {
  readonly exchange: Bindings;
  readonly answer: Extract<ComingAnswer, { kind: "own" }>;
}

/** @returns null for a request that takes the full way */
function asked(answer: AnswerComing, exchange: Bindings): ReturnType<AnswerComing> {
  const { incoming } = exchange;
  const head = headOfIncoming(incoming);
  const length = plainLength(incoming, head);
  if (length === null) return null;
  const peer = incoming.socket.remoteAddress ?? null;
  if (length > 0) endUnread(exchange);
  const body = new IncomingBody(incoming, length);
  return answer({ head, body, peer, request: null, platform: exchange });
}

/** Longer bodies, and bodies of unknown length, take the full way, which bounds how they are read. */
const MOST_BODY_BYTES = 64 * 1024;
const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]);
/** Fields that make a request more than a head and a body of known length. */
const UNUSUAL: ReadonlySet<string> = new Set(["expect", "transfer-encoding", "upgrade"]);

/** @returns the length of a plain request's body, 0 where it has none; null: no plain request */
function plainLength({ httpVersion }: IncomingMessage, { fields, method }: RawHead): number | null {
  if (httpVersion !== "1.1" || !METHODS.has(method)) return null;
  let length = 0;
  for (const [name, value] of fields) {
    if (UNUSUAL.has(name)) return null;
    if (name !== "content-length") continue;
    length = Number(value);
    if (!(length <= MOST_BODY_BYTES)) return null;
  }
  return length;
}

/** How long a client may go on with a body that was answered before its end. */
const REST_MS = 500;

/** A client that never ends its body must not hold the connection after the answer. */
function endUnread({ incoming, outgoing }: Bindings): void {
  outgoing.once("close", () => {
    if (incoming.complete || incoming.destroyed) return;
    incoming.resume();
    const cut = setTimeout(() => incoming.socket.destroySoon(), REST_MS).unref();
    incoming.once("end", () => clearTimeout(cut));
  });
}
