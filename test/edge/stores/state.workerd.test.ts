import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { durableState } from "../../../src/adapters/durable/state.ts";
import { expectUnavailable } from "../../contract/state/promise.ts";
import { stateSuite } from "../../contract/state/state.suite.ts";
import { countRows } from "../count-rows.ts";
import { objectClock } from "../object-clock.ts";
import { ownObjects } from "../own-objects.ts";

const MINUTE = 60_000;

function begin() {
  objectClock.now = Date.now();
  const objects = ownObjects(env.STATE, env.CRASHING);
  return { objects, state: durableState(objects.namespace) };
}

/** The names under which an object keeps anything. */
const keptBy = (stub: object): Promise<readonly string[]> =>
  runInDurableObject(stub, (_, { storage }) => [...storage.kv.list()].map(([name]) => name));

const alarmOf = (stub: object): Promise<number | null> =>
  runInDurableObject(stub, (_, { storage }) => storage.getAlarm());

stateSuite("Durable Objects", async () => {
  const { objects, state } = begin();
  return {
    state,
    other: durableState(objects.namespace),
    clock: objectClock,
    breakIt: async () => objects.takeAway(),
    close: async () => undefined,
  };
});

describe("a state object", () => {
  it("a state object forgets nothing when it is evicted", async () => {
    const { objects, state } = begin();
    const expiresAt = objectClock.now + MINUTE;
    const version = await state.write("phone/a", { tries: 1 }, { expect: null, expiresAt });
    await evictDurableObject(objects.named("phone/a"));
    expect(await state.read("phone/a")).toEqual({ value: { tries: 1 }, version });
    const next = await state.write("phone/a", { tries: 2 }, { expect: version, expiresAt });
    expect(next).not.toBeNull();
    await evictDurableObject(objects.named("phone/a"));
    expect(await state.write("phone/a", 3, { expect: version, expiresAt })).toBeNull();
    objectClock.now = expiresAt;
    expect(await state.read("phone/a")).toBeNull();
  });

  it("a state object deletes itself when its record has expired, and may be written again", async () => {
    const { objects, state } = begin();
    const expiresAt = objectClock.now + MINUTE;
    await state.write("phone/a", 1, { expect: null, expiresAt });
    const object = objects.named("phone/a");
    expect(await alarmOf(object)).toBe(expiresAt);
    expect(await keptBy(object)).toEqual(["record"]);
    objectClock.now = expiresAt;
    expect(await runDurableObjectAlarm(object)).toBe(true);
    expect(await keptBy(object)).toEqual([]);
    expect(await alarmOf(object)).toBeNull();
    const again = { expect: null, expiresAt: expiresAt + MINUTE };
    expect(await state.write("phone/a", 2, again)).not.toBeNull();
    expect((await state.read("phone/a"))?.value).toBe(2);
    expect(await alarmOf(object)).toBe(expiresAt + MINUTE);
  });

  it("a state object keeps a record that lives longer than it first said, and wakes for its new end", async () => {
    const { objects, state } = begin();
    const expiresAt = objectClock.now + MINUTE;
    const version = await state.write("user/a", 1, { expect: null, expiresAt });
    const later = expiresAt + MINUTE;
    await state.write("user/a", 2, { expect: version, expiresAt: later });
    objectClock.now = expiresAt;
    expect(await runDurableObjectAlarm(objects.named("user/a"))).toBe(true);
    expect((await state.read("user/a"))?.value).toBe(2);
    expect(await alarmOf(objects.named("user/a"))).toBe(later);
  });

  it("a state object wakes earlier for a record that ends earlier, evicted in between", async () => {
    const { objects, state } = begin();
    const expiresAt = objectClock.now + 2 * MINUTE;
    const version = await state.write("user/a", 1, { expect: null, expiresAt });
    await evictDurableObject(objects.named("user/a"));
    const sooner = objectClock.now + MINUTE;
    await state.write("user/a", 2, { expect: version, expiresAt: sooner });
    expect(await alarmOf(objects.named("user/a"))).toBe(sooner);
  });

  it("a state object leaves nothing behind where it was only asked", async () => {
    const { objects, state } = begin();
    expect(await state.read("phone/stranger")).toBeNull();
    const expiresAt = objectClock.now + MINUTE;
    expect(await state.write("phone/stranger", 1, { expect: "no", expiresAt })).toBeNull();
    expect(await state.remove("phone/stranger", { expect: "no" })).toBe(false);
    await state.check();
    expect(await keptBy(objects.named("phone/stranger"))).toEqual([]);
    expect(await alarmOf(objects.named("phone/stranger"))).toBeNull();
  });
});

describe("what a state object writes, which is what it costs,", () => {
  it("what a state object writes, which is what it costs, is a row and an alarm the first time, and a row each time after", async () => {
    const { objects, state } = begin();
    const written = await countRows(objects.named("phone/a"));
    const options = { expiresAt: objectClock.now + MINUTE };
    const version = await state.write("phone/a", 1, { expect: null, ...options });
    expect(written).toEqual({ puts: 1, alarms: 1, statements: 0 });
    await state.read("phone/a");
    await state.write("phone/a", 2, { expect: version, ...options });
    expect(written).toEqual({ puts: 2, alarms: 1, statements: 0 });
    await state.write("phone/a", 3, { expect: "lost", ...options });
    expect(written).toEqual({ puts: 2, alarms: 1, statements: 0 });
  });
});

describe("a state object whose alarm cannot be set", () => {
  it("a state object whose alarm cannot be set says so, and sets the alarm with the next write", async () => {
    const { objects, state } = begin();
    const object = objects.named("phone/a");
    let isBroken = true;
    await runInDurableObject(object, (_, { storage }) => {
      const setAlarm = storage.setAlarm.bind(storage);
      Object.assign(storage, {
        setAlarm: (at: number) =>
          isBroken ? Promise.reject(new Error("no alarm for +919876500001")) : setAlarm(at),
      });
    });
    const expiresAt = objectClock.now + MINUTE;
    await expect(state.write("phone/a", 1, { expect: null, expiresAt })).rejects.toThrow(
      /^durable write failed$/,
    );
    isBroken = false;
    const { version = null } = (await state.read("phone/a")) ?? {};
    expect(await state.write("phone/a", 2, { expect: version, expiresAt })).not.toBeNull();
    expect(await alarmOf(object)).toBe(expiresAt);
  });
});

describe("an object of another version", () => {
  it("an object that does not know what it is asked is a store that is down, for the while of a deployment", async () => {
    // A limits object has no `read`, as an older class lacks a method that a newer one has.
    const state = durableState(env.LIMITS as never);
    await expectUnavailable({ read: () => state.read("phone/a") });
  });
});

describe("a state object that an older version wrote", () => {
  it("a state object that an older version wrote keeps its record, moved out of its table", async () => {
    const { objects, state } = begin();
    const object = objects.named("user/old");
    const expiresAt = objectClock.now + MINUTE;
    await runInDurableObject(object, (_, { storage }) => {
      storage.sql.exec(
        "CREATE TABLE state (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL, version TEXT NOT NULL, expires_at INTEGER NOT NULL)",
      );
      const row = ["user/old", '{"devices":1}', "v-1", expiresAt];
      storage.sql.exec("INSERT INTO state VALUES (?, ?, ?, ?)", ...row);
      storage.kv.put("schema", 1);
    });
    expect(await state.read("user/old")).toEqual({ value: { devices: 1 }, version: "v-1" });
    const next = { expect: "v-1", expiresAt };
    expect(await state.write("user/old", { devices: 2 }, next)).not.toBeNull();
    expect((await state.read("user/old"))?.value).toEqual({ devices: 2 });
    expect(await keptBy(object)).toEqual(["record"]);
  });
});

describe("state in Durable Objects", () => {
  it("state in Durable Objects says `unavailable` in time where an object never answers", async () => {
    const state = durableState(env.SILENT);
    await expectUnavailable({ read: () => state.read("phone/a") });
  });

  it("state in Durable Objects names no key and no text of the platform's in its errors", async () => {
    const state = durableState(env.CRASHING);
    await expect(state.read("+919876500001")).rejects.toThrow(/^durable read unavailable$/);
  });
});
