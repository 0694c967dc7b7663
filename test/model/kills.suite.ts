import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MakeDirectory } from "../contract/directory/directory-instance.ts";
import { differences, sharedLinks } from "../support/linking/invariants.ts";
import type { LegacyState } from "../support/linking/legacy-ids.ts";
import { legacyStates } from "../support/linking/legacy-states.ts";
import { type Death, deathsOf, Killed, life } from "../support/stores/fault-directory.ts";
import { everyRace, type Race } from "./races.ts";
import { ONE_CUSTOMER, PHONE, TWO_CUSTOMERS } from "./scenarios.ts";
import { expectVerdict } from "./states.suite.ts";
import { logIn, makeWorld, NOW, type Person, peopleOf, runs, TIMEOUT_MS } from "./world.ts";

const FIRST: Person = { customerId: "c-1", phone: PHONE };
/** A login that loses no race makes five calls; the sixth is its first after a lost one. */
const MOST_CALLS = 6;

/** Logins that die before or after any of their calls. */
export function killsSuite(name: string, make: MakeDirectory, numRuns: number): void {
  describe(`${name}: a login that dies at any call`, () => {
    for (const unique of [false, true]) {
      it(
        `a login that dies at any call is finished by the next one as if nothing had happened, ${unique ? "with" : "without"} unique indexes`,
        async () => {
          const states = legacyStates({ now: NOW, unique });
          const property = fc.asyncProperty(states, fc.nat(), async (state, index) => {
            const people = peopleOf(state);
            const person = people[index % Math.max(1, people.length)];
            if (person !== undefined) await expectResumed(make, state, person, unique);
          });
          await fc.assert(property, runs(numRuns));
        },
        TIMEOUT_MS,
      );
    }
    for (const [what, state] of Object.entries({ ...ONE_CUSTOMER, ...TWO_CUSTOMERS })) {
      it(`a login that dies at any call is finished by the next one: ${what}`, () =>
        expectResumed(make, state, FIRST, false));
    }
  });
  describe(`${name}: a login that dies while another one runs`, () => {
    for (const [what, state] of Object.entries({ ...ONE_CUSTOMER, ...TWO_CUSTOMERS })) {
      const second = state.customers_v2.length > 1 ? "c-2" : "c-1";
      const of = state.customers_v2.find(({ id }) => id === second);
      const phone = String(of?.["phone"]);
      it(
        `a login that dies while another one runs leaves nothing broken: ${what}`,
        () => expectSurvived(make, { state, logins: [FIRST, { customerId: second, phone }] }),
        TIMEOUT_MS,
      );
    }
  });
}

async function expectSurvived(make: MakeDirectory, race: Race): Promise<void> {
  for (const death of deathsOf(MOST_CALLS)) {
    const bounds = { maxRuns: 500, maxSwitches: 2, deaths: { 0: death } };
    expect((await everyRace(make, race, bounds)).complete).toBe(true);
  }
}

/** Kills the login at every call; each time the next logins go on from what is left. */
async function expectResumed(
  make: MakeDirectory,
  state: LegacyState,
  person: Person,
  unique: boolean,
): Promise<void> {
  const untouched = await makeWorld(make, state, { unique });
  const { calls, wrap } = life(null);
  const wanted = await logIn(untouched, person, wrap(untouched.directory));
  for (const death of deathsOf(calls())) {
    try {
      await expectResumedAfter(make, { state, person, unique, death, wanted });
    } catch (error) {
      throw new Error(`killed ${death.when} call ${death.call}: ${error}`, { cause: error });
    }
  }
}

interface Resumption {
  readonly state: LegacyState;
  readonly person: Person;
  readonly unique: boolean;
  readonly death: Death;
  /** What the login comes to when nobody kills it. */
  readonly wanted: Awaited<ReturnType<typeof logIn>>;
}

async function expectResumedAfter(make: MakeDirectory, given: Resumption): Promise<void> {
  const { death, person, state, unique, wanted } = given;
  const world = await makeWorld(make, state, { unique });
  const killed = logIn(world, person, life(death).wrap(world.directory));
  await expect(killed).rejects.toBeInstanceOf(Killed);
  const left = await world.documents();
  const resumed = await logIn(world, person);
  expect({ outcome: resumed.outcome, sub: resumed.sub }).toEqual({
    outcome: wanted.outcome,
    sub: wanted.sub,
  });
  if (wanted.outcome !== "token" && !unique) {
    expect(differences(state, left), "nothing is written before a refusal").toEqual([]);
  }
  for (const other of peopleOf(state)) await expectVerdict(world, other);
  expect(sharedLinks(world.issued)).toEqual([]);
  expect(world.faults).toEqual([]);
  await world.instance.close();
}
