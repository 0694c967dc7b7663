import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCustomer } from "../../src/core/linking/documents.ts";
import { decideLink } from "../../src/core/linking/link-decision.ts";
import type { LinkFacts } from "../../src/core/linking/ties.ts";
import { findCustomersOf } from "../../src/flows/linking/find-customers.ts";
import { readLinkFacts } from "../../src/flows/linking/read-link-facts.ts";
import { readLinkFactsOfMany } from "../../src/flows/operator/reading/read-link-facts-of-many.ts";
import { surveyDirectory } from "../../src/flows/operator/reading/survey-directory.ts";
import type { MakeDirectory } from "../contract/directory/directory-instance.ts";
import type { LegacyState } from "../support/linking/legacy-ids.ts";
import { legacyStates } from "../support/linking/legacy-states.ts";
import { makeMemoryDirectory } from "../support/stores/memory-directory.ts";
import { makeSqliteDirectory } from "./sqlite-memory.ts";
import { makeWorld, NOW, portsOver, runs, TIMEOUT_MS } from "./world.ts";

/** A spelling that no list has, in place of the ten digits. */
const rarely = (state: LegacyState, which: readonly boolean[]): LegacyState => ({
  ...state,
  customers_v2: state.customers_v2.map((customer, index) => {
    const { phone } = customer;
    if (which[index] !== true || typeof phone !== "string" || !/^\d{10}$/.test(phone)) {
      return customer;
    }
    return { ...customer, phone: `${phone.slice(0, 3)}.${phone.slice(3, 6)}.${phone.slice(6)}` };
  }),
});

const keysOf = (records: readonly { readonly document: { readonly key: string } }[]) =>
  records.map(({ document }) => document.key).sort();

/** Order apart, because a store gives documents in any. */
const comparable = (facts: LinkFacts) => ({
  ...facts,
  customer: facts.customer.document,
  customers: keysOf(facts.customers),
  users: keysOf(facts.users),
  made: [...facts.made].sort(([a], [b]) => (a < b ? -1 : 1)),
  decision: decideLink(facts).kind,
});

const states = fc
  .tuple(legacyStates({ now: NOW }), fc.array(fc.boolean(), { maxLength: 4 }))
  .map(([state, which]) => rarely(state, which));

async function expectEqualFacts(make: MakeDirectory, state: LegacyState): Promise<void> {
  const { directory, instance } = await makeWorld(make, state);
  const ports = portsOver(directory);
  const survey = await surveyDirectory(ports);
  const documents = await directory.pageOf("customers_v2", null, 1000);
  const page = documents.flatMap((document) => readCustomer(document, ports.rules.phone) ?? []);
  const many = await readLinkFactsOfMany(ports, page, survey);
  expect(many.size).toBe(page.filter(({ phone }) => phone !== null).length);
  for (const { document, phone } of page) {
    if (phone === null) continue;
    const customers = await findCustomersOf(ports, phone, survey.rareKeys(phone));
    const now = customers.find((customer) => customer.document.key === document.key);
    const facts = many.get(document.key);
    if (now === undefined || facts === undefined) throw new Error("a customer was not found");
    const one = await readLinkFacts(ports, phone, now, customers);
    expect(comparable(facts)).toEqual(comparable(one));
  }
  await instance.close();
}

describe("the facts of many customers", () => {
  for (const [name, make, times] of [
    ["in memory", makeMemoryDirectory, 150],
    ["on SQLite", makeSqliteDirectory, 40],
  ] as const) {
    it(
      `equal those that a login reads for each, ${name}`,
      () =>
        fc.assert(
          fc.asyncProperty(states, (state) => expectEqualFacts(make, state)),
          runs(times),
        ),
      TIMEOUT_MS,
    );
  }

  it("take three queries, however many customers there are", async () => {
    const customers_v2 = Array.from({ length: 300 }, (_, n) => ({
      _id: { $oid: `65a1b2c3d4e5f602${n.toString(16).padStart(8, "0")}` },
      id: `c-${n}`,
      name: "Asha Rao",
      phone: `98765${n.toString().padStart(5, "0")}`,
      user_id: n % 3 === 0 ? `u-${n}` : null,
    }));
    const { directory, instance } = await makeWorld(makeMemoryDirectory, {
      customers_v2,
      users: [],
    });
    const ports = portsOver(directory);
    const documents = await directory.pageOf("customers_v2", null, 1000);
    const page = documents.flatMap((document) => readCustomer(document, ports.rules.phone) ?? []);
    const survey = await surveyDirectory(ports);
    const before = instance.commands?.() ?? 0;
    expect((await readLinkFactsOfMany(ports, page, survey)).size).toBe(300);
    expect((instance.commands?.() ?? 0) - before).toBeLessThanOrEqual(3);
  });
});
