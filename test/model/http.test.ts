import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addUniqueIndexes } from "../../src/adapters/sqlite/schema.ts";
import {
  type Answer,
  askForCode,
  bearer,
  call,
  challengeFor,
  claimsOf,
  logIn,
  select,
  verify,
} from "../support/gateway/client.ts";
import { START, type TestGateway, testGateway } from "../support/gateway/test-gateway.ts";
import {
  differences,
  sharedLinks,
  staffFaults,
  tokenFaults,
} from "../support/linking/invariants.ts";
import type { LegacyState } from "../support/linking/legacy-ids.ts";
import { legacyStates } from "../support/linking/legacy-states.ts";
import {
  around,
  type Death,
  deathsOf,
  type Life,
  life,
} from "../support/stores/fault-directory.ts";
import { type Verdict, verdictOn } from "./oracle.ts";
import { ONE_CUSTOMER, PHONE, TWO_CUSTOMERS } from "./scenarios.ts";
import { type Person, peopleOf, runs, TIMEOUT_MS } from "./world.ts";

/** Budgets are other tests' business; here everybody logs in over and over. */
const ENV = {
  OTP_SENDS_PER_PHONE: "10000/1h",
  OTP_SENDS_PER_DEVICE: "10000/1h",
};

interface HttpWorld {
  readonly test: TestGateway;
  readonly unique: boolean;
  documents(): LegacyState;
  /** The calls of everything that follows belong to this life. */
  live(life: Life | null): void;
}

async function httpWorld(documents: LegacyState, unique: boolean): Promise<HttpWorld> {
  let current: Life | null = null;
  const mortal = <T extends object>(port: T): T =>
    around(port, (run) => (current === null ? run() : current.call(run)));
  const test = await testGateway({
    env: ENV,
    documents,
    wrapDirectory: mortal,
    wrapState: mortal,
  });
  const { sql } = test.file;
  if (unique) addUniqueIndexes(sql, ["users.email", "customers_v2.user_id"]);
  const all = (collection: "users" | "customers_v2") =>
    sql
      .all(`SELECT key, doc FROM ${collection} ORDER BY key`)
      .map(({ doc, key }) => ({ _id: JSON.parse(String(key)), ...JSON.parse(String(doc)) }));
  return {
    test,
    unique,
    documents: () => ({ customers_v2: all("customers_v2"), users: all("users") }),
    live: (next) => {
      current = next;
    },
  };
}

const verdictIn = (world: HttpWorld, person: Person): Verdict =>
  verdictOn({ state: world.documents(), ...person, now: START, unique: world.unique });

/** A login over HTTP, with the work that it leaves for later. */
async function logInAs({ test }: HttpWorld, { customerId, phone }: Person): Promise<Answer> {
  const answer = await logIn(test, phone, { pick: customerId });
  await test.runtime.settle();
  expect(test.runtime.errors).toEqual([]);
  return answer;
}

function expectAnswer(world: HttpWorld, person: Person, answer: Answer, verdict: Verdict): void {
  if (verdict.outcome !== "token") {
    expect(answer.body.code, JSON.stringify(answer.body)).toBe(verdict.outcome);
    return;
  }
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  const { role, sub, customer_v2_id } = claimsOf(answer.body.access_token);
  const wanted = { role: "customer", sub: verdict.sub, customer_v2_id: person.customerId };
  expect({ role, sub, customer_v2_id }).toEqual(wanted);
  const token = { userId: verdict.sub, customerId: person.customerId };
  expect(tokenFaults(world.documents(), [token])).toEqual([]);
}

interface Expected {
  readonly person: Person;
  readonly verdict: Verdict;
}

/** Told where no customer of the phone can log in: the first of these that is one's reason. */
const TOLD_FIRST = ["link-conflict", "user-inactive", "customer-stopped"];

/**
 * The customer who logs in where this one is wanted. Of several customers of a phone only those who
 * can log in are a choice, and one alone is none.
 */
function expectedFor(world: HttpWorld, wanted: Person): Expected {
  const all = peopleOf(world.documents())
    .filter(({ phone }) => phone === wanted.phone)
    .map((person) => ({ person, verdict: verdictIn(world, person) }));
  const live = all.filter(({ verdict }) => verdict.outcome !== "customer-stopped");
  const able = live.filter(({ verdict }) => verdict.outcome === "token" || verdict.atWrite);
  const single = live.length === 1 ? live[0] : able.length === 1 ? able[0] : undefined;
  const refused = TOLD_FIRST.map((told) => all.find(({ verdict }) => verdict.outcome === told));
  const told = able.length === 0 ? refused.find((one) => one !== undefined) : undefined;
  return single ?? told ?? { person: wanted, verdict: verdictIn(world, wanted) };
}

async function expectLogins(state: LegacyState, unique: boolean): Promise<void> {
  const world = await httpWorld(state, unique);
  for (const wanted of peopleOf(state)) {
    const before = world.documents();
    const { person, verdict } = expectedFor(world, wanted);
    const answer = await logInAs(world, wanted);
    expectAnswer(world, person, answer, verdict);
    const after = world.documents();
    if (verdict.outcome !== "token") {
      expect(differences(before, after), "nothing written").toEqual([]);
      continue;
    }
    expect(answer.body.first_login).toBe(verdict.by !== "linked");
    const me = await call(
      world.test,
      "GET",
      "/auth/me",
      undefined,
      bearer(answer.body.access_token),
    );
    expect(me.status, "the session's own check agrees").toBe(200);
    const again = await logInAs(world, person);
    expect(again.body.user).toEqual(answer.body.user);
    expect(again.body.first_login).toBe(false);
    expect(world.documents(), "the second login writes nothing").toEqual(after);
  }
  expect(staffFaults(state, world.documents())).toEqual([]);
  world.test.file.close();
}

/**
 * Shows the right code while the process dies at a call, then once more: LINKING "The proof
 * itself". What the second try does not finish, a new login does.
 */
async function expectProofKept(state: LegacyState, person: Person, death: Death): Promise<boolean> {
  const world = await httpWorld(state, false);
  const verdict = verdictIn(world, person);
  const { challenge_id, code } = await challengeFor(world.test, person.phone);
  const dying = life(death);
  world.live(dying);
  const first = await prove(world, person, challenge_id, code);
  world.live(null);
  if (!dying.killed()) return false;
  expect(first.status, "the client learns nothing of a login that died").toBe(500);
  const second = await prove(world, person, challenge_id, code);
  await world.test.runtime.settle();
  if (second.body.code === "otp-rejected") {
    expect(death.when, "a proof is lost only where it gave a session").toBe("after");
    expect(sessionsOf(world), "a proof is lost only where it gave a session").toBe(1);
  } else expectAnswer(world, person, second, verdict);
  const third = await logInAs(world, person);
  expectAnswer(world, person, third, verdictIn(world, person));
  if (verdict.outcome === "token") expect(third.body.user.id).toBe(verdict.sub);
  world.test.file.close();
  return true;
}

async function prove(
  { test }: HttpWorld,
  { customerId }: Person,
  challenge_id: string,
  code: string,
): Promise<Answer> {
  const verified = await verify(test, challenge_id, code);
  const token = verified.body.selection_token;
  return token === undefined ? verified : select(test, token, customerId);
}

const sessionsOf = ({ test }: HttpWorld): number =>
  test.file.sql
    .all("SELECT value FROM state WHERE key LIKE '%user/%'")
    .reduce((sum, { value }) => sum + JSON.parse(String(value)).record.sessions.length, 0);

describe("over HTTP on SQLite", () => {
  for (const unique of [false, true]) {
    it(
      `every login comes to what LINKING.md says, ${unique ? "with" : "without"} unique indexes`,
      async () => {
        const states = legacyStates({ now: START, unique });
        const property = fc.asyncProperty(states, (state) => expectLogins(state, unique));
        await fc.assert(property, runs(20));
      },
      TIMEOUT_MS,
    );
  }

  for (const what of ["no user yet", "a user on the phone with a reserved e-mail"]) {
    it(`a proof outlives a process that dies at any call: ${what}`, async () => {
      const state = ONE_CUSTOMER[what];
      if (state === undefined) throw new Error("no such scenario");
      const person = { customerId: "c-1", phone: PHONE };
      let killed = 0;
      for (const death of deathsOf(20)) {
        if (await expectProofKept(state, person, death)) killed++;
      }
      expect(killed).toBeGreaterThan(14);
    });
  }

  it("a choice between two customers outlives a process that dies at any call", async () => {
    const state = TWO_CUSTOMERS["one phone, one user on it, one linked"];
    if (state === undefined) throw new Error("no such scenario");
    const person = { customerId: "c-1", phone: PHONE };
    let killed = 0;
    for (const death of deathsOf(24)) {
      if (await expectProofKept(state, person, death)) killed++;
    }
    expect(killed).toBeGreaterThan(16);
  });

  it("different customers of one phone never get one user, in any order", async () => {
    const world = await httpWorld(TWO_CUSTOMERS["one phone, one user on it"] as LegacyState, false);
    const people = peopleOf(world.documents());
    const answers = [];
    for (const person of [...people, ...people].reverse()) {
      answers.push({ person, answer: await logInAs(world, person) });
    }
    const issued = answers.map(({ answer, person }) => ({
      customerId: person.customerId,
      userId: answer.body.user.id,
    }));
    expect(sharedLinks(issued)).toEqual([]);
    expect((await askForCode(world.test, PHONE)).status).toBe(202);
  });
});
