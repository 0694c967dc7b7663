import type { ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { AnswerPlan, Head } from "../../ports/upstream.ts";
import type { AnswerBuffer, AnswerBuffers } from "./answer-buffers.ts";

/** Where the body of an answer goes. */
export interface Sink {
  take(chunk: Buffer): void;
  end(): void;
  /** The upstream broke off, or was made to. */
  broke(error: Error): void;
}

type Flow = Pick<Dispatcher.DispatchController, "abort" | "pause" | "resume">;

/** These speak of the upstream's connection; the client's has its own, which Node keeps. */
const CONNECTION: ReadonlySet<string> = new Set(["connection", "keep-alive", "transfer-encoding"]);

/** Writes the head as it is, field by field. Throws where it holds what HTTP cannot carry. */
export function writeHead(outgoing: ServerResponse, { headers, status }: Head): void {
  const fields: string[] = [];
  for (const [name, value] of headers) if (!CONNECTION.has(name)) fields.push(name, value);
  try {
    outgoing.writeHead(status, fields);
  } catch (error) {
    throw new AdapterError("undici", "head", "failed", { cause: error });
  }
}

const NOTHING = Buffer.alloc(0);

/** What an answer on its way to a client needs of its surroundings. */
export interface Passage {
  readonly outgoing: ServerResponse;
  readonly upstream: Flow;
  readonly buffers: AnswerBuffers;
  /** The client holds the upstream's connection up, or does so no more. */
  heldUp(isHeld: boolean): void;
}

/**
 * Passes the body on as fast as the client takes it, and keeps a part of it for a client that is
 * slower than the upstream.
 */
export function passOn({ buffers, heldUp, outgoing, upstream }: Passage): Sink {
  // Most answers fit what the connection takes at once, and never need one.
  let buffer: AnswerBuffer | null = null;
  let isHeld = false;
  const hold = (held: boolean) => {
    if (isHeld === held) return;
    isHeld = held;
    heldUp(held);
  };
  let isWhole = false;
  const onDrain = () => {
    buffer?.count(0);
    hold(false);
    // Afterwards its connection carries the answer to somebody else.
    if (!isWhole) upstream.resume();
  };
  const finish = () => {
    buffer?.count(0);
    hold(false);
    outgoing.off("drain", onDrain);
  };
  outgoing.on("drain", onDrain);
  // A body that comes with its head leaves with it; one that is long in coming holds it not back.
  let began = false;
  process.nextTick(() => {
    // Not `flushHeaders`: it writes the head as UTF-8, whatever bytes the upstream sent.
    if (!began && !outgoing.destroyed) outgoing.write(NOTHING);
  });
  return {
    take(chunk) {
      began = true;
      if (outgoing.write(chunk)) return;
      if (buffer === null) {
        buffer = buffers.open();
        // What is kept of an answer that is whole is kept until the client has it, or is gone.
        outgoing.on("close", finish);
      }
      buffer.count(outgoing.writableLength);
      if (buffer.hasRoom()) return;
      upstream.pause();
      hold(true);
    },
    end() {
      began = true;
      isWhole = true;
      hold(false);
      outgoing.end();
    },
    broke() {
      finish();
      // Without an end: what was cut must not look complete, whatever framing the client sees.
      outgoing.destroy();
    },
  };
}

/** Reads the body whole. @param done gets null where there was more than `maxBytes`, or an error */
export function collect(
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
    end: () => done(joined(chunks, size), null),
    broke: (error) => done(null, size > maxBytes ? null : error),
  };
}

function joined(chunks: readonly Buffer[], size: number): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}
