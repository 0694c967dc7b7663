import { describe, expect, it } from "vitest";
import { afterEnd } from "../../../src/runtimes/node/processes/restarts.ts";

describe("the restarts of a process that ends", () => {
  it("a process that keeps ending at once is restarted after longer and longer pauses, then no more", () => {
    const pauses: (number | null)[] = [];
    let soon = 0;
    do {
      const { pauseMs, soonInARow } = afterEnd(soon, 9_999);
      pauses.push(pauseMs);
      soon = soonInARow;
    } while (pauses.at(-1) !== null);
    expect(pauses).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, null]);
  });

  it("a process that served for ten seconds before it died is restarted soon, and earlier ends are forgotten", () => {
    expect(afterEnd(7, 10_000)).toEqual({ soonInARow: 0, pauseMs: 100 });
  });
});
