import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JSON_VALUES } from "../../src/core/runs/write-image.ts";
import { type AppliedLink, applyLinks } from "../../src/flows/operator/apply-links.ts";
import { auditDirectory } from "../../src/flows/operator/audit-directory.ts";
import { type PlannedLink, planLinks } from "../../src/flows/operator/plan-links.ts";
import { surveyPhones } from "../../src/flows/operator/survey-phones.ts";
import { journaledDirectory } from "../../src/flows/runs/journaled-directory.ts";
import { undoRun } from "../../src/flows/runs/undo-run.ts";
import type { Directory } from "../../src/ports/directory.ts";
import type { MakeDirectory } from "../contract/directory/directory-instance.ts";
import { differences, staffFaults, tokenFaults } from "../support/linking/invariants.ts";
import { hexId, type LegacyState } from "../support/linking/legacy-ids.ts";
import { legacyStates } from "../support/linking/legacy-states.ts";
import { memoryJournal } from "../support/runs/memory-journal.ts";
import { around, type Death, Killed, life } from "../support/stores/fault-directory.ts";
import { makeMemoryDirectory } from "../support/stores/memory-directory.ts";
import {
  backfill,
  deleteUser,
  type LegacyWrite,
  patchCustomer,
  patchUser,
  wipeCustomers,
  wipeUsers,
} from "./legacy-writers.ts";
import { ONE_CUSTOMER, OTHER_PHONE, PHONE, TWO_CUSTOMERS } from "./scenarios.ts";
import { makeSqliteDirectory } from "./sqlite-memory.ts";
import {
  logIn,
  makeWorld,
  NOW,
  peopleOf,
  portsOver,
  runs,
  TIMEOUT_MS,
  verdictFor,
  type World,
} from "./world.ts";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function portsOf(directory: Directory) {
  const ports = portsOver(directory);
  return { ...ports, runtime: { ...ports.runtime, sleep: turn } };
}

async function plannedOf(directory: Directory, byPhone: boolean): Promise<readonly PlannedLink[]> {
  const ports = portsOf(directory);
  const survey = await surveyPhones(ports);
  const planned: PlannedLink[] = [];
  for await (const { links } of planLinks(ports, survey, { byPhone, after: null })) {
    planned.push(...links);
  }
  return planned;
}

/** `doorstep link --apply`. */
async function linkAll(directory: Directory, byPhone: boolean): Promise<readonly AppliedLink[]> {
  const ports = portsOf(directory);
  const survey = await surveyPhones(ports);
  const applied: AppliedLink[] = [];
  for await (const { links } of planLinks(ports, survey, { byPhone, after: null })) {
    applied.push(...(await applyLinks(ports, links, survey)));
  }
  return applied;
}

const pairOf = ({ evidence, facts, user }: PlannedLink) =>
  `${facts.customer.document.key} ${user.document.key} ${evidence}`;

const audited = (directory: Directory) =>
  auditDirectory(portsOf(directory), {
    isPublished: null,
    onProgress: () => undefined,
    onRow: () => undefined,
  });

const tokensOf = (applied: readonly AppliedLink[]) =>
  applied
    .filter(({ result }) => result === "linked" || result === "marked")
    .map(({ link: { facts, user } }) => ({ customerId: facts.customer.id, userId: user.id }));

/** Audit, link, audit again, undo. */
async function expectWholeRun(
  make: MakeDirectory,
  state: LegacyState,
  byPhone: boolean,
): Promise<void> {
  const world = await makeWorld(make, state);
  const before = await audited(world.directory);
  const { journal, recorded } = memoryJournal();
  const run = { journal, values: JSON_VALUES };
  const planned = await plannedOf(world.directory, byPhone);
  const verdicts = await Promise.all(
    peopleOf(state).map(async (person) => [person.customerId, await verdictFor(world, person)]),
  );
  expect(differences(state, await world.documents()), "a plan writes nothing").toEqual([]);
  const applied = await linkAll(journaledDirectory(world.directory, run), byPhone);
  expect(applied.map(({ link }) => pairOf(link)).sort()).toEqual(planned.map(pairOf).sort());
  expect(applied.filter(({ result }) => !["linked", "marked"].includes(result))).toEqual([]);
  const login = Object.fromEntries(verdicts);
  for (const { customerId, userId } of tokensOf(applied)) {
    expect(login[customerId], "the user of a login").toMatchObject({ sub: userId });
  }
  const after = await world.documents();
  expect([world.faults, staffFaults(state, after)]).toEqual([[], []]);
  expect(tokenFaults(after, tokensOf(applied))).toEqual([]);
  await expectOnlyPlanned(state, after, planned);
  const again = await audited(world.directory);
  const made = planned.filter(({ evidence }) => evidence !== "mark").length;
  expect(again.customers.standings.linked).toBe(before.customers.standings.linked + made);
  await undoRun(world.directory, recorded(), {
    run: null,
    values: JSON_VALUES,
    onLeft: (left) => expect(left, "left by undo").toBeNull(),
    onProgress: () => undefined,
    onUser: async () => undefined,
  });
  await undoRun(world.instance.directory, recorded(), {
    run: { journal: memoryJournal().journal, values: JSON_VALUES },
    values: JSON_VALUES,
    onLeft: (left) => expect(left, "left by undo").toBeNull(),
    onProgress: () => undefined,
    onUser: async () => undefined,
  });
  expect(differences(state, await world.documents()), "undone is as before").toEqual([]);
  await world.instance.close();
}

async function expectOnlyPlanned(
  state: LegacyState,
  after: LegacyState,
  planned: readonly PlannedLink[],
): Promise<void> {
  const mayChange = new Set(
    planned.flatMap(({ facts, user }) => [facts.customer.document.key, user.document.key]),
  );
  for (const collection of ["users", "customers_v2"] as const) {
    expect(after[collection].length).toBe(state[collection].length);
    for (const was of state[collection]) {
      if (mayChange.has(JSON.stringify(was._id) as never)) continue;
      const is = after[collection].find(
        ({ _id }) => JSON.stringify(_id) === JSON.stringify(was._id),
      );
      expect(is, "nothing else changed").toEqual(was);
    }
  }
}

const write: fc.Arbitrary<LegacyWrite> = fc.oneof(
  fc.constantFrom(wipeUsers, wipeCustomers, backfill),
  fc
    .tuple(
      fc.constantFrom("c-1", "c-2", "c-3"),
      fc.constantFrom<object>(
        { phone: OTHER_PHONE },
        { status: "stopped" },
        { user_id: "u-0" },
        { user_id: null },
        { name: "Meena Iyer" },
      ),
    )
    .map(([id, fields]) => patchCustomer(id, fields)),
  fc
    .tuple(
      fc.constantFrom("u-0", "u-1", "u-2"),
      fc.constantFrom<object>({ role: "admin" }, { is_active: false }, { customer_v2_id: "c-2" }),
    )
    .map(([id, fields]) => patchUser(id, fields)),
  fc.constantFrom("u-0", "u-1", "u-2").map((id) => deleteUser(id)),
);

/** Something is done before calls of the run: another writer, or a whole login. */
const disturbed = (world: World, acts: ReadonlyMap<number, () => Promise<unknown>>): Directory => {
  let call = 0;
  return around(world.directory, async (run) => {
    await acts.get(call++)?.();
    return run();
  });
};

async function expectDisturbed(
  state: LegacyState,
  writes: readonly (readonly [number, LegacyWrite])[],
): Promise<void> {
  const world = await makeWorld(makeMemoryDirectory, state, { disturbed: true });
  const acts = new Map(writes.map(([at, act]) => [at, () => act(world.instance)] as const));
  await linkAll(disturbed(world, acts), true);
  expect(world.faults).toEqual([]);
  await linkAll(world.directory, true);
  expect(world.faults).toEqual([]);
  await world.instance.close();
}

/** Runs that die at these calls, one after another, and a last one that lives. */
async function killedRuns(
  world: World,
  deaths: readonly Death[],
  beside: (at: number) => Promise<unknown>,
): Promise<void> {
  for (const death of deaths) {
    const { wrap } = life(death);
    const acts = new Map([[death.call - 1, () => beside(death.call)]]);
    await linkAll(wrap(disturbed(world, acts)), true).catch((error: unknown) => {
      if (!(error instanceof Killed)) throw error;
    });
    await turn();
  }
  await linkAll(world.directory, true);
}

async function expectKilled(state: LegacyState, deaths: readonly Death[]): Promise<void> {
  const [world, calm] = await Promise.all([
    makeWorld(makeMemoryDirectory, state),
    makeWorld(makeMemoryDirectory, state),
  ]);
  await killedRuns(world, deaths, async () => undefined);
  await linkAll(calm.directory, true);
  expect(world.faults).toEqual([]);
  expect(differences(await calm.documents(), await world.documents())).toEqual([]);
}

async function expectKilledBesideLogins(
  state: LegacyState,
  deaths: readonly Death[],
): Promise<void> {
  const world = await makeWorld(makeMemoryDirectory, state);
  const people = peopleOf(state);
  await killedRuns(world, deaths, async (at) => {
    const person = people[at % Math.max(1, people.length)];
    if (person !== undefined) await logIn(world, person);
  });
  expect(world.faults).toEqual([]);
  expect(tokenFaults(await world.documents(), world.issued), "no login lost its link").toEqual([]);
  expect(staffFaults(state, await world.documents())).toEqual([]);
}

const states = legacyStates({ now: NOW });
const deaths = fc.array(
  fc.record<Death>({
    call: fc.integer({ min: 1, max: 9 }),
    when: fc.constantFrom("before", "after"),
  }),
  { minLength: 10, maxLength: 10 },
);
const check = (property: fc.IAsyncProperty<never> | fc.IAsyncProperty<unknown>, times: number) =>
  fc.assert(property as fc.IAsyncProperty<unknown>, runs(times));

describe("`doorstep link`", () => {
  for (const [name, make, times] of [
    ["in memory", makeMemoryDirectory, 200],
    ["on SQLite", makeSqliteDirectory, 50],
  ] as const) {
    it(
      `links exactly what it planned, as a login would, and undo leaves all as before, ${name}`,
      () =>
        check(
          fc.asyncProperty(states, fc.boolean(), (state, byPhone) =>
            expectWholeRun(make, state, byPhone),
          ),
          times,
        ),
      TIMEOUT_MS,
    );
  }

  it.each(Object.entries({ ...ONE_CUSTOMER, ...TWO_CUSTOMERS }))(
    "links exactly what it planned: %s",
    async (_, state) => {
      await expectWholeRun(makeMemoryDirectory, state, true);
      await expectWholeRun(makeMemoryDirectory, state, false);
    },
  );

  it(
    "breaks no rule while the legacy backend and its migrations write",
    () =>
      check(
        fc.asyncProperty(
          states,
          fc.array(fc.tuple(fc.nat(9), write), { minLength: 1, maxLength: 4 }),
          expectDisturbed,
        ),
        200,
      ),
    TIMEOUT_MS,
  );

  it("tells a customer who changed between the two writes, and gives the user back", async () => {
    const { users, customers_v2 } = ONE_CUSTOMER["a pointer to the user"] ?? {
      users: [],
      customers_v2: [],
    };
    const state = {
      users,
      customers_v2: customers_v2.map((one) => ({ ...one, user_id: hexId("users", 1) })),
    };
    const named = {
      ...state,
      users: users.map((one) => ({ ...one, doorstep_customer_id: "c-1" })),
    };
    const world = await makeWorld(makeMemoryDirectory, named, { disturbed: true });
    const directory = around(world.directory, async (run, method, [collection]) => {
      const isPointing = method === "changeMany" && collection === "customers_v2";
      if (isPointing) await patchCustomer("c-1", { status: "stopped" })(world.instance);
      return run();
    });
    const applied = await linkAll(directory, true);
    expect(applied.map(({ result }) => result)).toEqual(["changed"]);
    const after = await world.documents();
    expect(differences({ ...named, customers_v2: [] }, { ...after, customers_v2: [] })).toEqual([]);
    expect(after.customers_v2[0]).toMatchObject({ user_id: hexId("users", 1), status: "stopped" });
  });

  it("tells a link that a login made meanwhile as made", async () => {
    const state = ONE_CUSTOMER["a user who names the customer"] ?? { users: [], customers_v2: [] };
    const world = await makeWorld(makeMemoryDirectory, state);
    let isFirst = true;
    const directory = around(world.directory, async (run, method) => {
      if (method === "changeMany" && isFirst) {
        isFirst = false;
        await logIn(world, { customerId: "c-1", phone: PHONE });
      }
      return run();
    });
    const applied = await linkAll(directory, false);
    expect(applied.map(({ result }) => result)).toEqual(["meanwhile"]);
    expect(tokenFaults(await world.documents(), world.issued)).toEqual([]);
  });

  it(
    "comes to the same end after ten kills",
    () => check(fc.asyncProperty(states, deaths, expectKilled), 100),
    TIMEOUT_MS,
  );

  it(
    "takes no link from a login beside it, through ten kills",
    () => check(fc.asyncProperty(states, deaths, expectKilledBesideLogins), 100),
    TIMEOUT_MS,
  );
});
