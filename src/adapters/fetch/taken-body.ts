type Bytes = Uint8Array<ArrayBuffer>;

/** How a client ended its answer: it took all, hung up, or took nothing more. */
export type AnswerEnd = "taken" | "gone" | "stalled";

export interface TakenBodyOptions {
  readonly stallMs: number;
  /** Called once. */
  ended(how: AnswerEnd): void;
}

/** A phone on a slow line takes so much in time; a whole chunk of the upstream's it might not. */
const SLICE_BYTES = 16 * 1024;
const NOTHING: Bytes = new Uint8Array();

class StalledClientError extends Error {
  constructor() {
    super("the client takes nothing of its answer");
    this.name = "StalledClientError";
  }
}

/**
 * A body that goes to the client no faster than the client takes it, and breaks off where the client
 * takes nothing for `stallMs`. Time in which `next` is waited for does not count: an idle event
 * stream is no stall.
 *
 * @param next the next bytes; null: there are no more
 */
export function takenBody(
  next: () => Promise<Bytes | null>,
  { ended, stallMs }: TakenBodyOptions,
): ReadableStream<Bytes> {
  let rest = NOTHING;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const source: UnderlyingDefaultSource<Bytes> = {
    async pull(controller) {
      clearTimeout(timer);
      const bytes = rest.length > 0 ? rest : await next();
      if (bytes === null) {
        ended("taken");
        return controller.close();
      }
      controller.enqueue(bytes.subarray(0, SLICE_BYTES));
      rest = bytes.subarray(SLICE_BYTES);
      timer = setTimeout(() => {
        controller.error(new StalledClientError());
        ended("stalled");
      }, stallMs);
    },
    cancel() {
      clearTimeout(timer);
      ended("gone");
    },
  };
  return new ReadableStream(source, { highWaterMark: 0 });
}

/** Bytes that are here, piece by piece. */
export function takenBytes(bytes: Bytes, options: TakenBodyOptions): ReadableStream<Bytes> {
  let left: Bytes | null = bytes;
  const next = async () => {
    const all = left;
    left = null;
    return all;
  };
  return takenBody(next, options);
}
