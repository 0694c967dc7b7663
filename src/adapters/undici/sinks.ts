import type { ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { Head } from "../../ports/upstream.ts";

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

/**
 * Passes the body on as fast as the client takes it.
 *
 * @param stallMs a client that takes nothing for so long is let go: else each would hold a
 *   connection to the upstream, and a few hundred of them all there are
 */
export function passOn(outgoing: ServerResponse, upstream: Flow, stallMs: number): Sink {
  let stalled: NodeJS.Timeout | undefined;
  const onDrain = () => {
    clearTimeout(stalled);
    upstream.resume();
  };
  outgoing.on("drain", onDrain);
  // A body that comes with its head leaves with it; one that is long in coming holds it not back.
  let began = false;
  process.nextTick(() => {
    // Not `flushHeaders`: it writes the head as UTF-8, whatever bytes the upstream sent.
    if (!began && !outgoing.destroyed) outgoing.write(NOTHING);
  });
  const finish = () => {
    clearTimeout(stalled);
    outgoing.off("drain", onDrain);
  };
  return {
    take(chunk) {
      began = true;
      if (outgoing.write(chunk)) return;
      upstream.pause();
      clearTimeout(stalled);
      stalled = setTimeout(() => outgoing.destroy(), stallMs);
    },
    end() {
      began = true;
      finish();
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
  maxBytes: number,
  upstream: Pick<Flow, "abort">,
  done: (body: Uint8Array<ArrayBuffer> | null, error: Error | null) => void,
): Sink {
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    take(chunk) {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else upstream.abort(new Error("the answer is too large to be judged"));
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
