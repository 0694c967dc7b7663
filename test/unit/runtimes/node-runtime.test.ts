import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { LogFields } from "../../../src/ports/log.ts";
import { nodeRuntime, randomPool } from "../../../src/runtimes/node/node-runtime.ts";

function recorded() {
  const lines: (LogFields | undefined)[] = [];
  const runtime = nodeRuntime({
    write: (level, event, fields) => void lines.push({ level, event, ...fields }),
  });
  return { lines, runtime };
}

describe("deferred work", () => {
  it("deferred work begins after the answer had its turn", async () => {
    const { runtime } = recorded();
    const order: string[] = [];
    runtime.defer("work", async () => void order.push("work"));
    await Promise.resolve();
    order.push("answer");
    expect(await runtime.drain(1000)).toBe(0);
    expect(order).toEqual(["answer", "work"]);
  });

  it("deferred work is waited for, and so is what it defers itself", async () => {
    const { runtime } = recorded();
    const done: string[] = [];
    runtime.defer("first", async () => {
      await sleep(30);
      runtime.defer("second", async () => {
        await sleep(30);
        done.push("second");
      });
      done.push("first");
    });
    expect(await runtime.drain(5000)).toBe(0);
    expect(done).toEqual(["first", "second"]);
  });

  it("deferred work is waited for no longer than asked, and what was not done is counted", async () => {
    const { runtime } = recorded();
    const { promise, resolve } = Promise.withResolvers<void>();
    runtime.defer("endless", () => promise);
    runtime.defer("short", async () => undefined);
    const startedAt = performance.now();
    expect(await runtime.drain(100)).toBe(1);
    expect(performance.now() - startedAt).toBeLessThan(2000);
    resolve();
    expect(await runtime.drain(1000)).toBe(0);
  });

  it("deferred work that throws is a log line without the error's own text, and disturbs nothing", async () => {
    const { lines, runtime } = recorded();
    runtime.defer("send", () => Promise.reject(new Error("to +919876500001")));
    expect(await runtime.drain(1000)).toBe(0);
    runtime.defer("send", () => {
      throw new TypeError("at once, to +919876500001");
    });
    expect(await runtime.drain(1000)).toBe(0);
    expect(lines).toMatchObject([
      { level: "error", event: "deferred-failed", task: "send", error: "Error" },
      { level: "error", event: "deferred-failed", task: "send", error: "TypeError" },
    ]);
    expect(JSON.stringify(lines)).not.toContain("98765");
  });
});

describe("random bytes from a pool", () => {
  it("random bytes from a pool come once each, in their order, and leave nothing of themselves behind", () => {
    let fills = 0;
    let kept: Uint8Array = new Uint8Array();
    const next = randomPool((pool) => {
      kept = pool;
      fills++;
      for (let at = 0; at < pool.length; at++) pool[at] = 1 + ((at + fills) % 255);
    });
    const given: number[] = [];
    const lengths = [9, 32, 1, 24, 12, 0, 4096, 16];
    for (const length of lengths) {
      const bytes = next(length);
      expect(bytes).toHaveLength(length);
      given.push(...bytes);
    }
    expect(fills).toBe(3);
    expect(given.includes(0), "no byte that was given out before").toBe(false);
    expect([...kept.subarray(0, 16)]).toEqual(Array(16).fill(0));
  });

  it("random bytes from a pool are other ones each time", () => {
    const next = randomPool();
    const seen = new Set(Array.from({ length: 2_000 }, () => next(16).join()));
    expect(seen.size).toBe(2_000);
  });
});
