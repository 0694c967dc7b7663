import { writeSync } from "node:fs";
import {
  type CountedLines,
  countedLines,
  type LineOutput,
  type LostLines,
} from "../../../runtimes/node/processes/counted-lines.ts";

/** The part of process.stdout that is used here. */
export interface LineStream extends LineOutput {
  readonly fd: number;
  /** Node's count of the bytes that it was handed and the system has not yet taken. */
  readonly _handle?: { readonly writeQueueSize?: number } | null;
}

export interface LineWriter {
  write(line: string): void;
  /** From now on lines wait for the end of the event loop's turn only: the process may be killed. */
  hurry(): void;
}

/** So long lines may wait while there are many. */
const BATCH_MS = 50;
/** So much text is written at once. */
const BATCH_LENGTH = 32 * 1024;
/** Below so many lines in BATCH_MS each turn of the event loop writes its own. */
const FEW_LINES = 64;
/** So much text may wait for a reader that has stopped reading. Later lines are dropped and counted. */
const MOST_WAITING = 16 * 1024 * 1024;
/** How long an exiting process waits for a reader that does not read. */
const LAST_WAIT_MS = 2_000;

/**
 * Writes lines, joined: a write is a system call that requests wait for. A quiet process writes
 * its lines at the end of the event loop's turn, a busy one every 50 ms. The rest is written when
 * the process exits: after a signal, and after an error that no code caught.
 *
 * @param lost told of lines that the system refuses or the reader does not read: a reader that
 *   hangs must not fill the memory of a process that serves, and a full disk must not end it
 */
export function lineWriter(stream: LineStream, lost: LostLines): LineWriter {
  const batch = new Batch(stream, countedLines(stream, lost));
  process.on("exit", () => batch.exit());
  return { write: (line) => batch.add(line), hurry: () => batch.hurry() };
}

class Batch {
  readonly #stream: LineStream;
  readonly #lines: CountedLines;
  #pending = "";
  /** Handed to the stream; the system may not have taken all of it yet. */
  #sent = "";
  #isBusy = false;
  #mayWait = true;
  /** Of the current BATCH_MS. */
  #added = 0;
  #clock: NodeJS.Timeout | null = null;

  constructor(stream: LineStream, lines: CountedLines) {
    this.#stream = stream;
    this.#lines = lines;
  }

  add(line: string): void {
    if (this.#pending.length >= MOST_WAITING) {
      this.#lines.drop(1);
      return;
    }
    this.#added++;
    if (this.#clock === null) this.#startClock();
    if (this.#pending === "" && !this.#waits) setImmediate(() => this.#flush());
    this.#pending += `${line}\n`;
    if (this.#pending.length >= BATCH_LENGTH) this.#flush();
  }

  get #waits(): boolean {
    return this.#isBusy && this.#mayWait;
  }

  hurry(): void {
    this.#mayWait = false;
    this.#flush();
  }

  /** The clock runs only while there are lines: a timer would keep an idle process awake. */
  #tick(): void {
    this.#clock = null;
    this.#isBusy = this.#added >= FEW_LINES;
    this.#added = 0;
    this.#flush();
    if (this.#isBusy) this.#startClock();
  }

  #startClock(): void {
    this.#clock = setTimeout(() => this.#tick(), BATCH_MS).unref();
  }

  #flush(): void {
    // One text at a time: at the exit it must be known which bytes are still to be written.
    if (this.#pending === "" || this.#sent !== "") return;
    this.#sent = this.#pending;
    this.#pending = "";
    this.#lines.write(this.#sent, () => {
      this.#sent = "";
      if (this.#pending.length >= BATCH_LENGTH || !this.#waits) this.#flush();
    });
  }

  /** Nothing asynchronous happens any more: a stream's own queue would be lost. */
  exit(): void {
    const queued = this.#stream._handle?.writeQueueSize ?? 0;
    const sent = Buffer.from(this.#sent);
    const rest = sent.subarray(sent.length - Math.min(sent.length, queued));
    writeAll(this.#stream.fd, Buffer.concat([rest, Buffer.from(this.#pending)]));
    this.#pending = "";
    this.#sent = "";
  }
}

function writeAll(fd: number, bytes: Buffer): void {
  const deadline = performance.now() + LAST_WAIT_MS;
  let at = 0;
  while (at < bytes.length) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      const isFull = (error as NodeJS.ErrnoException).code === "EAGAIN";
      if (!isFull || performance.now() > deadline) return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
