import { describe, expect, it } from "vitest";
import { createLease } from "../../../src/adapters/durable/lease.ts";

function begin() {
  let now = 0;
  const lease = createLease({
    now: () => now,
    sleep: async (ms) => {
      now += ms;
      await Promise.resolve();
    },
  });
  return {
    lease,
    advance: (ms: number) => {
      now += ms;
    },
  };
}

/** Work that ends when the test says so. */
function work() {
  let end = () => {};
  const done = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { end, run: () => done.then(() => "done") };
}

describe("the lease of a pass through the customers", () => {
  it("the lease of a pass through the customers is given to one caller at a time, and to the next one afterwards", async () => {
    const { lease } = begin();
    const first = work();
    const held = lease.hold(2_000, 0, first.run);
    expect(await lease.hold(2_000, 0, work().run)).toBeNull();
    first.end();
    expect(await held).toBe("done");
    expect(await lease.hold(2_000, 0, async () => "next")).toBe("next");
  });

  it("the lease of a pass through the customers is waited for, as long as the caller has time", async () => {
    const { lease } = begin();
    const first = work();
    const held = lease.hold(1_000, 0, first.run);
    const second = lease.hold(1_000, 500, async () => "second");
    first.end();
    expect(await held).toBe("done");
    expect(await second).toBe("second");
  });

  it("the lease of a pass through the customers goes on when a holder vanishes, and that holder takes nothing away when it comes back", async () => {
    const { advance, lease } = begin();
    const lost = work();
    const held = lease.hold(2_000, 0, lost.run);
    advance(2_000);
    const second = work();
    const secondHeld = lease.hold(2_000, 0, second.run);
    lost.end();
    expect(await held).toBe("done");
    expect(await lease.hold(2_000, 0, async () => "third")).toBeNull();
    second.end();
    expect(await secondHeld).toBe("done");
  });

  it("the lease of a pass through the customers is free again after work that throws", async () => {
    const { lease } = begin();
    const failing = lease.hold(2_000, 0, () => Promise.reject(new Error("down")));
    await expect(failing).rejects.toThrow("down");
    expect(await lease.hold(2_000, 0, async () => "next")).toBe("next");
  });
});
