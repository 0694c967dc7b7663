import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LinkPlan } from "../../src/core/linking/link-plan.ts";
import { JSON_VALUES } from "../../src/core/runs/write-image.ts";
import { type LinkOutcome, linkAll } from "../../src/flows/operator/linking/link-all.ts";
import { journaledDirectory } from "../../src/flows/runs/journaled-directory.ts";
import { undoRun } from "../../src/flows/runs/undo-run.ts";
import type { Directory } from "../../src/ports/directory.ts";
import type { MakeDirectory } from "../contract/directory/directory-instance.ts";
import { byId } from "../contract/directory/directory-instance.ts";
import { staffFaults, tokenFaults } from "../support/linking/invariants.ts";
import type { LegacyState } from "../support/linking/legacy-ids.ts";
import { legacyStates } from "../support/linking/legacy-states.ts";
import { memoryJournal } from "../support/runs/memory-journal.ts";
import { life } from "../support/stores/fault-directory.ts";
import { makeMemoryDirectory } from "../support/stores/memory-directory.ts";
import { makeSqliteDirectory } from "./sqlite-memory.ts";
import {
  logIn,
  makeWorld,
  NOW,
  peopleOf,
  portsOver,
  runs,
  TIMEOUT_MS,
  type World,
} from "./world.ts";

type Told = readonly [plan: LinkPlan, outcome: LinkOutcome];

/** A run of `doorstep link`, or its plan. */
async function run(
  directory: Directory,
  { apply, byPhone = true }: { readonly apply: boolean; readonly byPhone?: boolean },
) {
  const told: Told[] = [];
  const gateway = { ...portsOver(directory), audit: { record: () => undefined } };
  const counts = await linkAll(gateway, {
    apply,
    byPhone,
    onPlan: (plan, outcome) => void told.push([plan, outcome]),
    onProgress: () => undefined,
  });
  return { counts, told };
}

const inWords = ([{ by, customer, kind, user }]: Told): string =>
  `${kind} ${customer.document.key} ${user.document.key} ${by}`;

/**
 * A link replaces an e-mail on a domain that cannot exist. Where that e-mail named another customer,
 * this customer was in conflict before and may be linked by the next run.
 */
const mayComeLater = ([{ customer }]: Told, { users }: LegacyState): boolean =>
  users.some(
    ({ customer_v2_id, email }) =>
      email === `customer-${customer.id}@earlybird.local` && customer_v2_id !== customer.id,
  );

const sorted = (state: LegacyState): LegacyState => ({
  users: byId(state.users),
  customers_v2: byId(state.customers_v2),
});

const withWorld = async (
  make: MakeDirectory,
  state: LegacyState,
  unique: boolean,
  test: (world: World) => Promise<void>,
) => {
  const world = await makeWorld(make, state, { unique });
  try {
    await test(world);
  } finally {
    await world.instance.close();
  }
};

const ADAPTERS: readonly (readonly [name: string, make: MakeDirectory, numRuns: number])[] = [
  ["in memory", makeMemoryDirectory, 60],
  ["SQLite", makeSqliteDirectory, 15],
];

describe.each(ADAPTERS)("doorstep link, %s", (_, make, numRuns) => {
  const states = (unique: boolean) => legacyStates({ now: NOW, unique });
  const property = (check: (state: LegacyState, unique: boolean) => Promise<void>) =>
    fc.assert(
      fc.asyncProperty(
        fc.boolean().chain((unique) => fc.tuple(states(unique), fc.constant(unique))),
        ([state, unique]) => check(state, unique),
      ),
      runs(numRuns),
    );

  it(
    "writes what its plan says, record by record, breaks no rule, and is then done",
    () =>
      property((state, unique) =>
        withWorld(make, state, unique, async (world) => {
          const plan = await run(world.instance.directory, { apply: false });
          expect(sorted(await world.documents()), "a plan writes nothing").toEqual(sorted(state));
          const done = await run(world.directory, { apply: true });
          expect(done.told.map(inWords).sort()).toEqual(plan.told.map(inWords).sort());
          const kept = done.told.filter(([, outcome]) => outcome === "linked");
          const after = await world.documents();
          expect(world.faults).toEqual([]);
          expect(staffFaults(state, after)).toEqual([]);
          expect(after.users.length, "it makes no user").toBe(state.users.length);
          const tokens = kept.map(([{ customer, user }]) => ({
            customerId: customer.id,
            userId: user.id,
          }));
          expect(tokenFaults(after, tokens)).toEqual([]);
          const again = await run(world.directory, { apply: true });
          const linked = again.told.filter(([, outcome]) => outcome === "linked");
          expect(linked.filter((one) => !mayComeLater(one, state))).toEqual([]);
        }),
      ),
    TIMEOUT_MS,
  );

  it(
    "gives every customer the user that their login would have given",
    () =>
      property((state, unique) =>
        withWorld(make, state, unique, (before) =>
          withWorld(make, state, unique, async (world) => {
            await run(world.directory, { apply: true, byPhone: false });
            for (const person of peopleOf(state)) {
              const [plain, linked] = [await logIn(before, person), await logIn(world, person)];
              if (plain.outcome === "token") expect(linked.outcome).toBe("token");
              if (plain.sub !== undefined) expect(linked.sub).toBe(plain.sub);
            }
          }),
        ),
      ),
    TIMEOUT_MS,
  );

  it(
    "undone, every document is as before, field by field",
    () =>
      property((state, unique) =>
        withWorld(make, state, unique, async ({ documents, instance }) => {
          const before = await documents();
          const { journal, recorded } = memoryJournal();
          const values = JSON_VALUES;
          const journaled = journaledDirectory(instance.directory, { journal, values });
          await run(journaled, { apply: true });
          const counts = await undoRun(instance.directory, recorded(), {
            run: { journal: memoryJournal().journal, values },
            values,
            onLeft: () => undefined,
            onProgress: () => undefined,
            onUser: async () => undefined,
          });
          expect(counts.left).toBe(0);
          expect(sorted(await documents())).toEqual(sorted(before));
        }),
      ),
    TIMEOUT_MS,
  );

  it(
    "beside live logins breaks no rule, and every token stands to the end",
    () =>
      property((state, unique) =>
        withWorld(make, state, unique, async (world) => {
          const logins = peopleOf(state).map((person) => logIn(world, person));
          await Promise.all([run(world.directory, { apply: true }), ...logins]);
          expect(world.faults.filter((fault) => !fault.startsWith("token "))).toEqual([]);
          expect(tokenFaults(await world.documents(), world.issued)).toEqual([]);
        }),
      ),
    TIMEOUT_MS,
  );

  it(
    "killed at any write and run again, ends as an undisturbed run does",
    () =>
      fc.assert(
        fc.asyncProperty(
          states(false),
          fc.array(fc.nat(12), { maxLength: 10 }),
          async (state, kills) =>
            withWorld(make, state, false, (calm) =>
              withWorld(make, state, false, async (world) => {
                for (const calls of kills) {
                  const { wrap } = life({
                    call: calls + 1,
                    when: calls % 2 === 0 ? "before" : "after",
                  });
                  await run(wrap(world.directory), { apply: true }).catch(() => undefined);
                }
                await run(world.directory, { apply: true });
                await run(calm.directory, { apply: true });
                const links = ({ customers_v2, users }: LegacyState) => [
                  customers_v2.map(({ _id, id, user_id }) => [_id, id, user_id]),
                  users.map(({ _id, customer_v2_id, doorstep_customer_id, email }) => [
                    ...[_id, customer_v2_id, doorstep_customer_id, email],
                  ]),
                ];
                expect(links(sorted(await world.documents()))).toEqual(
                  links(sorted(await calm.documents())),
                );
                expect(world.faults).toEqual([]);
              }),
            ),
        ),
        runs(numRuns),
      ),
    TIMEOUT_MS,
  );
});
