/** Bounds on the buffered bytes of one answer, and of all answers together. */
const BYTES_PER_ANSWER = 256 * 1024;
const BYTES_IN_ALL = 64 * 1024 * 1024;

/**
 * Buffers answers for clients that read slowly. An answer that fits is read to its end, so that its
 * connection to the upstream is free for others, however slow its client is.
 */
export class AnswerBuffers {
  #total = 0;

  open(): AnswerBuffer {
    let counted = 0;
    const count = (bytes: number) => {
      this.#total += bytes - counted;
      counted = bytes;
    };
    return {
      count,
      hasRoom: () => counted < BYTES_PER_ANSWER && this.#total < BYTES_IN_ALL,
    };
  }
}

export interface AnswerBuffer {
  /** Sets the number of the answer's waiting bytes. */
  count(bytes: number): void;
  hasRoom(): boolean;
}
