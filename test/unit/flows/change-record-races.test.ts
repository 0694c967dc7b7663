import { describe, expect, it } from "vitest";
import {
  changePhoneRecord,
  changeUserRecord,
  type RecordPorts,
  readPhoneRecord,
} from "../../../src/flows/state/change-record.ts";
import { AdapterError } from "../../../src/ports/adapter-error.ts";
import { NOW } from "../../support/core/challenge-fixture.ts";
import { KEY, recordGateway, sentAt, spent, USER } from "../../support/gateway/record-gateway.ts";

const LOST = {
  ok: false,
  failure: { reason: "rate-limited", cause: "lost-race", retryAfterSeconds: 1 },
};
const down = () => new AdapterError("memory", "write", "unavailable", { cause: null });

describe("a lost race", () => {
  it("a lost race is decided again on the fresh record, at a fresh time, after a pause", async () => {
    const { clock, gateway, slept, state } = recordGateway();
    let rivals = 2;
    state.beforeWrite = (key) => {
      if (rivals-- > 0) state.put(key, { v: 1, record: sentAt(clock.now) as never });
    };
    const seen: unknown[] = [];
    const outcome = await changePhoneRecord(gateway, KEY, (record, now) => {
      seen.push([record.common.sends, now]);
      return { record: sentAt(...record.common.sends, now), outcome: "won" };
    });
    expect(outcome).toBe("won");
    expect(seen).toEqual([
      [[], NOW],
      [[NOW], NOW + 10],
      [[NOW + 10], NOW + 20],
    ]);
    expect(slept.length).toBe(2);
  });
  it("a lost race may end otherwise than it began: what the rival wrote is seen", async () => {
    const { gateway, state } = recordGateway();
    state.beforeWrite = (key) => state.put(key, { v: 1, record: spent("a") as never });
    const outcome = await changeUserRecord(gateway, USER, (record) =>
      record.redeemed.length > 0
        ? { record: null, outcome: "spent" }
        : { record: spent("a"), outcome: "mine" },
    );
    expect(outcome).toBe("spent");
  });
  it("a lost race is tried twelve times and then refused, with a second to wait; pauses grow but stay short", async () => {
    const { gateway, slept, state } = recordGateway();
    state.beforeWrite = (key) => state.put(key, { v: 1, record: sentAt(NOW) as never });
    expect(
      await changePhoneRecord(gateway, KEY, () => ({ record: sentAt(NOW), outcome: 0 })),
    ).toEqual(LOST);
    expect(state.commands.filter((command) => command.startsWith("write")).length).toBe(12);
    for (const [index, ms] of slept.entries()) expect(ms).toBeLessThanOrEqual(5 * (index + 1));
  });
  it("a lost race gives every one of 20 racers its turn, or tells it that it lost", async () => {
    const { gateway } = recordGateway();
    const add = () =>
      changePhoneRecord(gateway, KEY, (record, now) => ({
        record: sentAt(...record.common.sends, now),
        outcome: "won" as const,
      }));
    const outcomes = await Promise.all(Array.from({ length: 20 }, add));
    const { record } = await readPhoneRecord(gateway, KEY);
    expect(record.common.sends.length).toBe(outcomes.filter((outcome) => outcome === "won").length);
    for (const outcome of outcomes) if (outcome !== "won") expect(outcome).toEqual(LOST);
  });
});

describe("a store that fails", () => {
  const change = (gateway: RecordPorts) =>
    changePhoneRecord(gateway, KEY, (_, now) => ({ record: sentAt(now), outcome: "won" }));

  it("a store that fails before the write makes the change fail, and nothing is written", async () => {
    const { gateway, state } = recordGateway();
    state.beforeWrite = () => {
      throw down();
    };
    await expect(change(gateway)).rejects.toThrow("memory write unavailable");
    expect(state.values.size).toBe(0);
  });
  it("a store that fails after the write is found out: what was written is not done twice", async () => {
    const { gateway, state } = recordGateway();
    state.afterWrite = () => {
      throw down();
    };
    expect(await change(gateway)).toBe("won");
    expect(state.commands.filter((command) => command.startsWith("write")).length).toBe(1);
  });
  it("a store that fails after the write and for good makes the change fail with the first error", async () => {
    const { gateway, state } = recordGateway();
    state.afterWrite = () => {
      state.read = () => Promise.reject(new Error("second"));
      throw down();
    };
    await expect(change(gateway)).rejects.toThrow("memory write unavailable");
  });
});
