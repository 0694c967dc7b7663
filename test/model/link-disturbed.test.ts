import fc from "fast-check";
import { expect, it } from "vitest";
import { linkAll } from "../../src/flows/operator/linking/link-all.ts";
import type { Directory } from "../../src/ports/directory.ts";
import { staffFaults, tokenFaults } from "../support/linking/invariants.ts";
import type { LegacyState } from "../support/linking/legacy-ids.ts";
import { legacyStates } from "../support/linking/legacy-states.ts";
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
import { customer, OTHER_PHONE, PHONE, user } from "./scenarios.ts";
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

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** `doorstep link --by-phone --apply`. @param onSurveyed is called between its survey and its pass */
function link(directory: Directory, onSurveyed: () => void = () => undefined) {
  const ports = portsOver(directory);
  const runtime = { ...ports.runtime, sleep: turn };
  const gateway = { ...ports, runtime, audit: { record: () => undefined } };
  return linkAll(gateway, {
    apply: true,
    byPhone: true,
    onPlan: () => undefined,
    onProgress: (done) => {
      if (done === 0) onSurveyed();
    },
  });
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

/** Before its n-th call of the directory the run meets what another process does. */
const disturbed = (world: World, acts: ReadonlyMap<number, () => Promise<unknown>>): Directory => {
  let call = 0;
  return around(world.directory, async (run) => {
    await acts.get(call++)?.();
    return run();
  });
};

/**
 * A user who became staff between the two writes of a link gets back what the first one took: the
 * one write to a staff record that must be, or that person could not log in.
 */
function isGivenBack(fault: string, { users }: LegacyState): boolean {
  const [, after] = /^users .* -> (\{.*\}): it is a staff record$/.exec(fault) ?? [];
  if (after === undefined) return false;
  const { role: _, is_active: __, ...is } = JSON.parse(after);
  const was = users.find(({ id }) => id === is.id) ?? {};
  const names = Object.keys({ ...was, ...is }).filter((name) => !/^(role|is_active)$/.test(name));
  return names.every((name) => JSON.stringify(is[name]) === JSON.stringify(was[name]));
}

const states = legacyStates({ now: NOW });
const deaths = fc.array(
  fc.record<Death>({
    call: fc.integer({ min: 1, max: 9 }),
    when: fc.constantFrom("before", "after"),
  }),
  { minLength: 10, maxLength: 10 },
);

it(
  "doorstep link breaks no rule while the legacy backend and its migrations write",
  () =>
    fc.assert(
      fc.asyncProperty(
        states,
        fc.array(fc.tuple(fc.nat(9), write), { minLength: 1, maxLength: 4 }),
        async (state, writes) => {
          const world = await makeWorld(makeMemoryDirectory, state, { disturbed: true });
          const acts = new Map(writes.map(([at, act]) => [at, () => act(world.instance)] as const));
          await link(disturbed(world, acts));
          await link(world.directory);
          expect(world.faults.filter((fault) => !isGivenBack(fault, state))).toEqual([]);
        },
      ),
      runs(100),
    ),
  TIMEOUT_MS,
);

it(
  "doorstep link takes no link from a login beside it, through ten kills",
  () =>
    fc.assert(
      fc.asyncProperty(states, deaths, async (state: LegacyState, kills) => {
        const world = await makeWorld(makeMemoryDirectory, state);
        const people = peopleOf(state);
        for (const death of kills) {
          const person = people[death.call % Math.max(1, people.length)];
          const login = async () => (person === undefined ? null : logIn(world, person));
          const { wrap } = life(death);
          const directory = wrap(disturbed(world, new Map([[death.call - 1, login]])));
          await link(directory).catch((error: unknown) => {
            if (!(error instanceof Killed)) throw error;
          });
          await turn();
        }
        await link(world.directory);
        expect(world.faults).toEqual([]);
        const after = await world.documents();
        expect(tokenFaults(after, world.issued), "no login lost its link").toEqual([]);
        expect(staffFaults(state, after)).toEqual([]);
      }),
      runs(50),
    ),
  TIMEOUT_MS,
);

it("doorstep link writes nothing for a customer whom a second user has named since its survey", async () => {
  const state = {
    customers_v2: [customer(1, { user_id: "u-1" })],
    users: [user(1, { phone: PHONE })],
  };
  const world = await makeWorld(makeMemoryDirectory, state);
  const nameToo = () => void world.instance.put("users", [user(2, { customer_v2_id: "c-1" })]);
  const counts = await link(world.directory, nameToo);
  expect(counts).toMatchObject({ byId: 0, byPhone: 0, changed: 1 });
  const { customers_v2, users } = await world.documents();
  expect(customers_v2).toEqual(state.customers_v2);
  expect(users.find(({ id }) => id === "u-1")).toEqual(state.users[0]);
  await world.instance.close();
});
