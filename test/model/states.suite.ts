import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MakeDirectory } from "../contract/directory/directory-instance.ts";
import { differences, staffFaults, tokenFaults } from "../support/linking/invariants.ts";
import type { LegacyState } from "../support/linking/legacy-ids.ts";
import { legacyStates } from "../support/linking/legacy-states.ts";
import { life } from "../support/stores/fault-directory.ts";
import {
  logIn,
  makeWorld,
  NOW,
  type Outcome,
  type Person,
  peopleOf,
  runs,
  TIMEOUT_MS,
  verdictFor,
  type World,
} from "./world.ts";

/** One login after another over random states of LEGACY 2. */
export function statesSuite(name: string, make: MakeDirectory, numRuns: number): void {
  for (const unique of [false, true]) {
    const states = legacyStates({ now: NOW, unique });
    const property = (check: (state: LegacyState) => Promise<void>) =>
      fc.assert(fc.asyncProperty(states, check), runs(numRuns));
    describe(`${name}, ${unique ? "with" : "without"} unique indexes`, () => {
      it(
        "every login comes to what LINKING.md says, and breaks no rule",
        () => property((state) => expectVerdicts(make, state, unique)),
        TIMEOUT_MS,
      );
      it(
        "a second login gives the same user and writes nothing, or is refused alike",
        () => property((state) => expectIdempotence(make, state, unique)),
        TIMEOUT_MS,
      );
    });
  }
}

async function expectVerdicts(
  make: MakeDirectory,
  state: LegacyState,
  unique: boolean,
): Promise<void> {
  const world = await makeWorld(make, state, { unique });
  for (const person of peopleOf(state)) await expectVerdict(world, person);
  const after = await world.documents();
  expect(staffFaults(state, after)).toEqual([]);
  expect(tokenFaults(after, world.issued), "links stand to the end").toEqual([]);
  await world.instance.close();
}

export async function expectVerdict(world: World, person: Person): Promise<void> {
  const verdict = await verdictFor(world, person);
  const before = await world.documents();
  const { calls, wrap } = life(null);
  const outcome = await logIn(world, person, wrap(world.directory));
  const after = await world.documents();
  expect(world.faults).toEqual([]);
  if (verdict.outcome !== "token") {
    expect(outcome, `login of ${JSON.stringify(person)}`).toEqual({ outcome: verdict.outcome });
    expect(differences(before, after), "nothing written").toEqual([]);
    return;
  }
  const { by, email, sub } = verdict;
  const wanted: Outcome = { outcome: "token", sub, wrote: by !== "linked" };
  expect(outcome, `login of ${JSON.stringify(person)} by ${by}`).toEqual(wanted);
  if (by === "linked") expect(after).toEqual(before);
  expect(calls(), "commands").toBeLessThanOrEqual(by === "linked" ? 2 : 5);
  const user = after.users.find(({ id }) => id === sub);
  expect(user?.email ?? null).toBe(email === "" ? null : email);
}

async function expectIdempotence(
  make: MakeDirectory,
  state: LegacyState,
  unique: boolean,
): Promise<void> {
  const world = await makeWorld(make, state, { unique });
  for (const person of peopleOf(state)) {
    const first = await logIn(world, person);
    const before = await world.documents();
    const second = await logIn(world, person);
    const wanted = first.outcome === "token" ? { ...first, wrote: false } : first;
    expect(second).toEqual(wanted);
    const after = await world.documents();
    if (first.outcome === "token") expect(after).toEqual(before);
    else expect(differences(before, after)).toEqual([]);
  }
  await world.instance.close();
}
