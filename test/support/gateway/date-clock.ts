import { onTestFinished, vi } from "vitest";
import { START, type TestClock } from "./test-gateway.ts";

/** A clock that the limiter goes by as well: it asks Date. Put back when the test is over. */
export function dateClock(start = START): TestClock {
  vi.useFakeTimers({ toFake: ["Date"], now: start });
  onTestFinished(() => void vi.useRealTimers());
  return {
    now: () => Date.now(),
    advance: (ms) => void vi.setSystemTime(Date.now() + ms),
  };
}
