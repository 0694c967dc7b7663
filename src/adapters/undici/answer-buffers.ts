/** Of one answer, and of all together, so much may wait for clients. */
const BYTES_PER_ANSWER = 256 * 1024;
const BYTES_IN_ALL = 64 * 1024 * 1024;

/**
 * What is kept of answers for clients that read slowly. An answer that fits is read to its end, and
 * the connection to the upstream is free for others, however slow its own client is.
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
  /** How many bytes of the answer wait now. */
  count(bytes: number): void;
  hasRoom(): boolean;
}
