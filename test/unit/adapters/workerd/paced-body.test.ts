import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { pacedBody } from "../../../../src/adapters/workerd/paced-body.ts";
import { StalledBodyError } from "../../../../src/core/pace.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const SECOND = 1_000;

/** A body whose client writes when the test says so. */
function written() {
  let client: ReadableStreamDefaultController<Bytes> | null = null;
  const cancelled = vi.fn();
  const body = new ReadableStream<Bytes>({
    start: (controller) => {
      client = controller;
    },
    cancel: cancelled,
  });
  const reader = pacedBody(body, { now: Date.now }).getReader();
  const say = (bytes: number) => {
    if (cancelled.mock.calls.length === 0) client?.enqueue(new Uint8Array(bytes));
  };
  return { cancelled, end: () => client?.close(), reader, say };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a body on its way to the Worker", () => {
  it("ends where no byte comes for ten seconds while it is read, and the client is let go", async () => {
    const { cancelled, reader, say } = written();
    say(3);
    expect((await reader.read()).value).toHaveLength(3);
    const next = reader.read();
    const failed = expect(next).rejects.toThrow(StalledBodyError);
    await vi.advanceTimersByTimeAsync(10 * SECOND - 1);
    expect(cancelled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await failed;
    expect(cancelled).toHaveBeenCalled();
  });

  it("may wait as long as it likes while it is not read", async () => {
    const { end, reader, say } = written();
    await vi.advanceTimersByTimeAsync(60 * SECOND);
    say(3);
    expect((await reader.read()).value).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(60 * SECOND);
    end();
    expect((await reader.read()).done).toBe(true);
  });

  it("ends where a byte comes now and then, and not where 500 come each second", async () => {
    const lasts = async (bytes: number) => {
      const { reader, say } = written();
      for (let seconds = 0; seconds < 120; seconds += 5) {
        const next = reader.read().catch(() => null);
        await vi.advanceTimersByTimeAsync(5 * SECOND);
        say(bytes);
        if ((await next) === null) return seconds;
      }
      return "to its end";
    };
    expect(await lasts(2_500)).toBe("to its end");
    expect(await lasts(1)).toBe(30);
  });
});
