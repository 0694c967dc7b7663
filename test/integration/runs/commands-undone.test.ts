import fc from "fast-check";
import { expect, test } from "vitest";
import type { Phone } from "../../../src/core/ids.ts";
import { decideJoin } from "../../../src/core/linking/pair.ts";
import { JSON_VALUES } from "../../../src/core/runs/write-image.ts";
import { adoptUser, planAdoptions } from "../../../src/flows/operator/adopt-users.ts";
import { closePasswords } from "../../../src/flows/operator/close-passwords.ts";
import { joinPair } from "../../../src/flows/operator/linking/write-pair.ts";
import { normalizePhones } from "../../../src/flows/operator/normalize-phones.ts";
import { readPair } from "../../../src/flows/operator/reading/read-pair.ts";
import { syncCopies } from "../../../src/flows/operator/sync-copies.ts";
import { journaledDirectory } from "../../../src/flows/runs/journaled-directory.ts";
import { undoRun } from "../../../src/flows/runs/undo-run.ts";
import type { Directory } from "../../../src/ports/directory.ts";
import {
  COLLECTIONS,
  type Collection,
  change,
  type DirectoryInstance,
} from "../../contract/directory/directory-instance.ts";
import { testGateway } from "../../support/gateway/test-gateway.ts";
import { CUSTOMER_IDS, type LegacyState } from "../../support/linking/legacy-ids.ts";
import { legacyStates } from "../../support/linking/legacy-states.ts";
import { memoryJournal } from "../../support/runs/memory-journal.ts";
import { makeMemoryDirectory } from "../../support/stores/memory-directory.ts";

const { gateway } = await testGateway();
const NOW = gateway.runtime.now();

/** A write of the backend, ahead of the nth write of the command. */
interface Intrusion {
  readonly ahead: number;
  readonly collection: Collection;
  readonly at: number;
  readonly set: Readonly<Record<string, unknown>>;
}

const field = fc.constantFrom("notes", "address", "phone", "name", "user_id", "customer_v2_id");
const intrusion: fc.Arbitrary<Intrusion> = fc.record({
  ahead: fc.nat(6),
  collection: fc.constantFrom(...COLLECTIONS),
  at: fc.nat(4),
  set: fc.dictionary(field, fc.constantFrom<unknown>("theirs", null, 7), {
    minKeys: 1,
    maxKeys: 2,
  }),
});

type Documents = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

async function snapshot(instance: DirectoryInstance): Promise<Documents> {
  const all = COLLECTIONS.map(async (collection) =>
    (await instance.documents(collection)).map(
      (document) => [`${collection}/${JSON.stringify(document["_id"])}`, document] as const,
    ),
  );
  return new Map((await Promise.all(all)).flat());
}

/** The directory, with a backend that writes ahead of some of its writes. */
function besideBackend(instance: DirectoryInstance, intrusions: readonly Intrusion[]) {
  let writes = 0;
  const theirs = new Map<string, Record<string, unknown>>();
  const intrude = async () => {
    const due = intrusions.filter(({ ahead }) => ahead === writes);
    writes++;
    for (const { at, collection, set } of due) {
      const documents = await instance.other.pageOf(collection, null, 100);
      const read = documents[at % Math.max(1, documents.length)];
      if (read === undefined) continue;
      await change(instance.other, collection, read, [], { set });
      const place = `${collection}/${read.key}`;
      theirs.set(place, { ...theirs.get(place), ...set });
    }
  };
  const { directory } = instance;
  const after = async <T>(write: () => Promise<T>): Promise<T> => {
    await intrude();
    return write();
  };
  const beside: Directory = {
    ...directory,
    changeUser: (...args) => after(() => directory.changeUser(...args)),
    changeCustomer: (...args) => after(() => directory.changeCustomer(...args)),
    insertCustomer: (...args) => after(() => directory.insertCustomer(...args)),
  };
  return { beside, theirs };
}

type Command = (directory: Directory, run: ReturnType<typeof memoryJournal>) => Promise<void>;

const walkOf = (directory: Directory, { journal }: ReturnType<typeof memoryJournal>) => ({
  directory,
  run: { journal, values: JSON_VALUES },
  onProgress: () => undefined,
});

const journaled = (directory: Directory, { journal }: ReturnType<typeof memoryJournal>) => ({
  ...gateway,
  directory: journaledDirectory(directory, { journal, values: JSON_VALUES }),
});

const COMMANDS: Readonly<Record<string, Command>> = {
  async normalize(directory, run) {
    await normalizePhones(gateway, walkOf(directory, run));
  },
  async sync(directory, run) {
    await syncCopies({ ...gateway, directory }, walkOf(directory, run), () => undefined);
  },
  async "close-passwords"(directory, run) {
    await closePasswords({ ...gateway, directory }, walkOf(directory, run), async () => true);
  },
  async link(directory, run) {
    const ports = journaled(directory, run);
    for (const c of CUSTOMER_IDS) {
      for (const u of ["u-0", "u-1", "u-2"]) {
        const { facts, user } = await readPair(ports, c, u);
        if (facts === null || user === null) continue;
        const decision = decideJoin(facts, user);
        if (decision.kind === "join") await joinPair(ports, facts.customer, decision.user);
      }
    }
  },
  async adopt(directory, run) {
    const ports = journaled(directory, run);
    const search = { keysOf: async () => [], isComplete: () => true };
    for (const userId of ["u-0", "u-1", "u-2", "u-3"]) {
      const adoption = { userId, address: "x", area: "y", phone: "+919876500009" as Phone };
      const [plan] = await planAdoptions(ports, [adoption], search, true);
      if (plan !== undefined) await adoptUser(ports, plan);
    }
  },
};

async function worldOf(state: LegacyState): Promise<DirectoryInstance> {
  const instance = await makeMemoryDirectory({ unique: false });
  for (const collection of COLLECTIONS) await instance.put(collection, state[collection]);
  return instance;
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

test.each(Object.entries(COMMANDS))(
  "`%s` is undone field by field on dirty data, and what the backend wrote meanwhile stays",
  async (_, command) => {
    await fc.assert(
      fc.asyncProperty(
        legacyStates({ now: NOW }),
        fc.array(intrusion, { maxLength: 4 }),
        async (state, intrusions) => {
          const instance = await worldOf(state);
          const before = await snapshot(instance);
          const journal = memoryJournal();
          const { beside, theirs } = besideBackend(instance, intrusions);
          await command(beside, journal);
          const left = new Set<string>();
          await undoRun(instance.directory, journal.recorded(), {
            run: { journal: memoryJournal().journal, values: JSON_VALUES },
            values: JSON_VALUES,
            onLeft: ({ collection, id }) => void left.add(`${collection}/${id}`),
            onProgress: () => undefined,
            onUser: async () => undefined,
          });
          const after = await snapshot(instance);
          for (const [place, document] of after) {
            const was = before.get(place);
            const collection = place.slice(0, place.indexOf("/"));
            if (left.has(`${collection}/${String(document["id"])}`)) continue;
            expect(was, `${place} was made and is still there`).toBeDefined();
            for (const name of Object.keys({ ...was, ...document })) {
              const wanted = Object.hasOwn(theirs.get(place) ?? {}, name)
                ? theirs.get(place)?.[name]
                : was?.[name];
              expect(same(document[name], wanted), `${place} ${name}`).toBe(true);
            }
          }
          expect([...before.keys()].filter((place) => !after.has(place))).toEqual([]);
          if (intrusions.length === 0) expect([...left]).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  },
);
