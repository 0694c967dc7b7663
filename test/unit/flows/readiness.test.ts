import { describe, expect, it } from "vitest";
import { createReadiness } from "../../../src/flows/state/readiness.ts";

/** A store whose checks end when the test says so. */
function place() {
  const clock = { now: 1_000_000 };
  const pending: ((isUp: boolean) => void)[] = [];
  const readiness = createReadiness();
  const runtime = { now: () => clock.now, sleep: () => new Promise<void>((go) => setTimeout(go)) };
  const check = () => new Promise<boolean>((resolve) => pending.push(resolve));
  const ask = () => readiness.of("directory", check, runtime);
  const end = (isUp: boolean) => pending.shift()?.(isUp);
  return { ask, clock, end, pending };
}

describe("readiness under a flood", () => {
  it("is checked once where three hundred ask at once, at the start and whenever the result has ended", async () => {
    const { ask, clock, end, pending } = place();
    const flood = () => Array.from({ length: 300 }, ask);
    const first = flood();
    expect(pending).toHaveLength(1);
    end(true);
    expect(new Set(await Promise.all(first))).toEqual(new Set([true]));
    clock.now += 3_000;
    const [checking, ...others] = flood();
    expect(new Set(await Promise.all(others)), "the last result meanwhile").toEqual(
      new Set([true]),
    );
    expect(pending).toHaveLength(1);
    end(false);
    expect(await checking).toBe(false);
    expect(await ask()).toBe(false);
    clock.now += 1_000;
    const again = ask();
    end(true);
    expect(await again).toBe(true);
  });

  it("is checked anew where a check is gone with its request", async () => {
    const { ask, clock, end, pending } = place();
    void ask();
    clock.now += 4_000;
    const second = ask();
    expect(pending).toHaveLength(2);
    pending.shift();
    end(true);
    expect(await second).toBe(true);
  });

  it("is not kept where the clock was set back", async () => {
    const { ask, clock, end, pending } = place();
    const first = ask();
    end(true);
    await first;
    clock.now -= 3_600_000;
    void ask();
    expect(pending).toHaveLength(1);
  });
});
