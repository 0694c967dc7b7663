import type { IncomingMessage } from "node:http";
import type { Bindings } from "../../../adapters/undici/bindings.ts";
import type { AnswerComing, ComingAnswer } from "../../../http/proxied/coming-request.ts";
import type { RawHead } from "../../../http/proxied/raw-head.ts";
import { headOfIncoming } from "../server/request-head.ts";
import { incomingBody } from "./incoming-body.ts";

/** @returns false for a request that must take the full way, of which nothing was read or counted */
export type ShortWay = (exchange: Bindings) => boolean;

/**
 * Node's own entrance of proxied requests and of another proxy's questions: from the socket to the
 * answer without a `Request`, without hono, and without a promise where everything that decides is
 * remembered. What it may do,
 * `answer` alone decides. Requests that are not plain take the full way, through hono.
 *
 * @param onFault told of an error that costs its own connection
 */
export function shortWay(answer: AnswerComing, onFault: (thrown: unknown) => void): ShortWay {
  // A listener of the server runs this: an error that left here would end the process.
  const broken = ({ outgoing }: Bindings, thrown: unknown) => {
    onFault(thrown);
    outgoing.destroy();
  };
  return (exchange) => {
    try {
      const answered = asked(answer, exchange);
      if (answered === null) return false;
      if (answered instanceof Promise) {
        answered
          .then((value) => write(exchange, value))
          .catch((error: unknown) => broken(exchange, error));
      } else {
        write(exchange, answered);
      }
    } catch (error) {
      broken(exchange, error);
    }
    return true;
  };
}

/** @returns null for a request that takes the full way */
function asked(answer: AnswerComing, exchange: Bindings): ReturnType<AnswerComing> {
  const { incoming } = exchange;
  const head = headOfIncoming(incoming);
  if (!isPlain(incoming, head)) return null;
  const peer = incoming.socket.remoteAddress ?? null;
  const body = incomingBody(incoming);
  if (body.length > 0) endUnread(exchange);
  return answer({ head, body, peer, request: null, platform: exchange });
}

/** Longer bodies, and bodies of unknown length, take the full way, which bounds how they are read. */
const MOST_BODY_BYTES = 64 * 1024;
const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]);
/** Fields that make a request more than a head and a body of known length. */
const UNUSUAL: ReadonlySet<string> = new Set(["expect", "transfer-encoding", "upgrade"]);

function isPlain({ httpVersion }: IncomingMessage, { fields, method }: RawHead): boolean {
  if (httpVersion !== "1.1" || !METHODS.has(method)) return false;
  return fields.every(
    ([name, value]) =>
      !UNUSUAL.has(name) && !(name === "content-length" && !(Number(value) <= MOST_BODY_BYTES)),
  );
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

/** The backend's answer is written by its adapter; an answer of ours is written here. */
function write({ incoming, outgoing }: Bindings, answer: ComingAnswer): void {
  if (answer.kind === "forwarded" || outgoing.headersSent || outgoing.destroyed) return;
  const fields: string[] = [];
  for (const [name, value] of answer.head.headers) fields.push(name, value);
  const isHead = incoming.method === "HEAD";
  // A text in latin1 leaves in one write with its head.
  const body = isHead || answer.body === "" ? "" : Buffer.from(answer.body).toString("latin1");
  if (!isHead) fields.push("content-length", `${body.length}`);
  outgoing.writeHead(answer.head.status, fields);
  outgoing.end(body, "latin1");
}
