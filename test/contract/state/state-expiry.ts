import { expect } from "vitest";
import type { Promised } from "./promise.ts";
import { MINUTE, make, type With } from "./state-instance.ts";

/** Around `expiresAt`, and whether the record is there. */
const MOMENTS = [
  [-1, true],
  [0, false],
  [1, false],
] as const;

const text = (offset: number) => `${offset < 0 ? "" : "+"}${offset} ms`;

export function declareExpiry(promised: Promised, instance: With): void {
  for (const [offset, present] of MOMENTS) {
    const is = present ? "there" : "absent";
    promised(
      `has a record ${is} to a read at its expiry ${text(offset)}`,
      instance(async (made) => {
        await make(made, "key");
        made.clock.now += MINUTE + offset;
        expect((await made.state.read("key")) !== null).toBe(present);
        expect((await made.other.read("key")) !== null).toBe(present);
      }),
    );
    promised(
      `has a record ${is} to a write that replaces at its expiry ${text(offset)}`,
      instance(async (made) => {
        const version = await make(made, "key", "old");
        made.clock.now += MINUTE + offset;
        const options = { expect: version, expiresAt: made.clock.now + MINUTE };
        expect((await made.state.write("key", "new", options)) !== null).toBe(present);
        expect((await made.state.read("key"))?.value).toBe(present ? "new" : undefined);
      }),
    );
    promised(
      `has a record ${is} to a write that creates at its expiry ${text(offset)}`,
      instance(async (made) => {
        await make(made, "key", "old");
        made.clock.now += MINUTE + offset;
        const options = { expect: null, expiresAt: made.clock.now + MINUTE };
        expect((await made.state.write("key", "new", options)) !== null).toBe(!present);
        expect((await made.state.read("key"))?.value).toBe(present ? "old" : "new");
      }),
    );
    promised(
      `has a record ${is} to a remove at its expiry ${text(offset)}`,
      instance(async (made) => {
        const version = await make(made, "key");
        made.clock.now += MINUTE + offset;
        expect(await made.state.remove("key", { expect: version })).toBe(present);
      }),
    );
  }
  for (const [what, lifetime] of [
    ["an earlier", MINUTE / 2],
    ["a later", MINUTE * 2],
  ] as const) {
    promised(
      `replaces the expiry by ${what} one`,
      instance(async (made) => {
        const { state, clock } = made;
        const version = await make(made, "key", "old");
        const expiresAt = clock.now + lifetime;
        await state.write("key", "new", { expect: version, expiresAt });
        clock.now = expiresAt - 1;
        expect((await state.read("key"))?.value).toBe("new");
        clock.now = expiresAt;
        expect(await state.read("key")).toBeNull();
      }),
    );
  }
  promised(
    "takes the new expiry, not the old one, when an expired key is made again",
    instance(async (made) => {
      const { state, clock } = made;
      await make(made, "key", "old", clock.now + 1000);
      clock.now += 1000;
      const expiresAt = clock.now + MINUTE;
      await make(made, "key", "new", expiresAt);
      clock.now = expiresAt - 1;
      expect((await state.read("key"))?.value).toBe("new");
      clock.now = expiresAt;
      expect(await state.read("key")).toBeNull();
    }),
  );
  promised(
    "writes a record that has expired already, which is then absent",
    instance(async (made) => {
      const version = await make(made, "key", "old", made.clock.now);
      expect(await made.state.read("key")).toBeNull();
      expect(await made.state.remove("key", { expect: version })).toBe(false);
      const live = await make(made, "key", "new");
      const ended = { expect: live, expiresAt: made.clock.now - 1 };
      expect(await made.state.write("key", "ended", ended)).not.toBeNull();
      expect(await made.state.read("key")).toBeNull();
    }),
  );
  promised(
    "keeps a record for as long as an absolute session lives",
    instance(async (made) => {
      const ninetyDays = made.clock.now + 90 * 24 * 60 * MINUTE;
      await make(made, "key", "session", ninetyDays);
      made.clock.now = ninetyDays - 1;
      expect(await made.state.read("key")).not.toBeNull();
    }),
  );
}
