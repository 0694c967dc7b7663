import { expect } from "vitest";
import type { Promised } from "./promise.ts";
import { MINUTE, make, type StateInstance, type With } from "./state-instance.ts";

const PARALLEL = 50;

/** The connections in turn, as requests reach several processes. */
const handle = ({ state, other }: StateInstance, index: number) =>
  index % 2 === 0 ? state : other;

export function declareVersions(promised: Promised, instance: With): void {
  declareRefusals(promised, instance);
  declareReturns(promised, instance);
  declareRaces(promised, instance);
}

function declareRefusals(promised: Promised, instance: With): void {
  promised(
    "changes nothing when it refuses a write or a remove",
    instance(async (made) => {
      const { state, clock } = made;
      const old = await make(made, "key", "old");
      const expiresAt = clock.now + MINUTE;
      const version = await state.write("key", "kept", { expect: old, expiresAt });
      const later = expiresAt + MINUTE;
      for (const wrong of [null, old, "", `${version} `, "*"]) {
        expect(await state.write("key", "lost", { expect: wrong, expiresAt: later })).toBeNull();
        if (wrong !== null) expect(await state.remove("key", { expect: wrong })).toBe(false);
        expect(await state.read("key")).toEqual({ value: "kept", version });
      }
      clock.now = expiresAt;
      expect(await state.read("key"), "a refused write moved the expiry").toBeNull();
    }),
  );
  promised(
    "refuses to write over, or remove, a key that is absent",
    instance(async ({ state, clock }) => {
      const expiresAt = clock.now + MINUTE;
      expect(await state.write("key", 1, { expect: "version", expiresAt })).toBeNull();
      expect(await state.remove("key", { expect: "version" })).toBe(false);
      expect(await state.read("key")).toBeNull();
    }),
  );
  promised(
    "removes the version that was read, once",
    instance(async (made) => {
      const version = await make(made, "key");
      await make(made, "neighbour");
      expect(await made.state.remove("key", { expect: version })).toBe(true);
      expect(await made.state.remove("key", { expect: version })).toBe(false);
      expect(await made.state.read("key")).toBeNull();
      expect(await made.state.read("neighbour")).not.toBeNull();
    }),
  );
  promised(
    "does not take the version of one key for another's",
    instance(async (made) => {
      const version = await make(made, "a", 1);
      await make(made, "b", 1);
      const options = { expect: version, expiresAt: made.clock.now + MINUTE };
      expect(await made.state.write("b", 2, options)).toBeNull();
      expect(await made.state.remove("b", options)).toBe(false);
    }),
  );
}

function declareReturns(promised: Promised, instance: With): void {
  promised(
    "gives a new version with every write, of the same value too",
    instance(async (made) => {
      const versions = [await make(made, "key", "same")];
      for (let n = 0; n < 20; n++) {
        const expiresAt = made.clock.now + MINUTE;
        const expected = versions.at(-1) ?? null;
        const next = await made.state.write("key", "same", { expect: expected, expiresAt });
        versions.push(next ?? "refused");
      }
      expect(new Set(versions).size).toBe(21);
    }),
  );
  promised(
    "brings no old version back when a key is removed and made again",
    instance(async (made) => {
      const seen = new Set<string>();
      for (let n = 0; n < 10; n++) {
        const version = await make(made, "key", "same");
        for (const old of seen) {
          const options = { expect: old, expiresAt: made.clock.now + MINUTE };
          expect(await made.state.write("key", "stale", options)).toBeNull();
          expect(await made.state.remove("key", { expect: old })).toBe(false);
        }
        seen.add(version);
        expect(await made.state.remove("key", { expect: version })).toBe(true);
      }
      expect(seen.size).toBe(10);
    }),
  );
  promised(
    "brings no old version back when a key expires and is made again",
    instance(async (made) => {
      const { state, clock } = made;
      const old = await make(made, "key", "same", clock.now + 1000);
      clock.now += 1000;
      const version = await make(made, "key", "same");
      expect(version).not.toBe(old);
      const options = { expect: old, expiresAt: clock.now + MINUTE };
      expect(await state.write("key", "stale", options)).toBeNull();
      expect(await state.remove("key", { expect: old })).toBe(false);
      expect(await state.read("key")).toEqual({ value: "same", version });
    }),
  );
}

function declareRaces(promised: Promised, instance: With): void {
  for (const [what, prepare] of [
    ["that expect one version", (made: StateInstance) => make(made, "key")],
    ["that expect an absent key", async () => null],
  ] as const) {
    promised(
      `lets one of ${PARALLEL} parallel writes ${what} win`,
      instance(async (made) => {
        const options = { expect: await prepare(made), expiresAt: made.clock.now + MINUTE };
        const versions = await Promise.all(
          Array.from({ length: PARALLEL }, (_, n) => handle(made, n).write("key", n, options)),
        );
        const winner = versions.findIndex((version) => version !== null);
        expect(versions.filter((version) => version !== null)).toHaveLength(1);
        const read = await made.state.read("key");
        expect(read).toEqual({ value: winner, version: versions[winner] });
      }),
    );
  }
  promised(
    `lets one of ${PARALLEL} parallel writes and removes of one version win`,
    instance(async (made) => {
      const options = { expect: await make(made, "key"), expiresAt: made.clock.now + MINUTE };
      const won = await Promise.all(
        Array.from({ length: PARALLEL }, async (_, n) => {
          if (n % 3 === 0) return handle(made, n).remove("key", options);
          return (await handle(made, n).write("key", n, options)) !== null;
        }),
      );
      expect(won.filter(Boolean)).toHaveLength(1);
      const winner = won.indexOf(true);
      const read = await made.state.read("key");
      expect(read?.value ?? "removed").toBe(winner % 3 === 0 ? "removed" : winner);
    }),
  );
  promised(
    "counts every one of many parallel read-then-write loops",
    instance(async (made) => {
      const { clock } = made;
      await make(made, "key", 0);
      const increment = async (n: number): Promise<void> => {
        const read = await handle(made, n).read("key");
        if (read === null) throw new Error("gone");
        const options = { expect: read.version, expiresAt: clock.now + MINUTE };
        const written = await handle(made, n).write("key", Number(read.value) + 1, options);
        if (written === null) await increment(n);
      };
      await Promise.all(Array.from({ length: 20 }, (_, n) => increment(n)));
      expect((await made.state.read("key"))?.value).toBe(20);
    }),
  );
}
