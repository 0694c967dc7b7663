import type { ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import { joined } from "../../core/bytes.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { AnswerPlan, Head } from "../../ports/upstream.ts";
import type { AnswerBuffer, AnswerBuffers } from "./answer-buffers.ts";
import { atEndOfTurn } from "./end-of-turn.ts";
import { asOneWrite } from "./one-write.ts";

/** The destination of an answer's body. */
export interface Sink {
  take(chunk: Buffer): void;
  end(): void;
  /** The upstream broke off, or was made to. */
  broke(error: Error): void;
}

type Flow = Pick<Dispatcher.DispatchController, "abort" | "pause" | "resume">;

/** Hop-by-hop fields of the upstream; Node sets those of the client's connection. */
const CONNECTION: ReadonlySet<string> = new Set(["connection", "keep-alive", "transfer-encoding"]);

/**
 * Writes the head, field by field. Throws where it holds a value that HTTP cannot carry.
 *
 * @returns the announced length of the body, or null
 */
export function writeHead(outgoing: ServerResponse, { headers, status }: Head): number | null {
  const fields: string[] = [];
  let length: number | null = null;
  for (const [name, value] of headers) {
    if (CONNECTION.has(name)) continue;
    if (name === "content-length") length = Number(value);
    fields.push(name, value);
  }
  writeFields(outgoing, status, fields);
  return length;
}

/** Throws where a name or value is one that HTTP cannot carry: Node looks at each. */
export function writeFields(outgoing: ServerResponse, status: number, fields: string[]): void {
  try {
    outgoing.writeHead(status, fields);
  } catch (error) {
    throw new AdapterError("undici", "head", "failed", { cause: error });
  }
}

/** Ends an answer with its whole body: a small one leaves in one write with its head. */
export function endWith(outgoing: ServerResponse, body: Uint8Array): void {
  const text = asOneWrite(body);
  if (text === null) outgoing.end(body);
  else outgoing.end(text, "latin1");
}

const NOTHING = Buffer.alloc(0);

/** The surroundings of an answer on its way to a client. */
export interface SinkPassage {
  readonly outgoing: ServerResponse;
  readonly upstream: Flow;
  readonly buffers: AnswerBuffers;
  /** The announced length of the body, or null. */
  readonly length: number | null;
  /** The client begins or ends to hold up the upstream's connection. */
  heldUp(isHeld: boolean): void;
}

/**
 * Forwards the body as fast as the client reads, and buffers a part of it for a client that is
 * slower than the upstream.
 */
export class PassOnSink implements Sink {
  readonly #passage: SinkPassage;
  /** Most answers fit into the connection's own buffer, and never need this one. */
  #buffer: AnswerBuffer | null = null;
  #onDrain: (() => void) | null = null;
  #isHeld = false;
  #isWhole = false;
  #began = false;

  constructor(passage: SinkPassage) {
    this.#passage = passage;
    // A body that comes with its head leaves with it; a late body does not hold the head back.
    process.nextTick(sendHead, this);
  }

  take(chunk: Buffer): void {
    const { length, outgoing } = this.#passage;
    this.#isWhole = !this.#began && chunk.length === length;
    this.#began = true;
    if (this.#isWhole) this.#endWith(chunk);
    else if (!outgoing.write(chunk)) this.#wait();
  }

  #endWith(chunk: Buffer): void {
    const { outgoing } = this.#passage;
    const text = asOneWrite(chunk);
    if (text === null) outgoing.end(chunk);
    else endLater({ outgoing, text });
  }

  /** The client has more to read than its connection's own buffer holds. */
  #wait(): void {
    const { outgoing, upstream } = this.#passage;
    this.#buffer ??= this.#openBuffer();
    this.#buffer.count(outgoing.writableLength);
    if (this.#buffer.hasRoom()) return;
    upstream.pause();
    this.#hold(true);
  }

  end(): void {
    if (this.#isWhole) return;
    this.#began = true;
    this.#isWhole = true;
    this.#hold(false);
    this.#passage.outgoing.end();
  }

  broke(): void {
    // The whole body was here: what the connection did afterwards is of no matter.
    if (this.#isWhole) return;
    this.#finish();
    // Without an end: a cut body must not look complete in any framing.
    this.#passage.outgoing.destroy();
  }

  /** For `sendHead`. */
  sendHead(): void {
    const { outgoing } = this.#passage;
    // Not `flushHeaders`: it writes the head as UTF-8, also where the upstream sent other bytes.
    if (!this.#began && !outgoing.destroyed) outgoing.write(NOTHING);
  }

  #openBuffer(): AnswerBuffer {
    const { buffers, outgoing } = this.#passage;
    this.#onDrain = () => this.#drained();
    outgoing.on("drain", this.#onDrain);
    // The rest of a complete answer stays buffered until the client has it, or is gone.
    outgoing.on("close", () => this.#finish());
    return buffers.open();
  }

  #drained(): void {
    this.#buffer?.count(0);
    this.#hold(false);
    // Afterwards its connection carries another client's answer.
    if (!this.#isWhole) this.#passage.upstream.resume();
  }

  #finish(): void {
    this.#buffer?.count(0);
    this.#hold(false);
    if (this.#onDrain !== null) this.#passage.outgoing.off("drain", this.#onDrain);
  }

  #hold(held: boolean): void {
    if (this.#isHeld !== held) this.#passage.heldUp(held);
    this.#isHeld = held;
  }
}

interface Ended {
  readonly outgoing: ServerResponse;
  readonly text: string;
}

const endLater = atEndOfTurn<Ended>(({ outgoing, text }) => {
  if (!outgoing.destroyed) outgoing.end(text, "latin1");
});

const sendHead = (sink: PassOnSink): void => sink.sendHead();

/**
 * Reads the whole body. @param done gets null where there were more than `maxBytes`, or an error
 */
export function collectSink(
  { maxBytes, room }: Pick<Extract<AnswerPlan, { kind: "buffer" }>, "maxBytes" | "room">,
  upstream: Pick<Flow, "abort"> & { noRoom(): void },
  done: (body: Uint8Array<ArrayBuffer> | null, error: Error | null) => void,
): Sink {
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    take(chunk) {
      size += chunk.length;
      if (size > maxBytes) upstream.abort(new Error("the answer is too large to be judged"));
      else if (room.take(chunk.length)) chunks.push(chunk);
      else upstream.noRoom();
    },
    end: () => done(joined(chunks), null),
    broke: (error) => done(null, size > maxBytes ? null : error),
  };
}
