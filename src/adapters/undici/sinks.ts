import type { ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import { joined } from "../../core/bytes.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { AnswerPlan, Head } from "../../ports/upstream.ts";
import type { AnswerBuffer, AnswerBuffers } from "./answer-buffers.ts";

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
  try {
    outgoing.writeHead(status, fields);
  } catch (error) {
    throw new AdapterError("undici", "head", "failed", { cause: error });
  }
  return length;
}

/** Up to this size a copy costs less than a second buffer for the system. */
const ONE_WRITE_BYTES = 16 * 1024;

/** Ends an answer with its whole body: a small one leaves in one write with its head. */
export function endWith(outgoing: ServerResponse, body: Buffer): void {
  if (body.length > ONE_WRITE_BYTES) outgoing.end(body);
  // Node joins head and body only where the body is a text; in latin1 each byte is a character.
  else outgoing.end(body.toString("latin1"), "latin1");
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
export function passOnSink({ buffers, heldUp, length, outgoing, upstream }: SinkPassage): Sink {
  // Most answers fit into the connection's own buffer, and never need this one.
  let buffer: AnswerBuffer | null = null;
  let isHeld = false;
  const hold = (held: boolean) => {
    if (isHeld !== held) heldUp(held);
    isHeld = held;
  };
  let isWhole = false;
  const onDrain = () => {
    buffer?.count(0);
    hold(false);
    // Afterwards its connection carries another client's answer.
    if (!isWhole) upstream.resume();
  };
  const finish = () => {
    buffer?.count(0);
    hold(false);
    outgoing.off("drain", onDrain);
  };
  let began = false;
  soon(outgoing, () => !began);
  return {
    take(chunk) {
      isWhole = !began && chunk.length === length;
      began = true;
      if (isWhole) return endWith(outgoing, chunk);
      if (outgoing.write(chunk)) return;
      if (buffer === null) {
        buffer = buffers.open();
        outgoing.on("drain", onDrain);
        // The rest of a complete answer stays buffered until the client has it, or is gone.
        outgoing.on("close", finish);
      }
      buffer.count(outgoing.writableLength);
      if (buffer.hasRoom()) return;
      upstream.pause();
      hold(true);
    },
    end() {
      if (isWhole) return;
      began = true;
      isWhole = true;
      hold(false);
      outgoing.end();
    },
    broke() {
      // The whole body was here: what the connection did afterwards is of no matter.
      if (isWhole) return;
      finish();
      // Without an end: a cut body must not look complete in any framing.
      outgoing.destroy();
    },
  };
}

/** A body that comes with its head leaves with it; a late body does not hold the head back. */
function soon(outgoing: ServerResponse, isDue: () => boolean): void {
  process.nextTick(() => {
    // Not `flushHeaders`: it writes the head as UTF-8, also where the upstream sent other bytes.
    if (isDue() && !outgoing.destroyed) outgoing.write(NOTHING);
  });
}

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
