/** Reads one answer after another from a connection; a length or chunks frame each. */
export class AnswerReader {
  readonly #done: (answer: { readonly status: number; readonly length: number }) => void;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(done: (answer: { readonly status: number; readonly length: number }) => void) {
    this.#done = done;
  }

  take(bytes: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    const headEnd = this.#bytes.indexOf("\r\n\r\n");
    if (headEnd === -1) return;
    const head = this.#bytes.toString("latin1", 0, headEnd);
    const status = Number(head.slice(9, 12));
    const given = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    const length =
      given === undefined && /\r\ntransfer-encoding: *chunked/i.test(head)
        ? this.#chunkedLength(headEnd + 4)
        : Number(given ?? 0);
    if (length === null || this.#bytes.length < headEnd + 4 + length) return;
    this.#bytes = Buffer.alloc(0);
    this.#done({ status, length });
  }

  /** @returns the body's bytes without the chunks' own lines, or null where it is not whole */
  #chunkedLength(from: number): number | null {
    let length = 0;
    for (let at = from; ; ) {
      const lineEnd = this.#bytes.indexOf("\r\n", at);
      if (lineEnd === -1) return null;
      const size = Number.parseInt(this.#bytes.toString("latin1", at, lineEnd), 16);
      at = lineEnd + 2 + size + 2;
      if (this.#bytes.length < at) return null;
      if (size === 0) return length;
      length += size;
    }
  }
}
