import { expect } from "vitest";
import type { MakeDirectory } from "../contract/directory/directory-instance.ts";
import { type Issued, sharedLinks, tokenFaults } from "../support/linking/invariants.ts";
import { type LegacyState, madeFor } from "../support/linking/legacy-ids.ts";
import {
  around,
  type Death,
  everyInterleaving,
  type Flow,
  Killed,
  life,
  type Played,
  play,
} from "../support/stores/fault-directory.ts";
import type { LegacyWrite } from "./legacy-writers.ts";
import { type Glimpse, isGiveBack, leftBehind, setBy, unfounded } from "./login-faults.ts";
import { verdictOn } from "./oracle.ts";
import { expectVerdict } from "./states.suite.ts";
import {
  logIn,
  makeWorld,
  NOW,
  type Outcome,
  type Person,
  peopleOf,
  verdictFor,
  type World,
} from "./world.ts";

/** What happens at once: logins, and legacy writers of one or more writes each. */
export interface Race {
  readonly state: LegacyState;
  readonly logins: readonly Person[];
  readonly writers?: readonly (readonly LegacyWrite[])[];
  readonly unique?: boolean;
}

/** Where logins die, by their place among the logins. */
export type Deaths = Readonly<Record<number, Death>>;

interface Ran extends Played<Outcome | null> {
  readonly world: World;
}

/** Plays a race in the order of `schedule` and checks all that must hold during and after it. */
export async function runRace(
  make: MakeDirectory,
  race: Race,
  schedule: readonly number[],
  deaths: Deaths = {},
): Promise<Ran> {
  const { logins, state, unique = false, writers = [] } = race;
  const disturbed = writers.length > 0;
  const world = await makeWorld(make, state, { disturbed, unique });
  const flows = [
    ...logins.map((person, index) => login(world, person, deaths[index] ?? null)),
    ...writers.map((writes) => writer(world, writes)),
  ];
  const played = await play(flows, schedule);
  for (const result of played.results) {
    if (result.status === "rejected" && !(result.reason instanceof Killed)) throw result.reason;
  }
  expect(world.faults, `played ${played.trace}`).toEqual([]);
  if (!disturbed) {
    await expectNothingUndone(world);
    await expectHistoryKept(make, race, played.results);
    expectOneFirstLogin(race, deaths, played.results);
  }
  await expectQuiet(make, world);
  await world.instance.close();
  return { ...played, world };
}

/** Without legacy writers no login ever undoes what another one gave a token for. */
async function expectNothingUndone(world: World): Promise<void> {
  expect(sharedLinks(world.issued)).toEqual([]);
  expect(tokenFaults(await world.documents(), world.issued), "links stand").toEqual([]);
}

/**
 * `first_login` is true in the one login whose write made both sides agree. Who died told nobody;
 * of those who lived, at most one says so, and exactly one where nobody died.
 */
function expectOneFirstLogin(
  { logins, state, unique = false }: Race,
  deaths: Deaths,
  results: readonly PromiseSettledResult<Outcome | null>[],
): void {
  for (const person of new Set(logins.map(({ customerId }) => customerId))) {
    const outcomes = results.flatMap((result, index) =>
      result.status === "fulfilled" && logins[index]?.customerId === person ? [result.value] : [],
    );
    const tokens = outcomes.filter((outcome) => outcome?.sub !== undefined);
    const phone = logins.find(({ customerId }) => customerId === person)?.phone ?? "";
    const verdict = verdictOn({ state, customerId: person, phone, now: NOW, unique });
    const stood = verdict.outcome === "token" && verdict.by === "linked";
    const firsts = tokens.filter((outcome) => outcome?.sub !== undefined && outcome.wrote);
    const most = stood || tokens.length === 0 ? 0 : 1;
    expect(firsts.length, `first logins of ${person}`).toBeLessThanOrEqual(most);
    if (Object.keys(deaths).length === 0) expect(firsts.length).toBe(most);
  }
}

/**
 * Each login comes to what it would have come to alone, or after some of the others in some order.
 * Only where a user is found by phone may one be made instead: neither knew who comes first.
 */
async function expectHistoryKept(
  make: MakeDirectory,
  race: Race,
  results: readonly PromiseSettledResult<Outcome | null>[],
): Promise<void> {
  for (const [index, person] of race.logins.entries()) {
    const result = results[index];
    if (result?.status !== "fulfilled" || result.value === null) continue;
    const { outcome, sub } = result.value;
    expect(await possibleFor(make, race, index)).toContain(shown(outcome, sub));
    const verdict = verdictOn({
      ...person,
      state: race.state,
      now: NOW,
      unique: race.unique === true,
    });
    if (verdict.outcome !== "token" || verdict.by !== "id") continue;
    if (!partingMayBeForgotten(race.state, person)) expect(sub).toBe(verdict.sub);
  }
}

/**
 * A user keeps one parting. Once another customer is linked to the user, the parted customer who
 * still points there is refused (docs/linking.md, "What linking cannot see").
 */
function partingMayBeForgotten({ users }: LegacyState, { customerId }: Person): boolean {
  return users.some((user) => user["doorstep_customer_id"] === `!${customerId}`);
}

const shown = (outcome: string, sub: string | undefined): string => `${outcome} ${sub ?? ""}`;

const possible = new WeakMap<Race, Map<number, Set<string>>>();

async function possibleFor(make: MakeDirectory, race: Race, index: number): Promise<Set<string>> {
  const known = possible.get(race) ?? new Map<number, Set<string>>();
  possible.set(race, known);
  const outcomes = known.get(index) ?? new Set<string>();
  if (known.has(index)) return outcomes;
  known.set(index, outcomes);
  const others = [...race.logins.keys()].filter((other) => other !== index);
  for (const order of ordersOf(others)) {
    const world = await makeWorld(make, race.state, { unique: race.unique === true });
    for (const other of order) await logIn(world, race.logins[other] as Person);
    const person = race.logins[index] as Person;
    const verdict = await verdictFor(world, person);
    const { outcome, sub } = await logIn(world, person);
    outcomes.add(shown(outcome, sub));
    if (verdict.outcome === "token" && verdict.by === "phone") {
      outcomes.add(shown("token", madeFor(person.customerId).userId));
    }
    await world.instance.close();
  }
  return outcomes;
}

/** Every subset in every order. */
function ordersOf(items: readonly number[]): number[][] {
  const longer = items.flatMap((first) =>
    ordersOf(items.filter((item) => item !== first)).map((rest) => [first, ...rest]),
  );
  return [[], ...longer];
}

/** What quiet worlds came to, by the documents they began with: many races end alike. */
const known = new WeakMap<MakeDirectory, Map<string, readonly Issued[]>>();

/** Once all is quiet everybody logs in twice more, and all rules hold on all data. */
async function expectQuiet(make: MakeDirectory, world: World): Promise<void> {
  const { disturbed, issued, unique } = world;
  const state = await world.documents();
  const ends = known.get(make) ?? new Map<string, readonly Issued[]>();
  known.set(make, ends);
  const key = JSON.stringify({ unique, state });
  const later = ends.get(key) ?? (await quietLogins(make, state, unique));
  ends.set(key, later);
  if (!disturbed) expect(sharedLinks([...issued, ...later])).toEqual([]);
}

async function quietLogins(
  make: MakeDirectory,
  state: LegacyState,
  unique: boolean,
): Promise<readonly Issued[]> {
  const quiet = await makeWorld(make, state, { unique });
  for (const person of peopleOf(state)) await expectVerdict(quiet, person);
  for (const person of peopleOf(state)) await expectVerdict(quiet, person);
  await expectNothingUndone(quiet);
  await quiet.instance.close();
  return quiet.issued;
}

const writer =
  (world: World, writes: readonly LegacyWrite[]): Flow<null> =>
  async ({ take }) => {
    for (const write of writes) {
      await take();
      await write(world.instance);
    }
    return null;
  };

const login =
  (world: World, person: Person, death: Death | null): Flow<Outcome> =>
  async ({ wrap }) => {
    const seen: Glimpse[] = [];
    const pointers: unknown[] = [];
    const watched = around(world.directory, async (run, method, args) => {
      const value = await run();
      if (!isGiveBack(method, args, person)) seen.push({ method, state: await world.documents() });
      if (method === "changeCustomer" && value === "applied") pointers.push(setBy(args)["user_id"]);
      return value;
    });
    const directory = world.disturbed ? watched : world.directory;
    const outcome = await logIn(world, person, wrap(life(death).wrap(directory)));
    if (world.disturbed && outcome.outcome !== "token") {
      world.faults.push(...leftBehind(person, pointers, await world.documents()));
    }
    if (world.disturbed && outcome.outcome === "token") {
      world.faults.push(...unfounded(person, outcome.sub ?? "", seen));
    }
    return outcome;
  };

/** All interleavings of a race, up to a number; the message says which one failed. */
export function everyRace(
  make: MakeDirectory,
  race: Race,
  bounds: { readonly maxRuns: number; readonly maxSwitches?: number; readonly deaths?: Deaths },
) {
  return everyInterleaving(async (schedule) => {
    try {
      return await runRace(make, race, schedule, bounds.deaths);
    } catch (error) {
      const deaths = JSON.stringify(bounds.deaths ?? {});
      throw new Error(`schedule [${schedule}], deaths ${deaths}: ${error}`, { cause: error });
    }
  }, bounds);
}
