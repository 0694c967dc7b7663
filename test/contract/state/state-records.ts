import { expect } from "vitest";
import type { Json } from "../../../src/ports/state.ts";
import { expectUnavailable, ODD_TEXTS, type Promised } from "./promise.ts";
import { MINUTE, make, type With } from "./state-instance.ts";

const VALUES: readonly Json[] = [
  null,
  true,
  false,
  0,
  -1.5,
  5e-324,
  1.7976931348623157e308,
  Number.MAX_SAFE_INTEGER,
  1_732_300_000_123,
  [],
  {},
  [[], {}, [null]],
  { a: { b: [1, "1", true, null, { c: "" }] }, "": 0, "a.b": 1, $set: { x: 1 }, "1": 1, "0": 0 },
  { constructor: "c", toString: null, length: 3 },
  JSON.parse('{"__proto__": {"admin": true}, "a": {"__proto__": 1}}'),
  "x".repeat(200_000),
  ...ODD_TEXTS,
  [...ODD_TEXTS],
  Object.fromEntries(ODD_TEXTS.map((text) => [text, text])),
  JSON.parse("[".repeat(100) + "]".repeat(100)),
];

/** Not well-formed: UTF-8 has no bytes for them, so a store may make one character of both. */
const LONE_SURROGATES = ["\ud800", "\udbff", "\udc00", "\ufffd"] as const;

export function declareRecords(promised: Promised, instance: With): void {
  promised(
    "reads what was written, with the version that the write gave",
    instance(async (made) => {
      expect(await made.state.read("key")).toBeNull();
      const version = await make(made, "key", { tries: 1 });
      expect(await made.state.read("key")).toEqual({ value: { tries: 1 }, version });
      expect(version).not.toBe("");
    }),
  );
  promised(
    "shows a record to another connection at once",
    instance(async (made) => {
      const first = await make(made, "key", 1);
      expect(await made.other.read("key")).toEqual({ value: 1, version: first });
      const expiresAt = made.clock.now + MINUTE;
      const second = await made.other.write("key", 2, { expect: first, expiresAt });
      expect(await made.state.read("key")).toEqual({ value: 2, version: second });
      expect(await made.state.remove("key", { expect: second ?? "" })).toBe(true);
      expect(await made.other.read("key")).toBeNull();
    }),
  );
  promised(
    "gives every value back equal",
    instance(async (made) => {
      for (const [n, value] of VALUES.entries()) {
        await make(made, `key-${n}`, value);
        const read = (await made.other.read(`key-${n}`))?.value;
        expect(read).toStrictEqual(value);
        // The text too: toStrictEqual does not look at the own field `__proto__`.
        expect(JSON.stringify(read)).toBe(JSON.stringify(value));
      }
    }),
  );
  promised(
    "takes any text for a key, and keeps keys apart",
    instance(async (made) => {
      for (const key of ODD_TEXTS) await make(made, key, key);
      for (const key of ODD_TEXTS) {
        expect((await made.state.read(key))?.value, JSON.stringify(key.slice(0, 30))).toBe(key);
      }
      for (const key of ODD_TEXTS) {
        const read = await made.state.read(key);
        expect(await made.state.remove(key, { expect: read?.version ?? "" })).toBe(true);
        expect(await made.state.read(key)).toBeNull();
      }
    }),
  );
  promised(
    "keeps lone surrogates apart, in keys and in values",
    instance(async (made) => {
      for (const key of LONE_SURROGATES) await make(made, key, key);
      for (const key of LONE_SURROGATES) expect((await made.state.read(key))?.value).toBe(key);
    }),
  );
  promised(
    "keeps a value of its own, whatever is done to the one given or read",
    instance(async (made) => {
      const given = { tries: [1] };
      await make(made, "key", given);
      given.tries.push(2);
      const read = (await made.state.read("key"))?.value as { tries: number[] };
      expect(read).toEqual({ tries: [1] });
      read.tries.push(3);
      expect((await made.state.read("key"))?.value).toEqual({ tries: [1] });
    }),
  );
}

export function declareFailures(promised: Promised, instance: With): void {
  promised(
    "checks out where the store can serve, and leaves no record",
    instance(async ({ state, other }) => {
      await expect(state.check()).resolves.toBeUndefined();
      await expect(other.check()).resolves.toBeUndefined();
      expect(await state.read("")).toBeNull();
    }),
  );
  promised(
    "says `unavailable` in time when the store is down, on every call",
    instance(async (made, context) => {
      const { state, clock, breakIt } = made;
      if (breakIt === undefined) return context.skip("this backend cannot be broken");
      const expect = await make(made, "key");
      const expiresAt = clock.now + MINUTE;
      await breakIt();
      await expectUnavailable({
        read: () => state.read("key"),
        create: () => state.write("new", 1, { expect: null, expiresAt }),
        replace: () => state.write("key", 1, { expect, expiresAt }),
        remove: () => state.remove("key", { expect }),
        check: () => state.check(),
      });
    }),
  );
}
