import { describe, expect, it } from "vitest";
import { SharedRoom } from "../../../src/core/shared-room.ts";

function room(bounds: Partial<ConstructorParameters<typeof SharedRoom>[0]> = {}) {
  const clock = { now: 1_000 };
  const all = { all: 100, share: 10, open: 50, goodMs: 60, ...bounds };
  return { clock, shared: new SharedRoom(all, () => clock.now) };
}

describe("what a process gives away to requests", () => {
  it("is given to anybody while little is in use, and to a source in its share from then on", () => {
    const { shared } = room();
    const attacker = shared.hold("a");
    expect(attacker.take(50)).toBe(true);
    expect(attacker.take(1)).toBe(false);
    expect(shared.hold("a").take(1), "another request of that source").toBe(false);
    expect(shared.hold("b").take(10)).toBe(true);
    expect(shared.hold("b").take(1)).toBe(false);
    expect(shared.hold("c").take(11)).toBe(false);
    expect(shared.hold("c").take(10)).toBe(true);
  });

  it("is never more than all of it, however many sources ask", () => {
    const { shared } = room();
    const given = Array.from({ length: 30 }, (_, n) => shared.hold(`${n}`).take(10));
    expect(given.filter(Boolean)).toHaveLength(10);
  });

  it("is given back once: in part, or by leaving, and a second leave is no credit", () => {
    const { shared } = room({ open: 0 });
    const [one, other] = [shared.hold("a"), shared.hold("a")];
    expect([one.take(6), other.take(4), other.take(1)]).toEqual([true, true, false]);
    one.give(99);
    expect([other.take(6), other.take(1)]).toEqual([true, false]);
    for (let n = 0; n < 3; n++) other.leave();
    other.give(10);
    expect([one.take(10), one.take(1)]).toEqual([true, false]);
  });

  it("comes back by itself from a request that is gone without a word, and not from one that is there", () => {
    const { clock, shared } = room({ open: 0 });
    const gone = shared.hold("a");
    const there = shared.hold("b");
    expect([gone.take(10), there.take(10)]).toEqual([true, true]);
    clock.now += 60;
    there.touch();
    expect(shared.hold("a").take(1), "at its end").toBe(false);
    clock.now += 1;
    expect(shared.hold("a").take(10), "past its end").toBe(true);
    expect(shared.hold("b").take(1)).toBe(false);
    gone.leave();
    expect(shared.hold("a").take(1), "the lost request leaves after all").toBe(false);
  });
});
