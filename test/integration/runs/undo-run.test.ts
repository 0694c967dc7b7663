import fc from "fast-check";
import { expect, test } from "vitest";
import type { Change } from "../../../src/core/linking/documents.ts";
import { JSON_VALUES } from "../../../src/core/runs/write-image.ts";
import { journaledDirectory } from "../../../src/flows/runs/journaled-directory.ts";
import { undoRun } from "../../../src/flows/runs/undo-run.ts";
import { AdapterError } from "../../../src/ports/adapter-error.ts";
import type { Directory } from "../../../src/ports/directory.ts";
import {
  COLLECTIONS,
  type Collection,
  change,
  type DirectoryInstance,
} from "../../contract/directory/directory-instance.ts";
import type { LegacyState } from "../../support/linking/legacy-ids.ts";
import { legacyStates } from "../../support/linking/legacy-states.ts";
import { memoryJournal } from "../../support/runs/memory-journal.ts";
import { makeMemoryDirectory } from "../../support/stores/memory-directory.ts";

const NOW = Date.parse("2026-11-28T12:00:00Z");

/** One write of a run, or of the legacy backend beside it. */
interface Step {
  readonly collection: Collection;
  readonly at: number;
  readonly change: Change;
  /** `backend`: another process writes, and no journal knows. */
  readonly by: "run" | "backend";
}

const value = fc.constantFrom<unknown>(null, "", "c-1", "u-1", 7, 9876500001, ["c-1"], { $gt: "" });
const field = fc.constantFrom("customer_v2_id", "user_id", "phone", "name", "password_hash");
const step: fc.Arbitrary<Step> = fc
  .record({
    collection: fc.constantFrom(...COLLECTIONS),
    at: fc.nat(4),
    set: fc.dictionary(field, value, { maxKeys: 3 }),
    unset: fc.array(field, { maxLength: 2 }),
    by: fc.constantFrom("run", "run", "run", "backend" as const),
  })
  .map(({ at, by, collection, set, unset }) => {
    const gone = unset.filter((name) => !Object.hasOwn(set, name));
    return { at, by: by as Step["by"], collection, change: { set, unset: gone } };
  });

async function worldOf(state: LegacyState): Promise<DirectoryInstance> {
  const instance = await makeMemoryDirectory({ unique: false });
  for (const collection of COLLECTIONS) await instance.put(collection, state[collection]);
  return instance;
}

async function snapshot(instance: DirectoryInstance) {
  const sorted = async (collection: Collection) =>
    new Map(
      (await instance.documents(collection)).map((document) => [
        JSON.stringify(document["_id"]),
        document,
      ]),
    );
  return { users: await sorted("users"), customers_v2: await sorted("customers_v2") };
}

type Snapshot = Awaited<ReturnType<typeof snapshot>>;

/** The document whose turn it is, as the store has it now; only one with a text as its `id`. */
async function read(instance: DirectoryInstance, { at, collection }: Step) {
  const documents = await instance.documents(collection);
  const ids = documents.flatMap(({ id }) => (typeof id === "string" && id !== "" ? [id] : []));
  const id = ids[at % Math.max(1, ids.length)];
  if (id === undefined) return null;
  const { directory } = instance;
  const found = await (collection === "users"
    ? directory.findUsers({ ids: [id] })
    : directory.findCustomers({ ids: [id] }));
  return found[0] ?? null;
}

/** Takes the steps; each write has a time of its own, as every write of ours has. */
async function take(instance: DirectoryInstance, steps: readonly Step[], directory: Directory) {
  for (const [turn, each] of steps.entries()) {
    const document = await read(instance, each);
    if (document === null) continue;
    const set = { ...each.change.set, updated_at: `turn-${turn}` };
    const by = each.by === "run" ? directory : instance.other;
    await change(by, each.collection, document, [], { ...each.change, set });
  }
}

const undo = (directory: Directory, journal: ReturnType<typeof memoryJournal>, run = true) => {
  const own = memoryJournal();
  return undoRun(directory, journal.recorded(), {
    run: run ? { journal: own.journal, values: JSON_VALUES } : null,
    values: JSON_VALUES,
    onLeft: () => undefined,
    onProgress: () => undefined,
    onUser: async () => undefined,
  }).then((counts) => ({ counts, own }));
};

const scenario = fc.record({
  state: legacyStates({ now: NOW }),
  steps: fc.array(step, { minLength: 1, maxLength: 12 }),
});

test("a run is undone field by field where no other process wrote", async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ state, steps }) => {
      const instance = await worldOf(state);
      const before = await snapshot(instance);
      const journal = memoryJournal();
      const run = { journal: journal.journal, values: JSON_VALUES };
      const ours = steps.map((each) => ({ ...each, by: "run" as const }));
      await take(instance, ours, journaledDirectory(instance.directory, run));
      const after = await snapshot(instance);
      const { counts: plan } = await undo(instance.directory, journal, false);
      expect(await snapshot(instance)).toEqual(after);
      const { counts, own } = await undo(instance.directory, journal);
      expect([counts, counts.left]).toEqual([plan, 0]);
      expect(await snapshot(instance)).toEqual(before);
      expect((await undo(instance.directory, journal)).counts.restored).toBe(0);
      expect(await snapshot(instance)).toEqual(before);
      await undo(instance.directory, own);
      expect(await snapshot(instance)).toEqual(after);
    }),
    { numRuns: 150 },
  );
});

/** Every field that the other process wrote last stays as it wrote it. */
function expectKept(before: Snapshot, alone: Snapshot, after: Snapshot): void {
  for (const collection of COLLECTIONS) {
    for (const [key, was] of before[collection]) {
      const [theirs, is] = [alone[collection].get(key), after[collection].get(key)];
      const names = Object.keys({ ...was, ...theirs }).filter((name) => name !== "updated_at");
      const changed = names.filter(
        (name) => JSON.stringify(was[name]) !== JSON.stringify(theirs?.[name]),
      );
      for (const name of changed) expect(is?.[name], `${key} ${name}`).toEqual(theirs?.[name]);
    }
  }
}

test("an undo keeps what the backend wrote after the run, and restores every other document", async () => {
  await fc.assert(
    fc.asyncProperty(
      scenario,
      fc.array(step, { maxLength: 3 }),
      async ({ state, steps }, later) => {
        const instance = await worldOf(state);
        const before = await snapshot(instance);
        const journal = memoryJournal();
        const run = { journal: journal.journal, values: JSON_VALUES };
        const ours = steps.map((each) => ({ ...each, by: "run" as const }));
        await take(instance, ours, journaledDirectory(instance.directory, run));
        const ran = await snapshot(instance);
        const theirs = later.map((each) => ({ ...each, by: "backend" as const }));
        await take(instance, theirs, instance.other);
        const wrote = await snapshot(instance);
        const { counts } = await undo(instance.directory, journal);
        const after = await snapshot(instance);
        expectKept(ran, wrote, after);
        for (const collection of COLLECTIONS) {
          for (const [key, document] of before[collection]) {
            const touched =
              JSON.stringify(ran[collection].get(key)) !==
              JSON.stringify(wrote[collection].get(key));
            if (!touched) expect(after[collection].get(key)).toEqual(document);
          }
        }
        if (later.length === 0) expect(counts.left).toBe(0);
      },
    ),
    { numRuns: 150 },
  );
});

/** Dies at the nth write: before the store has it, or after, without an answer. */
function dying(directory: Directory, at: number, when: "before" | "after"): Directory {
  let writes = 0;
  const die = async <T>(write: () => Promise<T>): Promise<T> => {
    if (writes++ !== at) return write();
    if (when === "after") await write();
    throw new AdapterError("memory", "write", "unavailable", { cause: undefined });
  };
  return {
    ...directory,
    changeUser: (...args) => die(() => directory.changeUser(...args)),
    changeCustomer: (...args) => die(() => directory.changeCustomer(...args)),
  };
}

test.each(["before", "after"] as const)(
  "a run that dies %s a write, and an undo that dies too, are undone to the end by the next call",
  async (when) => {
    await fc.assert(
      fc.asyncProperty(
        scenario,
        fc.nat(11),
        fc.nat(11),
        async ({ state, steps }, first, second) => {
          const instance = await worldOf(state);
          const before = await snapshot(instance);
          const journal = memoryJournal();
          const run = { journal: journal.journal, values: JSON_VALUES };
          const ours = steps.map((each) => ({ ...each, by: "run" as const }));
          const mortal = dying(instance.directory, first, when);
          await take(instance, ours, journaledDirectory(mortal, run)).catch(() => undefined);
          await undo(dying(instance.directory, second, when), journal).catch(() => undefined);
          const { counts } = await undo(instance.directory, journal);
          expect(counts.left).toBe(0);
          expect(await snapshot(instance)).toEqual(before);
        },
      ),
      { numRuns: 100 },
    );
  },
);
